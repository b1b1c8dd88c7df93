"""From a `Scenario` back to a table, and to TOML as one would write it by hand: a line for each key."""

from dataclasses import replace
from typing import Any

import tomli_w

from oommc.scenario import keys as kinds
from oommc.scenario.derived import without_defaults, without_marks, without_preemption
from oommc.scenario.keys import Key, Kind, keys
from oommc.scenario.model import ScenarioFile
from oommc.scenario.values import FORMAT, NEVER, is_default


def to_dict(scenario: ScenarioFile) -> dict[str, Any]:
    """The scenario in full, but for keys that follow from others: tables, lists, texts and numbers only."""
    nodes = scenario.machine.nodes
    bare = replace(
        scenario,
        machine=without_preemption(replace(scenario.machine, nodes=without_marks(nodes))),
        processes=tuple(without_defaults(process, len(nodes)) for process in scenario.processes),
    )
    return _table(bare)


def _table(described: Any) -> dict[str, Any]:
    """The table that reads back to this dataclass."""
    held = [(key, getattr(described, key.field)) for key in _own(described)]
    return {key.name: _value(key.kind, value) for key, value in held if not (key.quiet and is_default(key, value))}


def _own(described: Any) -> list[Key]:
    return [key for key in keys(described) if not key.kinds or described.kind in key.kinds]


def _value(kind: Kind, value: Any) -> Any:
    """A value as a file has it."""
    match kind:
        case kinds.Quantity(unit):
            return FORMAT[unit](value)
        case kinds.Drawn(_, never):
            return "never" if never and value == NEVER else value.to_toml()
        case kinds.Forever():
            return "forever" if value is None else value.to_toml()
        case kinds.Numbers():
            return list(value)
        case kinds.Ranges():
            return dict(value)
        case kinds.Table():
            return _table(value)
        case kinds.Tables():
            return [_table(item) for item in value]
        case _:
            return value


def to_toml(scenario: ScenarioFile) -> str:
    """The text of `to_dict`."""
    table = to_dict(scenario)
    machine, processes = table.pop("machine"), table.pop("process")
    ranges = table.pop("range", None)
    groups = [(f"[[{kind}]]", group) for kind in ("memcg", "cgroup") for group in table.pop(kind, [])]
    parts = [("", table), *machine_sections(machine), *groups]
    parts += [("[[process]]", process) for process in processes]
    written = [section(header, keys) for header, keys in parts]
    return "\n".join([*written, *([tomli_w.dumps({"range": ranges})] if ranges else [])])


def machine_sections(machine: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """A machine's headers, each with the keys below it."""
    own = {key: value for key, value in machine.items() if key not in ("node", "latency")}
    nodes = [("[[machine.node]]", node) for node in machine.get("node", [])]
    return [("[machine]", own), *nodes, ("[machine.latency]", machine.get("latency", {}))]


def section(header: str, keys: dict[str, Any]) -> str:
    """A header and its keys, a line each."""
    lines = [f"{key} = {inline(value)}\n" for key, value in keys.items()]
    return "".join([f"{header}\n" if header else "", *lines])


def inline(value: Any) -> str:
    """A value as TOML has it behind a key, on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {inline(held)}' for key, held in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    lines = isinstance(value, str) and "\r" not in value  # a reader may turn \r\n into \n
    return tomli_w.dumps({"x": value}, multiline_strings=lines).removeprefix("x = ").removesuffix("\n")
