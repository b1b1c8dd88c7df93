"""The real reports beside the repository, against what their index says. Skipped where they are absent."""

import csv
import re

import pytest
from incident_texts import SHARED

from oommc.errors import InputError
from oommc.incident import read_file, scenario_toml
from oommc.incident.score import choice, scores, total_pages, version

DATA = SHARED / "oom-reports"
ROWS = list(csv.DictReader((DATA / "index.csv").read_text("utf-8").splitlines())) if DATA.exists() else []
pytestmark = pytest.mark.skipif(not ROWS, reason="the real reports are not here")
every_file = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"][:3])

# The index has these versions from the mail around the log.
NOT_IN_THE_LOG = {"002", "003"}
# The index has only an estimate, the log tells more.
TOLD_BY_THE_LOG = {"056": "6.5.0-smp-DEV"}
# The index counts rows between headers. The third report lost its header, so its 400 rows stand with the
# second's 864 there; and it gives the first counts only.
TASKS_007 = [793, 864, 400, 795, 805, 805]
# Not a memory cgroup's for both: its second report is of the whole machine. The others end before they say it.
CONSTRAINTS = {
    "034": ["none", None],
    "036": ["none", "none", None],
    "044": ["memcg", "none"],
    "066": [None],
    "078": ["none", None],
}


def reports(row):
    return list(read_file(DATA / row["file"]))


@every_file
def test_tasks_in_the_table(row):
    told = (
        [int(count) for count in row["tasks_in_table"].split("/") if count] if row["file"][:3] != "007" else TASKS_007
    )
    found = [len(report.tasks) for report in reports(row) if report.tasks]
    assert found[: len(told)] == told
    assert len(found) == (20 if row["file"][:3] == "007" else len(told))


@every_file
def test_kills(row):
    assert sum(len(r.victims) + len(r.attempts) for r in reports(row)) == int(row["kills"])


@every_file
def test_invocations(row):
    # 054 is abridged by its author: no gfp_mask behind "invoked oom-killer", but who asked is there.
    asked = [r for r in reports(row) if r.trigger.gfp or r.trigger.comm]
    assert len(asked) == int(row["invocations"])


@every_file
def test_kernel(row):
    told = row["kernel"]
    if row["file"][:3] in NOT_IN_THE_LOG or told.startswith("~") or told == "unknown":
        told = TOLD_BY_THE_LOG.get(row["file"][:3])
    assert {r.kernel for r in reports(row)} - {None} == ({told} if told else set())


@every_file
def test_constraint_and_source(row):
    found = reports(row)
    if row["constraint"] == "userspace killer":
        assert {r.source for r in found} <= {"earlyoom", "systemd-oomd"}
    else:
        assert [r.constraint for r in found] == CONSTRAINTS.get(row["file"][:3], [row["constraint"]] * len(found))
        assert {r.source for r in found} == {"kernel"}


@every_file
def test_names_are_whole(row):
    names = [t.comm for r in reports(row) for t in r.tasks] + [
        v.comm for r in reports(row) for v in r.victims if v.comm
    ]
    assert all(0 < len(name) <= 15 and name.isprintable() for name in names)


# Where the score recomputed from the table is not the recorded choice: report, and what the reader says.
SWAP_NOT_TOLD = "swapped pages count, and this kernel's table doesn't tell them"
NOT_BY_SCORE = {
    ("007", 1): SWAP_NOT_TOLD,  # mysqld: printed score 16, rss 13 MB
    ("007", 8): SWAP_NOT_TOLD,  # printed score 6, rss gives 5
    ("046", 1): "the ask was bound to some nodes (mempolicy), and the table doesn't tell what is where",
    (
        "048",
        1,
        # and 36 ms of stamps are missing
    ): "the log is cut between the table and the kill, which may be another report's",
}
# Reports with a table and a victim that say too little for a score.
WITHOUT_SCORE = {("007", 3), ("072", 1)}  # the head is lost: no size of memory, against which adjustments count


def test_the_score_picks_the_recorded_victim():
    """But for the exceptions, each explained; the index names the same ones."""
    exceptions, without, agreed = {}, set(), 0
    for row in ROWS:
        for number, report in enumerate(reports(row), 1):
            if not report.tasks or not report.victims:
                continue
            found = choice(report)
            if found is None:
                without.add((row["file"][:3], number))
            elif found.agrees:
                agreed += 1
                assert found.why == ""
            else:
                exceptions[row["file"][:3], number] = found.why
    assert exceptions == NOT_BY_SCORE
    assert without == WITHOUT_SCORE
    assert agreed == 48


# Kernels that printed the score in permille, of memory whose size is told. Not 020: its root is a container's,
# without the capability that the bonus of 3 % is for.
PRINTED = ["006", "010", "014", "016", "018"]


@pytest.mark.parametrize("name", PRINTED)
def test_the_score_is_the_printed_one(name):
    """Nearly: the score is computed before the table is printed, and tasks go on meanwhile."""
    (row,) = (row for row in ROWS if row["file"].startswith(name))
    text = (DATA / row["file"]).read_text("utf-8", "replace")
    printed = [int(number) for number in re.findall(r"Kill process \d+ .{1,30} score (\d+)", text)]
    found = []
    for report in reports(row):
        total = total_pages(report)
        points = scores(report, total)[choice(report).recorded.pid]
        found.append(points if version(report) < (3, 6) else points * 1000 // total)
    assert found == pytest.approx(printed, rel=0.02)


@every_file
def test_scenarios_load(row):
    """Every report that has tasks and tells how much memory there was makes a scenario that is accepted."""
    from oommc.scenario import Scenario

    for report in reports(row):
        tells = report.tasks and (report.memcg_limit_kb if report.constraint == "memcg" else report.zones)
        if not tells:
            with pytest.raises(InputError, match=r"^no scenario can be built from this report: "):
                scenario_toml(report)
        else:
            scenario = Scenario.from_toml(scenario_toml(report))
            assert sum(p.count for p in scenario.processes) == len({t.tgid for t in report.tasks})
            assert len(scenario.processes) <= 40
