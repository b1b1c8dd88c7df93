"""How much more memory, or how much larger a limit, would have been enough."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "incident"))
from incident_texts import MEMCG_3_7, MODERN

from oommc import api, policies
from oommc.advise.enough import Enough, enough
from oommc.advise.larger import larger, raising
from oommc.advise.reproduced import comms
from oommc.advise.text import nothing, room
from oommc.advise.tried import grouped
from oommc.incident import read, to_scenario
from oommc.scenario import Scenario
from oommc.trace.story import thread_names

NOW = policies["mainline-6"]


def one(text):
    (report,) = read(text.splitlines(keepends=True))
    return report


def kills(scenario, more, target):
    (node,) = scenario.machine.nodes
    changed = scenario.replace_all(
        {"machine.node.0.memory": f"{node.memory + more} pages", "process.ld.program.target": f"{target} pages"}
    )
    return api.run(changed, [NOW], 64, 1).records()["kills"].to_numpy()


def test_the_least_that_is_enough():
    """For all that the grower had mapped, and for where it was; a little less kills."""
    scenario = Scenario.from_dict(to_scenario(one(MODERN)))
    mapped, had = enough(scenario, NOW)
    assert (mapped.is_least, had.is_least) == (False, True) and had.enough < mapped.enough
    ld = next(p for p in scenario.processes if p.name == "ld")
    assert not kills(scenario, mapped.enough, ld.total_vm).any() and kills(scenario, mapped.short, ld.total_vm).any()
    assert 0 < mapped.enough - mapped.short <= max(64, mapped.enough // 32)


def test_more_is_told_in_the_answer_and_a_lower_end_as_one():
    report = one(MODERN)
    scenario = Scenario.from_dict(to_scenario(report))
    found = enough(scenario, NOW)
    said = nothing(report, found)
    assert said.startswith("Change nothing: no setting tested is clearly better. With ") and "had mapped" in said
    assert found[0].size in said and f"({found[0].too_little} isn't enough)" in said
    assert "It takes " in str(room(report, found)) and "at least" in str(room(report, found))
    assert enough(scenario, NOW, "tmux: server")[0].stop.startswith("tmux: server had used all")
    assert nothing(report, []) == "Change nothing: no setting tested is clearly better."
    assert "It can't be told" in str(room(report, []))


@pytest.mark.parametrize(
    "path, command",
    [
        ("/A", "echo 150M > /sys/fs/cgroup/memory/A/memory.limit_in_bytes"),
        ("/system.slice/web.service", "systemctl set-property web.service MemoryMax=150M"),
        ("/docker/0123456789abcdef", "docker update --memory 150m --memory-swap -1 0123456789ab"),
        ("/system.slice/docker-0123456789abcdef.scope", "docker update --memory 150m --memory-swap -1 0123456789ab"),
        ("/kubepods/burstable/pod1/c1", "kubectl set resources deployment NAME --limits=memory=150Mi"),
    ],
)
def test_the_command_that_raises_a_limit(path, command):
    report = one(MEMCG_3_7.replace("limit of /A", f"limit of {path}").replace("stats for /A", f"stats for {path}"))
    assert raising(report, 50 * 256) == command
    assert raising(one(MODERN), 256) is None


def test_a_v2_group_has_another_file():
    report = one(MEMCG_3_7)
    del report.counters["memory+swap"]
    assert raising(report, 50 * 256) == "echo 150M > /sys/fs/cgroup/A/memory.max"


def test_a_larger_limit_is_a_setting_where_it_is_enough():
    """Not where it would be many times as large, or more than the report shows to be available."""
    report = one(MEMCG_3_7)
    report.zones = []
    told = Enough("it had used 150 MiB", False, 12_000, 50 * 256, {"machine.node.0.memory": "38400 pages"})
    (setting,) = larger(report, [told])
    assert (setting.name, setting.given) == ("memory.max=150M", told.stop)
    assert larger(report, [replace(told, is_least=True)]) == larger(report, []) == []
    assert larger(report, [replace(told, enough=400 * 256)]) == []
    report.zones = one(MODERN).zones
    assert larger(report, [told]) == []


def test_a_group_within_a_machine_with_room_gets_a_larger_limit():
    report = one(MEMCG_3_7)
    scenario = Scenario.from_dict(to_scenario(report))
    inner = Scenario.from_dict(scenario.replace_all(grouped(scenario.to_dict())).to_dict())
    for of in (scenario, inner):
        (told, *_) = enough(of, NOW)
        changed = of.replace_all(told.changes)
        assert not api.run(changed, [NOW], 64, 1).records()["kills"].any()


ROW = "[   {pid}]     {uid}   {pid}       11000      350      288       62         0    81920        0   0 sshd\n"


def test_threads_of_like_names_keep_their_own():
    """The third of a class `sshd` is called `sshd-2`, and so is a class of one."""
    rows = "".join(ROW.format(pid=510 + at, uid=1000 * (at == 3)) for at in range(4))
    report = one(MODERN.replace("<6>[  100.500013]", rows + "<6>[  100.500013]"))
    scenario = Scenario.from_dict(to_scenario(report))
    names = thread_names(scenario)
    assert len(set(names)) < len(names) == len(comms(report, scenario, None))
