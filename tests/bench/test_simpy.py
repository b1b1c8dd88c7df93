"""The SimPy model of usemem and the core are two readings of docs/model.md; their draws differ, their results may not.

At fixed seeds a difference of more than four standard errors is one of the rules: a gate that opens at the kill, a last
try at the low watermark or a report that is not printed all show (see `test_another_rule_would_show`).
"""

import math

import numpy as np
import pytest

from oommc.bench import simpy_usemem
from oommc.engine import Engine
from oommc.policies import registry
from oommc.scenario import Scenario

SIGMAS = 4


def core(policy, schedules):
    """Kills, needless kills, log of the time to recovery; each an array by schedule."""
    of = Engine(Scenario.load("usemem"), [registry[policy]], 2).run(0, schedules)[0]
    assert not of["censored"].any()
    return of["kills"], of["needless"], np.log(of["ttr_ns"])


def model(policy, schedules):
    of = [simpy_usemem.simulate(policy, 2, schedule, whole=False) for schedule in range(schedules)]
    return tuple(np.array(column) for column in zip(*((o.kills, o.needless, math.log(o.ttr)) for o in of), strict=True))


def sigmas(a, b):
    """How many standard errors two means are apart."""
    error = math.sqrt(a.var() / len(a) + b.var() / len(b))
    return 0.0 if a.mean() == b.mean() else abs(a.mean() - b.mean()) / error


@pytest.mark.parametrize("policy", ["baseline", "patched"])
def test_kills_and_recovery_agree_with_the_cores(policy):
    for a, b in zip(model(policy, 300), core(policy, 10_000), strict=True):
        assert sigmas(a, b) < SIGMAS


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["baseline", "patched"])
def test_they_agree_more_closely(policy):
    for a, b in zip(model(policy, 10_000), core(policy, 200_000), strict=True):
        assert sigmas(a, b) < SIGMAS


def test_another_rule_would_show(monkeypatch):
    monkeypatch.setattr(
        simpy_usemem, "HIGH", simpy_usemem.LOW
    )  # the last try asks for less, and recovery is sooner calm
    monkeypatch.setattr(simpy_usemem.Machine, "may_report", lambda self: False)
    assert max(sigmas(a, b) for a, b in zip(model("baseline", 100), core("baseline", 10_000), strict=True)) > SIGMAS


def test_a_console_for_each_would_show(monkeypatch):
    """The owner, often the victim, prints what others add before it can die; else recovery is five times as fast."""

    def alone(self, ns):
        yield self.env.timeout(ns)

    monkeypatch.setattr(simpy_usemem.Machine, "report", alone)
    assert max(sigmas(a, b) for a, b in zip(model("baseline", 100), core("baseline", 10_000), strict=True)) > SIGMAS


def test_it_may_end_when_all_is_calm_for_good():
    for schedule in range(3):
        assert simpy_usemem.simulate("baseline", 1, schedule) == simpy_usemem.simulate(
            "baseline", 1, schedule, whole=False
        )
