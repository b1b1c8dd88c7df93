"""Killers as people type them: `earlyoom -m 5 -s 10`.

earlyoom's main.c, 1.7: `-m PERCENT` and `-s PERCENT` say when SIGTERM is due, and SIGKILL at half of that.
"""

from ..errors import InputError
from .policy import Policy

_OPTIONS = {"-m": ("mem_term", "mem_kill"), "-s": ("swap_term", "swap_kill")}


def spelled(text: str, killer: Policy) -> Policy:
    """`killer` with the options after its name in `text`. Raises InputError.

    >>> from oommc.policies import registry
    >>> spelled("earlyoom -m 5", registry["earlyoom"]).name
    'earlyoom(mem_term=5%,mem_kill=2.5%)'
    """
    name, *words = text.split()
    knobs: dict[str, float] = {}
    for option, value in zip(words[::2], words[1::2] + [""] * (len(words) % 2), strict=True):
        if option not in _OPTIONS:
            raise InputError(f"policies: {text!r}: no option {option!r}; {name} takes -m PERCENT and -s PERCENT")
        try:
            percent = float(value)
        except ValueError:
            raise InputError(f"policies: {text!r}: {option} takes a percentage, not {value!r}") from None
        knobs |= dict(zip(_OPTIONS[option], (percent, percent / 2), strict=True))
    return killer.replace(**knobs)
