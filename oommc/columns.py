"""The columns of a record: each one's name, kind, unit, meaning, largest value and place in what is shown.

This table is the only list of them. The core's struct, the files' columns, what is added up, a report's words, the
criteria of a choice and the table of docs/files.md follow from it. It imports the standard library only, for the build
of the core reads it.
"""

from collections.abc import Collection
from dataclasses import dataclass

NAME, NUMBER, OUTCOME, COUNT, PAGES, TIME, FLAG = "name", "number", "outcome", "count", "pages", "time", "flag"
"""Kinds of columns.

All but the first are integers: an outcome a code, pages a count of pages, times in ns, flags 0 or 1.
"""

OUTCOMES = ("no_oom", "recovered", "livelock", "unsettled", "panic")
"""How a schedule may end, in the order of the codes in the column `outcome`."""

PATIENCES = {
    "impatient_100ms": 100_000_000,
    "impatient_300ms": 300_000_000,
    "impatient_1s": 1_000_000_000,
    "impatient_3s": 3_000_000_000,
    "impatient_10s": 10_000_000_000,
}
"""The columns that count what is `impatient` for another patience than the scenario's, each with that one in ns."""

BUT_FOR = "but_for"
"""The column, on demand, of decisions to kill that made no difference."""

ABSENT = -1
"""What a time is that there isn't."""

COMPARED, TOLD, TABLED = 1, 2, 3
"""How far in front a count is shown: in every table and comparison,
in all but a page's comparisons, on a page alone.
"""


@dataclass(frozen=True)
class Column:
    """`kind`: one of the kinds above. `meaning` goes on after the heading and a colon.

    `most`: the largest value, a key of `oommc.scenario.totals.TOTALS`; None where a scenario's structure gives none.
    `absent`: the value may be ABSENT, and is at the start. `shown`: COMPARED, TOLD, TABLED, or None: only among all
    counts. `title`: the heading where it doesn't follow from the name.
    """

    name: str
    kind: str
    most: str | None
    meaning: str
    shown: int | None = None
    absent: bool = False
    title: str = ""

    @property
    def unit(self) -> str:
        """Of its values; "" for a bare number."""
        return {TIME: "ns", PAGES: "pages"}.get(self.kind, "")

    @property
    def heading(self) -> str:
        """The name as it stands before the meaning."""
        return self.title or self.name.removesuffix("_ns").replace("_", " ").capitalize()

    @property
    def summed(self) -> bool:
        """Whether a sum over schedules has a meaning: it is a metric then."""
        return self.kind in (COUNT, PAGES, TIME) and not self.absent


