"""What the tables of a scenario have in common: bounds, kinds of values, and a chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oommc.scenario.keys import REQUIRED, Drawn, Probability, Quantity, Text, YesNo, key, table

if TYPE_CHECKING:
    from oommc.distributions import Distribution

SWAP_CLUSTER_MAX = 32
"""Pages: less is no progress to a reclaim pass of 2.6.18 (mm/vmscan.c, try_to_free_pages)."""

# What keeps every product in the core within 63 bits.
MAX_THREADS = 4096
MAX_NODES = 8
MAX_MEMORY = 1 << 31
"""Pages, 8 TiB."""
MAX_TIME = 13 * 24 * 3600 * 10**9
"""ns: no run is longer than 13 days."""
MAX_RUN_TIME = 73 * 365 * 24 * 3600 * 10**9
"""ns: what has been used before the start, 73 years of all processes together."""

NAME, P, YES_NO = Text(name=True), Probability(), YesNo()
DRAWN_NS, DRAWN_PAGES, RESTART = Drawn("ns"), Drawn("pages"), Drawn("ns", never=True)
PAGES, SOME_PAGES, MEMORY = Quantity("pages"), Quantity("pages", 1), Quantity("pages", 0, MAX_MEMORY)
SPELL, RUN, PAST = Quantity("ns", 1), Quantity("ns", 1, MAX_TIME), Quantity("ns", 0, MAX_RUN_TIME)
TOLERANCE = Quantity("ns", 0, MAX_TIME)
RATE, SPEED = Quantity("pages/s"), Quantity("pages/s", 1)
NEVER = {"p": 0, "delay": 0}


@table
class Chance:
    """Something that happens with a probability and then takes time."""

    p: float = key(P, REQUIRED, "How probable it is.")
    delay: Distribution = key(DRAWN_NS, REQUIRED, "How long it takes.", core="")
