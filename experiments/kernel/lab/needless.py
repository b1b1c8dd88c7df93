"""Which kills were unnecessary, by docs/model.md's definitions as far as a trace shows them.

What is seen: the pages that are free at each kill and at each call of out_of_memory(), each victim's pages, and when
they go back. Three things differ from the model, which can stop its world and look:

* Pages came back within `patience` if they did in the run that went on. The model runs on the dying tasks alone.
* Pending asks are those whose wait the guest tells of: not of who was killed in it.
* A victim that is dying without a kill (its own exit) isn't seen, nor are pages on a processor's list.
"""

from dataclasses import dataclass

from oommc.columns import PATIENCES
from oommc.scenario import Scenario

from .log import Kill, Run

COLUMNS = ("premature", "stale", "impatient", "unnecessary", "needless")
"""Of a kill, in kills.csv: 0 or 1 each."""

KINDS = (*COLUMNS, "unnecessary_low", "unnecessary_min", *PATIENCES)
"""The columns of a record that count decisions of a kind."""


@dataclass(frozen=True)
class Decision:
    """A kill as it stood, in pages.

    `owed`: of earlier victims, still to come. `asked`: waited for. `age`: ns since the caller's last failed check.
    `kinds`: the columns that it counts in.
    """

    kill: Kill
    free: int
    owed: int
    asked: int
    age: int
    kinds: frozenset[str]


@dataclass(frozen=True)
class Marks:
    """All zones' watermarks together, without boosts, and what is withheld from user space (pages)."""

    withheld: int
    min: int
    low: int
    high: int

    @staticmethod
    def of(run: Run) -> "Marks | None":
        """From the first report that has zones."""
        zones = next((report.zones for report in run.reports if report.zones), None)
        if zones is None or any(zone.high_kb is None for zone in zones):
            return None

        def total(key: str) -> int:
            return sum(getattr(zone, key) - (zone.boost_kb or 0) for zone in zones) // 4

        withheld = sum(max(zone.reserve or [0]) for zone in zones)
        return Marks(withheld, total("min_kb"), total("low_kb"), total("high_kb"))


def decisions(run: Run, scenario: Scenario) -> list[Decision] | None:
    """The decisions to kill, in order; None where they can't be judged.

    That is: without the probes, and at the limit of a memory cgroup, whose margin nothing tells.
    """
    marks = Marks.of(run)
    first = [kills[0] for kills in run.decisions()]
    if marks is None or scenario.memcgs or any(kill.free is None or kill.checked is None for kill in first):
        return None
    return [_decision(run, kill, marks, scenario.patience) for kill in first]


def _decision(run: Run, kill: Kill, marks: Marks, patience: int) -> Decision:
    at = kill.marked
    before = [other for other in run.kills if other.decision < kill.decision]
    asked = len({who for who, start, end in run.stalls if start <= at < end} | {kill.by})
    owed = sum(other.held(at) for other in before)
    kinds = set()
    if any(other.back is None or other.back > kill.checked for other in before):
        kinds.add("premature")
    spare = kill.free - marks.withheld - marks.high - asked
    below = {"unnecessary": 0, "unnecessary_low": marks.high - marks.low, "unnecessary_min": marks.high - marks.min}
    if spare >= 0:
        kinds |= {*below, "stale"}
    else:
        back = {time: owed - sum(other.held(at + time) for other in before) for time in (patience, *PATIENCES.values())}
        kinds |= {column for column, less in below.items() if spare + less + back[patience] >= 0}
        kinds |= {column for column, time in PATIENCES.items() if spare + back[time] >= 0}
        if "unnecessary" in kinds:
            kinds.add("impatient")
    if "unnecessary" in kinds and kill.role != "hog":
        kinds.add("needless")
    return Decision(kill, kill.free, owed, asked, at - kill.checked, frozenset(kinds))
