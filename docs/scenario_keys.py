"""The keys of a scenario file as tables, from their description in `oommc/scenario`."""

import inspect

from oommc.scenario import keys as kinds
from oommc.scenario.keys import REQUIRED, Key, Kind, keys
from oommc.scenario.model import ScenarioFile
from oommc.scenario.values import FORMAT
from oommc.scenario.write import inline

QUANTITIES = {"pages": "size", "ns": "time", "pages/s": "rate"}
HEAD = ("key", "holds", "default", "meaning", "where the default is from")


def scenario_keys() -> str:
    """A section for each table, under all the paths at which it stands."""
    paths: dict[type, list[str]] = {}
    _gather(ScenarioFile, "", paths)
    return "\n\n".join(_section(described, found) for described, found in paths.items())


def _gather(described: type, path: str, paths: dict[type, list[str]]) -> None:
    """The tables in the order in which they stand, each with its paths."""
    paths.setdefault(described, []).append(path)
    for key in keys(described):
        if isinstance(key.kind, kinds.Table | kinds.Tables):
            _gather(key.kind.of, f"{path}.{key.name}".lstrip("."), paths)


def _section(described: type, paths: list[str]) -> str:
    title = ", ".join(f"`{path}`" for path in paths) if paths != [""] else "At the top"
    rows = [HEAD, ("---",) * len(HEAD), *map(_row, keys(described))]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    about = " ".join(inspect.cleandoc(described.__doc__ or "").split())
    return "\n".join([f"## {title}", "", about, "", *lines])


def _row(key: Key) -> tuple[str, ...]:
    of = f", of {' and '.join(f'`{kind}`' for kind in key.kinds)}" if key.kinds else ""
    return f"`{key.name}`", holds(key.kind) + of, _default(key.default), key.meaning, key.source or "–"


def _default(value: object) -> str:
    if value is REQUIRED:
        return "required"
    return "–" if value is None or value in ((), {}, "") else f"`{inline(value)}`"


def holds(kind: Kind) -> str:
    """What a kind of key holds, in words."""
    match kind:
        case kinds.Whole(least, most):
            return f"whole number, {least} to {most}"
        case kinds.Quantity(unit, least, most):
            bounds = ["", ", more than 0"][least] if least < 2 else f", {FORMAT[unit](least)} or more"
            return QUANTITIES[unit] + bounds + (f", at most {FORMAT[unit](most)}" if most < kinds.LIMIT else "")
        case kinds.Drawn(unit, never):
            return f"{QUANTITIES[unit]}, drawn" + (', or `"never"`' if never else "")
        case kinds.Forever():
            return 'time, drawn, or `"forever"`'
        case kinds.Probability():
            return "probability"
        case kinds.YesNo():
            return "true or false"
        case kinds.Choice(options):
            return " or ".join(f'`"{option}"`' for option in options)
        case kinds.Only(number):
            return f"`{number}`"
        case kinds.Text(name):
            return "name" if name else "text"
        case kinds.Numbers():
            return "list of numbers"
        case kinds.Ranges():
            return "ranges by path"
        case kinds.Tables():
            return "list of tables"
        case kinds.Table() | kinds.Part():
            return "table"
