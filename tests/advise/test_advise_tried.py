"""What `oommc advise` tries where a log isn't reproduced at once: cascades, restarts, groups that die together."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "incident"))
from incident_texts import MODERN, SHARED

from oommc.advise.incident import last
from oommc.advise.reproduced import reproduce
from oommc.advise.settings import kernel, settings
from oommc.advise.tried import AGAIN, drafts
from oommc.incident import read
from oommc.incident.numbered import numbered
from oommc.scenario import Scenario

WORKERS = 30
ROW = "<6>[  100.500014] [   {pid}]  1000  {pid}   140000    30000  29000     1000         0  1097728   0   0 worker\n"


def incident(text):
    return last(enumerate(read(text.splitlines(keepends=True)), 1))


def cascade(kills, workers):
    """So many workers on a machine that they fill, and one is killed every two seconds."""
    head, kill = MODERN[: MODERN.index("<6>[  100.500016]")], MODERN[MODERN.index("<6>[  100.500016]") :]
    rows = "".join(ROW.format(pid=4000 + at) for at in range(workers))
    head = re.sub(r".*(?:cc1|ld|sd-pam\))\n", "", head.replace("cc1 invoked", "worker invoked")) + rows
    reports = []
    for at in range(kills):
        text = head + kill.replace("(ld)", "(worker)").replace("task=ld", "task=worker").replace("3001", str(4000 + at))
        reports.append(text.replace("[  100.", f"[  {100 + 2 * at}."))
    return incident("".join(reports))


def tried(found):
    return [(what, Scenario.from_dict(table), grower) for what, table, grower in drafts(found)]


def test_a_cascade_grows_as_fast_as_its_kills_gave_room():
    found = cascade(6, WORKERS)
    (what, scenario, _), *_ = made = tried(found)
    assert what == "all worker grew, as fast as the kills gave room"
    assert {p.name: p.program.kind for p in scenario.processes}["systemd-journal"] == "idle"
    same = reproduce(found, kernel(found.first), iter(made))
    assert same.agrees and same.tried == (what,)
    assert same.log.kills == 6 and same.simulated.victims[0] == "worker"


def test_where_fewer_stood_in_the_table_than_died_new_ones_took_their_places():
    found = cascade(6, 4)
    (what, scenario, _), *_ = made = tried(found)
    (fresh,) = (p for p in scenario.processes if p.name.endswith(AGAIN))
    assert what == "worker grew, and others took its place" and fresh.count == 6
    assert reproduce(found, kernel(found.first), iter(made)).tried[0] == what


def test_a_quarter_may_differ_of_many_kills_and_none_of_few():
    from oommc.advise.reproduced import Course, _as_many, _the_same

    few, many = Course(2, ("a", "b"), None), Course(8, ("a",) * 7 + ("b",), None)
    assert [n for n in range(5) if _as_many(few, n, False)] == [2]
    assert [n for n in range(14) if _as_many(many, n, False)] == [6, 7, 8, 9, 10]
    assert not _the_same(few, Course(2, ("b", "a"), None), False)
    assert _the_same(many, Course(7, ("a",) * 7, None), False)
    assert not _the_same(many, Course(8, ("b",) + ("a",) * 7, None), False)
    assert not _the_same(many, Course(8, ("a",) * 4 + ("b",) * 4, None), False)


@pytest.mark.skipif(not (SHARED / "oom-reports").is_dir(), reason="the real reports are not here")
def test_a_real_group_that_died_together():
    """Its log ends before all of them are named."""
    (path,) = (SHARED / "oom-reports").glob("064-*.log")
    found = last(numbered(str(path)))
    same = reproduce(found, kernel(found.first), iter(tried(found)))
    assert same.agrees and same.simulated.kills == len(found.first.tasks)
    assert "memory.oom.group=1" not in [setting.name for setting in settings(found.first)]