COLUMNS = (
    Column("schedule", NUMBER, None, "its number, counted from 0."),
    Column("policy", NAME, None, "its name."),
    Column("outcome", OUTCOME, None, f"how the schedule ended: {', '.join(OUTCOMES)}."),
    Column(
        "kills",
        COUNT,
        "mms",
        "processes shot, each counted once by its memory, however many threads go with it.",
        shown=COMPARED,
    ),
    Column(
        "unnecessary",
        COUNT,
        "mms",
        "when the shot fell, enough memory was free or already on its way; the shortage would have resolved itself. "
        "The sum of the next three.",
        shown=COMPARED,
    ),
    Column(
        "stale",
        COUNT,
        "mms",
        "the free pages alone were enough when the shot fell; the decision was out of date.",
        shown=TABLED,
    ),
    Column(
        "impatient",
        COUNT,
        "mms",
        "enough together with what dying processes give back within the patience.",
        shown=TABLED,
    ),
    Column(
        "blind",
        COUNT,
        "mms",
        "enough, but only with the memory of a dying process that a bystander still held on to.",
        shown=TABLED,
    ),
    *(
        Column(name, COUNT, "mms", f"impatient, if the patience were {name.removeprefix('impatient_')}.")
        for name in PATIENCES
    ),
    Column(
        "unnecessary_low",
        COUNT,
        "mms",
        "unnecessary, if nodes only had to be at their low watermark.",
    ),
    Column(
        "unnecessary_min",
        COUNT,
        "mms",
        "unnecessary, if nodes only had to be at their min watermark.",
    ),
    Column(
        "needless",
        COUNT,
        "innocents",
        "unnecessary, and the victim was innocent (not the process that ate the memory).",
        shown=COMPARED,
    ),
    Column(
        "premature",
        COUNT,
        "mms",
        "shot before an earlier victim, with memory where the ask needs it, had given back its last page. The 2006 "
        "patch asserts that this never happens; "
        "it is judged by real memory, not by a flag of the policy.",
        shown=TOLD,
    ),
    Column("collateral", COUNT, "innocents", "the victim was innocent, whether or not the kill was necessary."),
    Column("preventive", COUNT, "mms", "a user-space killer shot while no allocation was waiting."),
    Column(
        "preventive_needless",
        COUNT,
        "innocents",
        "preventive, the victim was innocent, and without the shot no shortage would have come.",
    ),
    Column("duplicates", COUNT, None, "a process already condemned was chosen again; no kill of its own."),
    Column(
        "first_oom_ns", TIME, "horizon", "when the first pass of reclaim got no page.", absent=True, title="First OOM"
    ),
    Column(
        "ttr_ns",
        TIME,
        "horizon",
        "from the first pass of reclaim that got no page until all nodes are above their high watermark, no allocation "
        "is stuck, and it stays so. Runs that had not recovered when the clock stopped are kept as censored, not "
        "dropped.",
        absent=True,
        title="Time to recovery",
    ),
    Column("censored", FLAG, "1", "1 where the run had not recovered at its end: the time is what it had waited."),
    Column("outage_ns", TIME, "horizon", "how long all episodes lasted together."),
    Column(
        "episodes",
        COUNT,
        "1 + horizon / settle",
        "shortages, each from the first pass of reclaim that got no page to the next calm that lasts.",
    ),
    Column(
        "daemon_stall_ns",
        TIME,
        "threads of daemons × horizon",
        "how long the threads of daemons waited for memory, all together.",
    ),
    Column(
        "daemon_stall_max_ns",
        TIME,
        "horizon",
        "how long one of them waited at most.",
        title="Longest daemon stall",
    ),
    Column(
        "downtime_ns",
        TIME,
        "threads of innocents × horizon",
        "how long innocents could not work, all threads together: daemons waited for memory or a processor, or anybody "
        "was dead and not yet restarted.",
    ),
    Column(
        "downtime_max_ns",
        TIME,
        "horizon",
        "how long one thread could not work, in all.",
        title="Longest downtime",
    ),
    Column(
        "lost_pages",
        PAGES,
        "mms × (memory + swap)",
        "memory that the victims held when they were shot, in swap too.",
        title="Lost memory",
    ),
    Column(
        "lost_cpu_ns",
        TIME,
        None,  # a piece of work counts when it begins, and may be longer than the run
        "CPU time that the victims had used, that before the start included.",
        title="Lost CPU time",
    ),
    Column(
        "spin_ns",
        TIME,
        "threads × horizon",
        "how long threads reclaimed after the gate had refused them, all together.",
    ),
    Column("oom_calls", COUNT, None, "how often an allocation came to the OOM path.", title="OOM calls"),
    Column("refused", COUNT, None, "how often the gate refused one."),
    Column("aborted", COUNT, None, "attempts given up because an earlier victim was still dying."),
    Column("cancelled", COUNT, None, "attempts given up because a last look found enough memory."),
    Column("reaped", COUNT, "mms", "victims that a reaper has been through."),
    Column(
        "end_ns",
        TIME,
        "horizon",
        "the last instant at which another column, but for downtime, changed; of a panic, its instant.",
        absent=True,
        title="End",
    ),
    Column("cut", FLAG, "1", "1 where drawn sizes had to be cut to fit."),
    Column(
        BUT_FOR,
        COUNT,
        "mms",
        "the kill made no difference; without it nobody dies in its place, and the run recovers as well.",
        shown=COMPARED,
    ),
)
"""In the order in which files and tables have them; BUT_FOR, which is there on demand alone, is the last."""

BY_NAME = {column.name: column for column in COLUMNS}

STORED = tuple(column for column in COLUMNS if column.name not in ("policy", BUT_FOR))
"""What the core writes."""


def names(but_for: bool = False) -> tuple[str, ...]:
    """Names of a record's columns, with BUT_FOR behind if it was asked for."""
    return tuple(name for name in BY_NAME if but_for or name != BUT_FOR)


def metrics(of: Collection[str]) -> tuple[str, ...]:
    """The counting columns among these: those of which a sum over schedules has a meaning."""
    return tuple(column.name for column in COLUMNS if column.summed and column.name in of)


def foremost(last: int) -> tuple[str, ...]:
    """The columns that are shown as far in front as `last`, the foremost first."""
    levels = range(COMPARED, last + 1)
    return tuple(column.name for level in levels for column in COLUMNS if column.shown == level)
