"""When schedules are enough: half-widths reached at a count that was declared beforehand.

A run with targets looks at its summary at some of the counts 1,000 · 2^(k/8), and ends at the first look at which every
interval is as narrow as asked. The look after next is at the count where that is to be expected, for half-widths fall
with the root of the count, but never at more than twice as many. So the end is a function of the targets, the most
schedules allowed and the records, and depends on neither workers nor blocks nor interruptions.

Stopping by half-width, and never by the mean, needs no correction in the limit: Anscombe, Proc. Camb. Philos. Soc. 48
(1952) 600; Chow & Robbins, Ann. Math. Statist. 36 (1965) 457; Glynn & Whitt, Ann. Appl. Probab. 2 (1992) 180; in few
leaps instead of one by one: Hall, J. R. Statist. Soc. B 45 (1983) 219. What is left at finite counts comes from
half-widths that go with means, as those of counts do: a run ends early where the mean came out low. How much that
matters hangs on how far the counts lie apart. Where looks double, and a target is such that one look ends the run or
doesn't by that alone, 95 % intervals would miss 6.6 % of the time; at counts an eighth of an octave apart they hold 95
% of the time (`pytest -m slow tests/stats/test_precision.py`, 95 ± 1 % for each kind of interval and wherever the
target lies).

Bounds that hold at all looks together whatever they follow need no such argument, but schedules: the bets of a race
(`oommc.choice.bounds`) take three to six times as many, empirical Bernstein bounds up to twelve times
(`tests/stats/test_precision.py`).
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oommc.collect.run import Look
from oommc.errors import InputError
from oommc.naming import hint
from oommc.stats import intervals
from oommc.stats.content import Content, Precision, mean_of
from oommc.stats.summary import TIME
from oommc.stats.tally import MEASURED

FIRST = 1_000
"""Schedules of the first look."""

_STEPS = 8
"""Counts in an octave."""

_LARGEST_SHARE = 0.5
"""Of a mean: with more than this, a run would end where its mean came out large."""


class Estimate(NamedTuple):
    where: str
    mean: float | None
    ci: Sequence[float] | None


class Standing(NamedTuple):
    """How far the target that is furthest off is: its half-width by the one asked for; infinite without an interval."""

    excess: float
    words: str


@dataclass(frozen=True)
class Target:
    """A half-width of a metric on every policy, or of the difference of two; `relative`: as a share of the mean."""

    metric: str
    half: float
    relative: bool
    pair: tuple[str, str] | None = None

    @classmethod
    def read(cls, text: str, policies: Sequence[str], metrics: Sequence[str] = MEASURED) -> "Target":
        """From "needless=0.001", "kills=1%" or "needless:A-B=0.001". InputError that names what is wrong."""
        what, equals, value = str(text).rpartition("=")
        metric, colon, names = what.strip().partition(":")
        if not equals or not metric:
            raise InputError(
                f"precision: {text!r}: a metric and a half-width, as needless=0.001, kills=1% or needless:A-B=0.001"
            )
        known = (*metrics, TIME) if colon else metrics
        if metric not in known:
            raise InputError(f"precision: {text!r}: no metric {metric!r}; {hint(metric, known)}")
        half, relative = value.strip().removesuffix("%"), value.strip().endswith("%")
        try:
            number = float(half) / (100 if relative else 1)
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf or (relative and number > _LARGEST_SHARE):
            raise InputError(
                f"precision: {text!r}: {value.strip()!r} is not a half-width above 0, as 0.001, or 1% (50% at most)"
            )
        return cls(metric, number, relative, _pair(text, names, policies) if colon else None)

    def __str__(self) -> str:
        of = f":{'-'.join(self.pair)}" if self.pair else ""
        return f"{self.metric}{of}={self.half * 100:.12g}%" if self.relative else f"{self.metric}{of}={self.half!r}"

    def standing(self, estimate: Estimate) -> Standing:
        """How one estimate stands to this target."""
        if estimate.mean is None or estimate.ci is None or None in estimate.ci:
            return Standing(math.inf, f"{self} has no interval yet ({estimate.where})")
        half = (estimate.ci[1] - estimate.ci[0]) / 2
        wanted = self.half * abs(estimate.mean) if self.relative else self.half
        excess = half / wanted if wanted else math.inf
        return Standing(excess, f"{self} stands at {estimate.mean:.4g} ± {half:.2g} ({estimate.where})")

    def estimates(self, summary: Content) -> Iterator[Estimate]:
        """What must be as narrow as this, in all scenarios of a summary."""
        for name, of in summary["scenarios"].items():
            if self.pair is None:
                for policy, v in of["policies"].items():
                    mean = mean_of(v, self.metric)
                    yield Estimate(f"{name}, {policy}", mean["mean"], mean["ci"])
                continue
            for row in of["pairs"]:
                if row["metric"] == self.metric and {row["a"], row["b"]} == set(self.pair):
                    yield Estimate(f"{name}, {row['a']} − {row['b']}", row["difference"], row["ci"])


@dataclass(frozen=True)
class Rule:
    """All of `targets` are to be reached, with `most` schedules at most."""

    targets: tuple[Target, ...]
    most: int

    @classmethod
    def read(
        cls, texts: str | Sequence[str], policies: Sequence[str], most: int, metrics: Sequence[str] = MEASURED
    ) -> "Rule":
        """From one or several texts as `Target.read` takes them. InputError as there, or without any."""
        several = [texts] if isinstance(texts, str) else list(texts)
        if not several:
            raise InputError("precision: no target given")
        return cls(tuple(dict.fromkeys(Target.read(text, policies, metrics) for text in several)), most)

    def counts(self) -> Iterator[int]:
        """The counts of schedules at which the run may end, ascending; the last is `most`."""
        counts = (round(FIRST * 2 ** (k / _STEPS)) for k in itertools.count())
        yield from itertools.takewhile(lambda count: count < self.most, counts)
        yield self.most

    def state(self) -> Precision:
        """As `run.json` has it, of a run before its first look."""
        return {
            "targets": [str(target) for target in self.targets],
            "most": self.most,
            "level": intervals.LEVEL,
            "looks": [],
            "next": next(self.counts()),
            "stopped_at": None,
        }

    def follow(self, state: Precision, summary: Callable[[], Content], keep: Callable[[], None]) -> Iterator[Look]:
        """The looks still to be taken, as `oommc.collect.run.collect` wants them; each is noted in `state` and `keep`
        called before the next, so that a run that goes on never looks at more schedules than an unbroken one.
        """
        taken, expected, why = state["looks"], 0, ""
        if state["next"] is None:  # over; what has been damaged since is computed anew
            yield Look(taken[-1], taken[-1])
        while (count := state["next"]) is not None:
            yield Look(count, max(count, expected), why)
            at = self.standing(summary())
            taken.append(count)
            state["stopped_at"] = count if at.excess <= 1 else None
            state["next"] = self.after(count, at.excess)
            keep()
            expected, why = self.expected(count, at.excess), f"after {count:,} schedules {at.words}"

    def told(self, state: Precision, summary: Content) -> str:
        """What a run has come to, in words."""
        if state["stopped_at"]:
            return f"precision {', '.join(state['targets'])} reached at {state['stopped_at']:,} schedules"
        return f"precision not reached with at most {self.most:,} schedules: {self.standing(summary).words}"

    def standing(self, summary: Content) -> Standing:
        """Of the estimate that is furthest off; all is reached where its `excess` is at most 1."""
        return max(target.standing(of) for target in self.targets for of in target.estimates(summary))

    def after(self, count: int, excess: float) -> int | None:
        """The count of the look after the one at `count`; None where that was the last."""
        if excess <= 1 or count == self.most:
            return None
        return next(
            of for of in self.counts() if of > count and (of >= min(2 * count, count * excess**2) or of == self.most)
        )

    def expected(self, count: int, excess: float) -> int:
        """The count at which the run will probably end, seen from `count`:
        half-widths fall with the root of the count.
        """
        return next((of for of in self.counts() if of >= count * excess**2), self.most)


def _pair(text: str, names: str, policies: Sequence[str]) -> tuple[str, str]:
    """A-B, where names may have hyphens too."""
    halves = ((names[:at], names[at + 1 :]) for at, char in enumerate(names) if char == "-")
    found = [(a.strip(), b.strip()) for a, b in halves if a.strip() in policies and b.strip() in policies]
    if len(found) != 1 or found[0][0] == found[0][1]:
        raise InputError(f"precision: {text!r}: {names!r} is not A-B, two policies of this run: {', '.join(policies)}")
    return found[0]
