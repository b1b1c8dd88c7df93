"""Records are today what they were when their digests were stored."""

import json

import digests
import pytest

from oommc.policies import registry
from oommc.scenario import catalogue_names

STORED = json.loads(digests.STORED.read_text())


DEAR = {"core-dump", "desktop", "many-daemons", "phone", "swap-server"}
"""Scenarios of which a hundred schedules under every policy take some ten seconds: a slow test's."""


@pytest.mark.parametrize(
    "scenario", [pytest.param(name, marks=[pytest.mark.slow] * (name in DEAR)) for name in catalogue_names()]
)
def test_no_record_has_moved(scenario):
    stored = STORED[scenario]
    _, now = digests.digests(scenario, stored["columns"].split())
    assert {name: now.get(name) for name in stored["policies"]} == stored["policies"]


@pytest.mark.parametrize("scenario", catalogue_names())
def test_every_policy_has_a_digest(scenario):
    assert set(STORED[scenario]["policies"]) == set(registry)
