"""Several names in the room of one."""

from oommc.show.numbers import shown

_JOINED = 3
_NAME = 40  # characters


def label(names: list[str]) -> str:
    """Several policies in the room of one."""
    first, *rest = names
    if len(names) <= _JOINED:
        return " = ".join(shown(name, _NAME) for name in names)
    return f"{shown(first, _NAME)} = {len(rest)} others"
