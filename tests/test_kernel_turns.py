"""experiments/turns.py: what was written down belongs to the plan, and what a prediction within its tolerance is."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

EXPERIMENTS = Path(__file__).parent.parent / "experiments"


@pytest.fixture
def turns(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(EXPERIMENTS / "kernel"), *sys.path])
    return runpy.run_path(str(EXPERIMENTS / "turns.py"))


def test_each_run_of_the_plan_has_a_prediction(turns):
    from judge import predictions
    from lab import plan

    written = predictions.read(turns["WRITTEN"])
    assert written.keys() == plan.load(EXPERIMENTS / "kernel" / "turns.toml").entries.keys()
    assert all(one.metrics.keys() == turns["METRICS"].keys() for one in written.values())


def test_times_are_judged_by_their_tolerances(turns):
    """Of an outage of 1 s 0.88 to 1.12 are right, of waits of 1 s 0.85 to 1.15."""
    from judge.predictions import Interval, Prediction
    from judge.seen import Runs

    one = np.ones(2)
    kernel = {"run": Runs(one, one, 1e9 * one, 0 * one, 1e9 * one, [("hog",)])}

    def verdict(outage: float, waits: float) -> str:
        means = dict.fromkeys(turns["METRICS"], 1.0) | {"outage_s": outage, "stall_s": waits}
        told = Prediction({metric: Interval(mean, mean, mean) for metric, mean in means.items()}, [])
        return turns["verdict"](turns["cells"](kernel, {"run": told}))

    assert verdict(0.88, 1.15) == "Outage within 12 %: 1 of 1. Waits within 15 %: 1 of 1."
    assert verdict(1.13, 0.84) == "Outage within 12 %: 0 of 1. Waits within 15 %: 0 of 1."
