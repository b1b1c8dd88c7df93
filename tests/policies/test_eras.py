"""Kernel versions and the rows of the policy table that they ran."""

import pytest

from oommc.policies import groups
from oommc.policies.eras import _SINCE, design_of


def test_every_merged_design_has_its_first_version():
    assert list(_SINCE) == groups["merged"]
    assert list(_SINCE.values()) == sorted(_SINCE.values())


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("2.6.16-rt23", "baseline"),
        ("2.6.18-419.el5", "baseline"),
        ("2.6.19", "2.6.19"),
        ("2.6.32-5-amd64", "zone-lock-2.6.24"),
        ("2.6.32-642.11.1.el6.x86_64", "badness-2.6.36"),
        ("3.13.0-57-generic", "badness-2.6.36"),
        ("3.16.0-4-amd64", "rcu-scan-3.16"),
        ("4.1.52", "rcu-scan-3.16"),
        ("4.4.0-130-generic", "oom-lock-4.2"),
        ("4.9", "reaper-4.6"),
        ("4.13.16", "skip-4.10"),
        ("5.2.14", "lockless-reaper-4.19"),
        ("5.17.15", "lockless-reaper-4.19"),
        ("5.19-rc", "mainline-6"),
        ("6.18.0+", "mainline-6"),
        ("2.4.37", None),
        ("", None),
        ("x.y", None),
    ],
)
def test_design_of(version, name):
    assert design_of(version) == name
