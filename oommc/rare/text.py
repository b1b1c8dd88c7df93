"""An estimate as text."""

from ..show.numbers import of_schedules, shown
from .estimate import Rare


def text(rare: Rare) -> str:
    """The probability of a rare event, its interval, and what the tilted schedules are worth."""
    interval = (
        "no interval"
        if rare.interval is None
        else f"[{rare.interval[0]:.2g}, {rare.interval[1]:.2g}: 95 %, simulation error]"
    )
    return (
        f"{shown(rare.scenario)}, {shown(rare.policy, 40)}: {rare.where}: {rare.probability:.3g} per schedule "
        f"{interval}\n{rare.hits:,} hits in {of_schedules(rare.schedules)}, tilted; worth "
        f"{rare.effective:,.0f} of equal weight"
    )
