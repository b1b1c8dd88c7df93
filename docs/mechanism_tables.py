"""The mechanisms and knobs of policies as a table, from their description in `oommc/policies`."""

from collections.abc import Iterator, Mapping

from oommc.policies import KNOBS, MECHANISMS
from oommc.policies.table import Mechanism
from oommc.policies.value import text

HEAD = ("name", "what it decides", "value", "what the value means")


def mechanisms() -> Iterator[tuple[str, ...]]:
    """What a kernel's policy is made of."""
    return _rows(MECHANISMS)


def knobs() -> Iterator[tuple[str, ...]]:
    """What a killer in user space is made of."""
    return _rows(KNOBS)


def _rows(table: Mapping[str, Mechanism]) -> Iterator[tuple[str, ...]]:
    """A row for each value, the default first; a number's kind and default where there are no values to choose from."""
    for name, one in table.items():
        default = one.default if isinstance(one.default, tuple) else (one.default,)
        if not one.values:
            yield f"`{name}`", one.about, f"{one.kind}, **{text(one, one.default)}**", ""
        for at, (value, meaning) in enumerate(one.values.items()):
            shown = f"**`{value}`**" if value in default else f"`{value}`"
            kind = "; any of these" if one.kind == "set" else ""
            yield (f"`{name}`", one.about + kind, shown, meaning) if at == 0 else ("", "", shown, meaning)
