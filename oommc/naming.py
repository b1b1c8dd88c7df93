"""The helpful half of a message about a name that isn't known."""

from collections.abc import Iterable
from difflib import get_close_matches


def hint(name: str, known: Iterable[str]) -> str:
    """The nearest known name, or all that there are if none is near."""
    known = list(known)
    near = get_close_matches(name, known, 1, 0.5) or get_close_matches(name.lower(), known, 1, 0.5)
    if near:
        return f"did you mean {near[0]}?"
    return f"there is {', '.join(known[:30])}{', ...' if len(known) > 30 else ''}" if known else "there is none"
