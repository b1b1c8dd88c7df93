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

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real reports are not here")


def log(number):
    (path,) = REAL.glob(f"{number}-*.log")
    return path


@pytest.mark.parametrize("number", CAUSES)
def test_the_cause(number):
    assert last(numbered(str(log(number)))).kind == CAUSES[number]


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


@pytest.mark.parametrize("number", [number for number, cause in CAUSES.items() if cause == "memory"])
def test_no_killer_acts_on_more_memory_than_it_waits_for(number):
    """earlyoom's own lines say MemAvailable; here it is at most what is free and page cache, of all memory."""
    report = last(numbered(str(log(number)))).first
    if report.ram_kb is None:
        return
    free = sum(zone.free_kb or 0 for zone in report.zones)
    most = 100 * (free + (report.file_pages or 0) * report.page_kb) / report.ram_kb
    for setting in settings(report):
        if match := re.match(r"earlyoom(?: -m (\d+))?$", setting.name):
            assert most <= int(match[1] or 10)
            assert (report.swap_free_kb or 0) <= (report.swap_total_kb or 0) // 10
