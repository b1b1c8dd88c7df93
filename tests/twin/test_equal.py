"""The core's records are the twin's, column by column; and the twin loses no page (`worlds.conserved`)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import conserved, policies, scenarios

from oommc.engine import Engine
from oommc.policies import registry
from oommc.scenario import Scenario, catalogue_names
from oommc.twin import simulate


def assert_equal(scenario, chosen, seed, schedules):
    engine = Engine(scenario, chosen, seed)
    for schedule in schedules:
        forked = engine.run(schedule, 1)
        assert (forked == engine.run(schedule, 1, fork=False)).all()
        for policy, rows in zip(chosen, forked, strict=True):
            core = {name: int(rows[0][name]) for name in rows.dtype.names}
            assert core == simulate(engine.packed, policy, seed, schedule, conserved), (policy, schedule)


@pytest.mark.parametrize(("turn", "name"), enumerate(catalogue_names()), ids=catalogue_names())
def test_catalogue(turn, name):
    """Half a second is long enough for kills and recoveries. Each scenario has a fourth of the policies, in turn; all
    of them, and the long horizon, are a slow test's.
    """
    scenario = Scenario.load(name).replace("horizon", "500 ms")
    assert_equal(scenario, list(registry.values())[turn % 4 :: 4], 1, range(1))


@pytest.mark.slow
@pytest.mark.parametrize("name", catalogue_names())
def test_catalogue_at_length(name):
    assert_equal(Scenario.load(name), list(registry.values()), 2, range(2))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.lists(policies(), min_size=1, max_size=3), st.integers(0, 2**64 - 1), st.integers(0, 2**40))
def test_random_scenarios_and_policies(scenario, chosen, seed, schedule):
    assert_equal(scenario, chosen, seed, [schedule])


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.lists(policies(), min_size=1, max_size=3), st.integers(0, 2**64 - 1), st.integers(0, 2**40))
def test_many_random_scenarios_and_policies(scenario, chosen, seed, schedule):
    assert_equal(scenario, chosen, seed, [schedule])
