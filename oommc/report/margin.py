"""What difference matters: beside a p, which says no more than that there is one, and how large the run was."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oommc.columns import BY_NAME, PAGES, TIME
from oommc.errors import InputError
from oommc.show.numbers import number, seconds
from oommc.stats.content import Compared

YES, NO, OPEN = "yes", "no", "open"
"""Whether a difference surely exceeds the margin, surely doesn't, or may."""

_SECOND = 1e9
_USUAL = {TIME: 0.01, PAGES: 256.0}
"""By kind of column, times in s; a count's is _COUNT."""
_COUNT = 0.01


@dataclass(frozen=True)
class Margins:
    """By metric, in its unit, times in s. `every`: of those without one of their own, if the user said so."""

    every: float | None = None
    own: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, texts: Sequence[str], metrics: Sequence[str]) -> "Margins":
        """From texts as "0.01" (of every metric) and "needless=0.001". InputError that names what is wrong."""
        every, own = None, {}
        for text in texts:
            metric, told, amount = text.rpartition("=")
            if told and metric not in metrics:
                raise InputError(f"within: {text!r}: no metric {metric!r}; known are {', '.join(metrics)}")
            if told:
                own[metric] = _amount(amount, text)
            else:
                every = _amount(amount, text)
        return cls(every, own)

    def of(self, metric: str) -> float:
        """What doesn't matter of a metric, times in s."""
        usual = _USUAL.get(BY_NAME[metric].kind, _COUNT) if metric in BY_NAME else _COUNT
        return self.own.get(metric, usual if self.every is None else self.every)

    def judged(self, row: Compared) -> str:
        """What the interval of a pair's difference says: YES, NO or OPEN."""
        if row["ci"] is None:
            return OPEN
        low, high = row["ci"]
        within = self.of(row["metric"]) * (_SECOND if timed(row["metric"]) else 1.0)
        if -within <= low and high <= within:
            return NO
        return YES if low > within or high < -within else OPEN

    def words(self, metric: str) -> str:
        """The margin as people write it."""
        within = self.of(metric)
        return seconds(within) if timed(metric) else number(within)


USUAL = Margins()


def timed(metric: str) -> bool:
    """Whether a metric is a time."""
    return metric in BY_NAME and BY_NAME[metric].kind == TIME


def _amount(text: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(f"within: {whole!r} is not a number above 0, nor METRIC=NUMBER")
    return value
