"""Writing and changing a scenario: nothing is lost, and what follows from other keys goes on following."""

import json

import pytest
import scipy.stats

from oommc.errors import InputError
from oommc.scenario import Scenario, catalogue_names

CATALOGUE = (
    "huge-mm", "lock-chain", "many-daemons", "numa-bound", "pinned-mm", "threaded-hog", "usemem",
    "usemem-smp",
)  # fmt: skip


@pytest.fixture(scope="module")
def usemem():
    return Scenario.load("usemem")


def test_the_catalogue_is_there():
    assert set(CATALOGUE) <= set(catalogue_names())


@pytest.mark.parametrize("name", catalogue_names())
def test_round_trip(name):
    scenario = Scenario.load(name)
    assert scenario.name == name and len(scenario.about) > 100
    assert Scenario.from_toml(scenario.to_toml()) == scenario
    assert Scenario.from_dict(json.loads(json.dumps(scenario.to_dict()))) == scenario
    assert Scenario.from_toml(scenario.to_toml()).to_toml() == scenario.to_toml()


def test_round_trip_of_everything():
    scenario = Scenario.load("numa-bound")
    changes = {
        "name": 'näme "x" \\ $1',
        "about": 'two\nlines\r\n"""and\ttab',
        "machine.node.1.min": 700,
        "machine.node.0.high": 3000,
        "machine.latency.report": scipy.stats.rv_histogram(([1, 2], [0.0, 0.1, 0.2])),
        "process.bound-hog.program.hold": "3 s",
        "process.bound-hog.flags.p_no_fs": 0.25,
        "process.bound-hog.exit.pin": {"p": 0.0, "delay": "1 ms"},
        "process.bound-hog.exit.lock": {"p": 0.5, "holder": "far-daemon"},
        "process.bound-hog.total_vm": "3 GiB",
        "process.bound-helper.parent": "bound-hog",
        "process.near-daemon.program.target": "64 MiB",
        "process.near-daemon.rawio": True,
        "process.far-daemon.program": {"kind": "idle"},
    }
    for path, value in changes.items():
        scenario = scenario.replace(path, value)
    assert Scenario.from_toml(scenario.to_toml()) == scenario
    assert Scenario.from_dict(scenario.to_dict()) == scenario
    assert scenario.machine.nodes[1].min == 700 and scenario.machine.nodes[0].high == 3000
    assert scenario.processes[0].exit.lock.holder == "far-daemon"
    shared = scenario.to_dict()
    del shared["process"][1]["rss"]
    shared["process"][1]["shares_mm_with"] = "bound-hog"
    sharing = Scenario.from_dict(shared)
    assert Scenario.from_toml(sharing.to_toml()) == sharing


def test_replace(usemem):
    assert usemem.replace("machine.cpus", 4).machine.cpus == 4
    assert usemem.machine.cpus == 2
    assert usemem.replace("process.usemem.count", 1) == usemem
    assert usemem.replace("process.1.count", 3).processes[1].count == 3
    assert (
        usemem.replace("process.daemon.rss.sigma", 0.1).processes[1].rss.maximum() < usemem.processes[1].rss.maximum()
    )
    report = usemem.replace("machine.latency.report", scipy.stats.gamma(2, scale=0.03)).machine.latency.report
    assert report.to_toml() == {"dist": "scipy.gamma", "a": 2.0, "scale": "30 ms"}
    pinned = usemem.replace("process.usemem.exit.pin", {"p": 0.5, "delay": scipy.stats.expon(scale=0.2)})
    assert pinned.processes[0].exit.pin.delay.mean() == pytest.approx(2e8, rel=1e-3)


def test_a_name_may_hold_dots(usemem):
    dotted = usemem.replace("process.daemon.name", "daemon.exit")
    assert dotted.replace("process.daemon.exit.count", 2).processes[1].count == 2


def test_what_follows_goes_on_following(usemem):
    larger = usemem.replace("machine.node.0.memory", "4 GiB").machine.nodes[0]
    assert (larger.min, larger.low, larger.high) == (2048, 2560, 3072)
    two = usemem.replace("machine.node", [{"memory": "1 GiB"}, {"memory": "1 GiB"}])
    assert [process.nodes for process in two.processes] == [(0, 1)] * 2


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("machine.cpsu", 4, "machine.cpsu: unknown key: did you mean cpus"),
        ("machine.cpus", 0, "machine.cpus: 0 is not"),
        ("machine.cpus.x", 0, "no keys below machine.cpus"),
        ("machine.latency.report", scipy.stats.norm(), "machine.latency.report: .*negative"),
        ("process.usmem.count", 1, "unknown 'usmem': did you mean usemem"),
        ("process.usemem", 1, "a whole table"),
        ("machine.node.7.memory", 1, "unknown '7'"),
        ("process.usemem.exit.pin.p", 0.5, "process.usemem.exit.pin.delay: missing"),
        ("", 1, "unknown key"),
        ("..", 1, "unknown key"),
        ("process.usemem.rss", "2 GiB", "doesn't fit"),
    ],
)
def test_what_cannot_be_replaced(usemem, path, value, said):
    with pytest.raises(InputError, match=said) as raised:
        usemem.replace(path, value)
    assert str(raised.value).startswith("usemem: ") and "\n" not in str(raised.value)
