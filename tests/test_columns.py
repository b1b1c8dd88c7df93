"""The table of a record's columns: what it says of them holds in every schedule."""

import numpy as np
import pytest

from oommc import columns
from oommc.columns import ABSENT, BY_NAME, COLUMNS, FLAG, OUTCOME, OUTCOMES
from oommc.engine import Engine
from oommc.policies import registry
from oommc.scenario import Scenario, catalogue_names
from oommc.scenario.totals import TOTALS

POLICIES = ("baseline", "2.6.19", "patched", "mainline-6")


def rows(scenario: Scenario, schedules: int) -> np.ndarray:
    policies = [registry[name] for name in POLICIES]
    policies.append(registry["mainline-6"].beside(registry["earlyoom"]))
    return Engine(scenario, policies, 1).run(0, schedules)


@pytest.mark.parametrize("name", catalogue_names())
def test_no_schedule_exceeds_the_largest_value(name):
    scenario = Scenario.load(name)
    records = rows(scenario, 40)
    for column in columns.STORED:
        least, most = records[column.name].min(), records[column.name].max()
        assert least >= (ABSENT if column.absent else 0), column.name
        assert column.most is None or most <= TOTALS[column.most](scenario), column.name
        assert column.kind != FLAG or most <= 1
        assert column.kind != OUTCOME or most < len(OUTCOMES)


def test_largest_values_by_hand():
    usemem = Scenario.load("usemem")  # a hog and eight daemons of one thread each, 1 GiB, 30 s, calm after 100 ms
    second = 10**9
    expected = {
        "kills": 9,
        "needless": 8,
        "ttr_ns": 30 * second,
        "cut": 1,
        "episodes": 301,
        "daemon_stall_ns": 8 * 30 * second,
        "spin_ns": 9 * 30 * second,
        "lost_pages": 9 * 2**18,
    }
    assert {name: TOTALS[BY_NAME[name].most](usemem) for name in expected} == expected
    assert {column.most for column in COLUMNS} - {None} == TOTALS.keys()


def test_those_who_share_an_mm_are_condemned_once():
    shared = Scenario.load("shared-mm")
    sharing = sum(p.count for p in shared.processes if p.shares_mm_with is not None)
    assert TOTALS["mms"](shared) == sum(p.count for p in shared.processes) - sharing and sharing > 0


def test_what_is_shown_in_front():
    assert columns.foremost(columns.COMPARED) == ("kills", "unnecessary", "needless", "but_for")
    assert columns.foremost(columns.TOLD)[-1] == "premature"
    assert columns.foremost(columns.TABLED)[-3:] == ("stale", "impatient", "blind")


def test_every_column_is_told_in_a_sentence():
    for column in COLUMNS:
        assert column.meaning.endswith(".") and column.heading[0].isupper(), column.name
