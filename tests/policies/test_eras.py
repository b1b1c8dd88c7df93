"""Kernel versions and the rows of the policy table that they ran."""

import pytest

from oommc.policies import groups
from oommc.policies.eras import _SINCE, design_of, policy_of


def test_every_merged_design_has_its_first_version():
    assert list(dict.fromkeys(name for _, name, _ in _SINCE)) == groups["merged"]
    assert sorted(_SINCE) == list(_SINCE)


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("2.6.16-rt23", "baseline"),
        ("2.6.18-419.el5", "baseline"),
        ("2.6.19", "2.6.19"),
        ("2.6.20", "2.6.20"),
        ("2.6.23.17", "2.6.20"),
        ("2.6.32-5-amd64", "zone-lock-2.6.24"),
        ("2.6.32-642.11.1.el6.x86_64", "badness-2.6.36"),
        ("2.6.38", "badness-2.6.36"),
        ("3.0.8", "rcu-scan-3.16"),
        ("3.13.0-57-generic", "rcu-scan-3.16"),
        ("3.16.0-4-amd64", "rcu-scan-3.16"),
        ("4.1.52", "rcu-scan-3.16"),
        ("4.4.0-130-generic", "oom-lock-4.2"),
        ("4.8.17", "reaper-4.6"),
        ("4.9", "skip-4.10"),
        ("4.13.16", "skip-4.10"),
        ("4.14.336", "alloc-oom-4.14"),
        ("4.20.17", "lockless-reaper-4.19"),
        ("5.2.14", "boost-5.0"),
        ("5.17.15", "boost-5.0"),
        ("5.19-rc", "mainline-6"),
        ("6.18.0+", "mainline-6"),
        ("2.4.37", None),
        ("", None),
        ("x.y", None),
    ],
)
def test_design_of(version, name):
    assert design_of(version) == name


@pytest.mark.parametrize(
    ("version", "passes"),
    [("4.6.7", 1), ("4.8.17", 16), ("4.11.12", 16), ("4.12", 17), ("4.13.16", 17), ("4.14.336", 17), ("6.12", 17)],
)
def test_the_passes_of_a_version(version, passes):
    """The back-off went with 4.12, the design's other parts stayed."""
    assert policy_of(version).passes == passes
    assert policy_of(version).name.split("(")[0] == design_of(version)


@pytest.mark.parametrize(("version", "passes"), [("5.8.18", 7), ("5.10.0-8-amd64", 18), ("5.15.100", 18), ("6.1", 18)])
def test_the_passes_of_a_memory_cgroup(version, passes):
    """MAX_RECLAIM_RETRIES for charges came with 5.9, and a score below zero with it."""
    assert policy_of(version).memcg_passes == passes
    assert policy_of(version).selector == ("rss_adj" if passes == 18 else "rss_adj_floor")


def test_no_policy_without_a_version():
    assert policy_of("x.y") is None
