"""A request that was bound to some nodes of a machine: simulated as the nodes that they are."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "incident"))
from incident_texts import MODERN

from oommc.advise.incident import last
from oommc.advise.reproduced import reproduce
from oommc.advise.settings import kernel
from oommc.advise.tried import drafts
from oommc.incident import read
from oommc.incident.drafting.scenario import draft, scenario_toml
from oommc.scenario import Scenario

PLACE = "<4>[  100.500008][ T3000] 1029000 pages RAM"
OTHER = (
    "<4>[  100.500007][ T3000] Node 1 Normal free:3500000kB min:59100kB low:74000kB high:88000kB managed:4000000kB\n"
)


def bound(constraint="CPUSET", nodes="0"):
    text = MODERN.replace(PLACE, OTHER + PLACE).replace("present:4100000kB managed", "managed")
    text = text.replace("present:15992kB ", "").replace("CONSTRAINT_NONE", f"CONSTRAINT_{constraint}")
    text = text.replace("mems_allowed=0", f"mems_allowed={nodes}")
    return last(enumerate(read(text.splitlines(keepends=True)), 1))


def free(scenario):
    """Pages by node at the start."""
    left = [node.memory - node.reserved - round(node.page_cache.mean()) for node in scenario.machine.nodes]
    for process in scenario.processes:
        pages = round(process.rss.mean()) * process.count
        for at in process.nodes:
            taken = min(pages, left[at] - scenario.machine.nodes[at].high)
            left[at] -= taken
            pages -= taken
    return left


def test_who_is_named_is_bound_and_the_others_lie_elsewhere():
    scenario = Scenario.from_dict(draft(bound().first).table)
    nodes = {process.name: list(process.nodes) for process in scenario.processes}
    assert nodes == {"systemd-journal": [1, 0], "sd-pam": [1, 0], "cc1": [0], "ld": [0]}
    assert {process.binding for process in scenario.processes} == {"cpuset"}
    own, other = free(scenario)
    assert abs(other - 3_500_000 // 4) <= 1
    assert scenario.machine.nodes[0].high < own < scenario.machine.nodes[0].memory // 16
    assert "bound to some nodes (cpuset)" in scenario_toml(bound().first)


@pytest.mark.parametrize("constraint", ["CPUSET", "MEMORY_POLICY"])
def test_memory_runs_out_on_the_nodes_while_others_have_plenty(constraint):
    found = bound(constraint)
    assert found.kind == "nodes"
    same = reproduce(
        found, kernel(found.first), ((what, Scenario.from_dict(table), who) for what, table, who in drafts(found))
    )
    assert same.agrees and same.simulated.victims == ("ld",)


def test_without_the_binding_memory_would_have_been_enough():
    """Bound to both nodes isn't bound."""
    scenario = Scenario.from_dict(draft(bound(nodes="0-1").first).table)
    assert {process.nodes for process in scenario.processes} == {(0, 1)}
