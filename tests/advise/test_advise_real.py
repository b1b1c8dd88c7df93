"""`oommc advise` on the real reports with a table of tasks, where they are here: the cause, and what it may say."""

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "incident"))
from incident_texts import SHARED

from oommc.advise.incident import last
from oommc.advise.settings import settings
from oommc.cli import main
from oommc.errors import InputError
from oommc.incident import to_scenario
from oommc.incident.numbered import numbered

REAL = SHARED / "oom-reports"
CAUSES = {  # of the incident that is asked about, as the texts have it: Mem-Info, the constraint, SysRq's "moom"
    "006": "memory",  # no swap, free below min
    "007": "memory",
    "008": "kernel",  # two small tasks on a machine of which slab holds most
    "010": "limit",
    "012": "limit",
    "014": "memory",
    "016": "sysrq",  # moom_callback in the trace
    "018": "memory",
    "019": "unknown",  # no Mem-Info
    "020": "limit",
    "022": "order",  # order=3
    "026": "limit",
    "030": "limit",
    "032": "memory",
    "036": "zone",  # 32 bits: Normal below min, a gibibyte free in HighMem
    "038": "limit",
    "040": "limit",
    "042": "sysrq",
    "044": "unknown",  # panic_on_oom; no zones
    "046": "nodes",
    "048": "limit",
    "050": "memory",
    "054": "nodes",
    "056": "limit",
    "060": "limit",
    "062": "memory",
    "064": "limit",
    "066": "unknown",  # no Mem-Info
    "068": "memory",
    "070": "limit",
}
QUICK = ("008", "012", "020", "036", "042", "054", "056")
REPRODUCED = {"006", "010", "014", "020", "026", "032", "038", "040", "050", "056", "060", "062", "064", "068", "070"}
ENOUGH = {"010", "020", "040", "056", "060", "070"}  # what was killed had mapped more than it had, and not many times

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real reports are not here")


def log(number):
    (path,) = REAL.glob(f"{number}-*.log")
    return path


@pytest.mark.parametrize("number", CAUSES)
def test_the_cause(number):
    assert last(numbered([str(log(number))])).kind == CAUSES[number]


@pytest.mark.parametrize(
    "number", [number if number in QUICK else pytest.param(number, marks=pytest.mark.slow) for number in CAUSES]
)
def test_it_reproduces_the_log_or_declines(number, capsys):
    assert main(["advise", str(log(number)), "--json", "--schedules", "20"]) == 0
    said = json.loads(capsys.readouterr().out)
    agrees = said["reproduced"] is not None and said["reproduced"]["agrees"]
    assert said["cause"] == CAUSES[number]
    assert agrees == (number in REPRODUCED)
    assert agrees == bool(said["settings"])
    assert (said["recommendation"] is None) == (said["why_not"] is not None)
    if agrees:
        log_says, simulated = said["reproduced"]["log"], said["reproduced"]["simulated"]
        assert log_says["victims"][:1] == simulated["victims"][:1]
        assert log_says["kills"] > 4 or log_says["victims"] == simulated["victims"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [*sorted(REPRODUCED & ENOUGH)])
def test_a_larger_limit_is_recommended_where_it_is_enough(number, capsys):
    """By the log's own figures: with all that it had mapped nobody dies under it, and somebody died as it was."""
    assert main(["advise", str(log(number)), "--json", "--schedules", "100"]) == 0
    said = json.loads(capsys.readouterr().out)
    report = last(numbered([str(log(number))])).first
    (limit,) = re.findall(r"memory\.max=(\d+)M", said["recommendation"]["setting"])
    mapped = max(task.total_vm for task in report.tasks) * report.page_kb
    assert report.memcg_limit_kb < int(limit) * 1024 <= report.memcg_limit_kb + mapped
    assert not said["enough"][0]["at_least"]
    assert str(limit) in said["recommendation"]["command"]


@pytest.mark.parametrize("number", CAUSES)
def test_what_may_be_recommended(number):
    """No killer that waits for less than there was, by what is free and page cache at most; nothing that weakens what
    the owner protected.
    """
    report = last(numbered([str(log(number))])).first
    if not report.tasks or CAUSES[number] not in ("memory", "nodes", "limit"):
        return
    try:
        offered = settings(report)
        table = to_scenario(report)
    except InputError:  # no scenario can be built: nothing is offered
        return
    protected = {p["name"]: p["oom_score_adj"] for p in table["process"] if p.get("oom_score_adj", 0) < 0}
    free = sum(zone.free_kb or 0 for zone in report.zones)
    most = 100 * (free + (report.file_pages or 0) * report.page_kb) / report.ram_kb if report.ram_kb else 0
    for setting in offered:
        if match := re.match(r"earlyoom(?: -m (\d+))?$", setting.name):
            assert most <= int(match[1] or 10)
            assert (report.swap_free_kb or 0) * 10 <= (report.swap_total_kb or 0)
        for path, value in setting.changes.items():
            if match := re.fullmatch(r"process\.(.+)\.oom_score_adj", path):
                assert value <= protected.get(match[1], 1000)
