"""The explorer: its verdicts on the patch, its shortest stories, and that the Monte Carlo finds what it finds."""

from random import Random

import pytest
from worlds import clockwork, daemon, hog

from oommc.engine import OUTCOMES, Engine
from oommc.engine.pack import pack
from oommc.errors import InputError
from oommc.explore import explore, worlds
from oommc.explore.search import COUNTED
from oommc.explore.state import Snapshots
from oommc.explore.text import story, table
from oommc.explore.untimed import PIN_AGE, SCANNED, longest_left, move, moves, start
from oommc.explore.wide import wide
from oommc.policies import registry
from oommc.scenario import Scenario

LIVELOCK = OUTCOMES.index("livelock")


def verdict(world: str, policy: str):
    return explore(worlds.load(world), registry[policy])


def told(world: str, policy: str, goal: str) -> list[tuple[str, str]]:
    """(who, what) of a shortest story, from when the daemon comes in."""
    lines = [line[26:].strip() for line in story(verdict(world, policy), goal).splitlines()[3:]]
    steps = [tuple(line.split(maxsplit=1)) for line in lines if line.startswith(("hog ", "daemon "))]
    return steps[next(at for at, (who, _) in enumerate(steps) if who == "daemon") :]


@pytest.mark.parametrize("world", worlds.names())
def test_the_patchs_assertion_holds_in_every_order_of_steps(world):
    """If a failed try leads to a kill, it failed after every earlier victim had cleaned out its mm_struct."""
    assert verdict(world, "patched").most["premature"] == 0


@pytest.mark.parametrize("world", ["race", "daemons"])
@pytest.mark.parametrize("policy", ["baseline", "serialize-v1"])
def test_what_came_before_the_patch_breaks_it(world, policy):
    of = verdict(world, policy)
    assert of.most["premature"] == of.most["unnecessary"] == of.most["kills"] - 1 > 0


def test_the_race_that_the_patchs_author_fixed():
    """serialize-v1: the check fails, then the victim's mm goes and the bit is free, then the bit is taken."""
    race = [(who, what.split(":")[0]) for who, what in told("race", "serialize-v1", "premature")]
    expected = [
        ("daemon", "last check fails"),
        ("daemon", "is preempted"),
        ("hog", "the mm of hog is cleaned out, every page is back"),
        ("hog", "the gate is open"),
        ("daemon", "takes the gate"),
        ("daemon", "KILLED by daemon, 5.000000 ms after its last failed check"),
    ]
    assert [step for step in race if step in expected] == expected


def test_a_hang_ends_where_nobody_can_go_on():
    """The objection to the patch: its victim waits for a lock whose holder waits for memory."""
    of = verdict("lock", "patched")
    assert set(of.ways) == {"hang"}
    assert told("lock", "patched", "hang")[-1] == ("hog", "waits for a lock of daemon, which waits for memory")
    assert story(of, "hang").endswith("for ever; here: daemon.\n")
    assert "hang" not in verdict("lock", "patched-timeout").ways
    assert "hang" not in verdict("pinned", "patched-timeout").ways
    assert "as a victim its time is up" in story(verdict("race", "patched-timeout"), "premature")


def test_a_holder_that_needs_a_page_hangs_the_machine_where_a_mere_pin_does_not():
    """The deadlock that the patch's author told of: mm_users held by who is stuck in __alloc_pages()."""
    assert "hang" not in verdict("pin", "patched").ways
    of = verdict("reader", "patched")
    assert "hang" in of.ways and "its mm is pinned by a bystander" in story(of, "hang")
    needless = worlds.load("reader").replace("process.hog.exit.pin.chunk", 0)
    assert "hang" in explore(needless, registry["patched"]).ways  # it may have been waiting before


def test_a_pin_age_may_pass_at_any_time():
    """The gate opens by the pin's end, before its age or after; by its age, and then somebody dies for nothing."""
    lines = story(verdict("pin", "patched-pin-age"), "premature")
    assert "its mm is held for too long to keep the gate closed" in lines
    assert "hang" not in verdict("pinned", "patched-pin-age").ways
    w = start(pack(worlds.load("pinned")), registry["patched-pin-age"])
    refused = set()
    for _ in range(200):  # the daemon goes round the closed gate as long as it likes
        possible = [entity for entity in moves(w) if entity != PIN_AGE]
        move(w, possible[0], (1,) * 20)
        refused.add(w.record["refused"] > 0 and longest_left(w) is not None)
    assert True in refused


def test_reclaims_guard_may_run_out_at_any_time():
    """2.6.19 kills nobody before reclaim has gone six times through the node; a page that comes back starts it anew."""
    line = "reclaim has gone through node 0 six times in vain"
    assert story(verdict("race", "2.6.19"), "premature").count(line) == 1
    assert line not in story(verdict("race", "baseline"), "premature")
    w = start(pack(worlds.load("race")), registry["2.6.19"])
    for entity in (0, 1, 0, 1, 0, 1):  # both start, think, and end a pass
        move(w, entity, ())
    assert w.record["oom_calls"] == 0 and set(moves(w)) == {0, 1, SCANNED}
    move(w, SCANNED, ())
    assert SCANNED not in moves(w)
    w.nodes[0].give(1, w.now)
    assert SCANNED in moves(w)


def test_on_one_processor_nobody_runs_while_another_prints():
    """Where only a report lies between check and kill nothing can come between them; with two processors it can."""
    alone = worlds.load("alone").replace("machine.scan_per_task", 0).replace("machine.latency.preempt.p", 0)
    assert explore(alone, registry["baseline"]).most["premature"] == 0
    assert explore(alone.replace("machine.cpus", 2), registry["baseline"]).most["premature"] == 1
    assert explore(alone.replace("machine.preemption", "full"), registry["baseline"]).most["premature"] == 1


def test_who_adds_to_a_report_only_makes_it_longer():
    """However many texts are in the buffer, it is one state; else there would be no end of them."""
    w = start(pack(worlds.load("race")), registry["baseline"])
    snapshots = Snapshots(w)
    fresh = snapshots.pack(w)
    w.text = 20_000_000
    assert snapshots.pack(w) == fresh


def test_on_a_timeout_the_machine_may_panic_or_the_reserves_may_help():
    """The victim waits for a lock of the daemon, which waits for memory; a panic is no hang.

    The reserves are 100 pages, of which the victim takes one. They are enough for a daemon that asks for 99, but
    not for one that wants 100: it takes them and waits for the rest.
    """
    assert "hang" in verdict("lock", "oom-lock-4.2").ways
    assert "hang" not in verdict("lock", "panic-2015").ways
    for chunk, policy, hangs in (
        (99, "oom-lock-4.2", True),
        (99, "reserves-2015", False),
        (100, "reserves-2015", True),
    ):
        asks = {"process.daemon.program.chunk": chunk, "process.daemon.program.target": 100 + chunk}
        assert ("hang" in explore(worlds.load("lock").replace_all(asks), registry[policy]).ways) == hangs


@pytest.mark.parametrize(
    ("policy", "hangs"),
    [("2.6.19", False), ("2.6.20", True), pytest.param("zone-lock-2.6.24", True, marks=pytest.mark.slow)],
)
def test_whose_choice_cannot_be_killed_scans_for_ever(policy, hangs):
    """A protected task on the hog's mm forbids its kill from 2.6.20 on; nobody else is chosen."""
    peer = {"name": "peer", "role": "batch", "shares_mm_with": "hog", "oom_adj": -17, "program": {"kind": "idle"}}
    shared = worlds.load("race").to_dict()
    shared["process"].append(peer)
    of = explore(Scenario.from_dict(shared), registry[policy])
    assert (of.most["kills"] == 0) is ("hang" in of.ways) is hangs
    assert_agrees(Scenario.from_dict(shared), policy, 500)


@pytest.mark.parametrize("policy", ["baseline", "patched-timeout", "patched-pin-age", "skip-4.10"])
def test_no_walk_at_random_goes_further_or_faster(policy):
    """Walks keep their past, so they also say that a state has left out nothing that matters."""
    of = verdict("lock", policy)
    packed, random = pack(of.scenario), Random(1)
    for _ in range(100):
        w = start(packed, of.policy)
        for steps in range(1, 60):
            possible = list(moves(w))
            if not possible:
                break
            move(w, random.choice(possible), tuple(random.choices(range(2), k=20)))
            for column in COUNTED:
                assert w.record[column] <= of.most[column]
                assert not w.record[column] or column == "kills" or steps >= len(of.ways[column])


def test_the_table():
    lines = table([verdict("stuck", "patched"), verdict("stuck", "patched-timeout")]).splitlines()
    assert [line.split() for line in lines] == [
        ["policy", "states", "kills", "premature", "unnecessary", "hang"],
        ["patched", lines[1].split()[1], "1", "0", "0", "yes"],
        ["patched-timeout", lines[2].split()[1], "2", "1", "1", "no"],
    ]


def assert_agrees(scenario: Scenario, policy: str, schedules: int) -> None:
    """What the explorer calls reachable has happened in some schedule, and nothing else has."""
    of = explore(scenario, registry[policy])
    records = Engine(wide(scenario), [registry[policy]], 1).run(0, schedules)[0]
    assert {column: int(records[column].max()) for column in COUNTED} == of.most
    assert (records["outcome"] == LIVELOCK).any() == ("hang" in of.ways)


@pytest.mark.parametrize(
    "policy",
    [
        "serialize-v1",
        "patched",
        "patched-timeout",
        "patched-pin-age",
        "2.6.19",
        "panic-2015",
        "reserves-2015",
        "skip-4.10",
    ],
)
@pytest.mark.parametrize("world", ["race", "pin"])
def test_the_monte_carlo_agrees(world, policy):
    assert_agrees(worlds.load(world), policy, 1000)


@pytest.mark.slow
@pytest.mark.parametrize("policy", [name for name, policy in registry.items() if policy.monitor is None])
@pytest.mark.parametrize("world", worlds.names())
def test_the_monte_carlo_agrees_everywhere(world, policy):
    assert_agrees(worlds.load(world), policy, 20_000)


def test_a_drawn_size_is_refused():
    with pytest.raises(InputError, match=r"process.hog.rss: to be explored, a constant"):
        explore(clockwork(hog(rss={"dist": "uniform", "low": 1, "high": 9}), daemon()), registry["patched"])


def test_a_killer_in_user_space_is_refused():
    with pytest.raises(InputError, match="earlyoom: a killer in user space lives by the clock"):
        verdict("race", "earlyoom")


def test_a_world_too_large_is_refused():
    with pytest.raises(InputError, match="more than 50 states under baseline"):
        explore(worlds.load("race"), registry["baseline"], limit=50)


def test_nothing_is_remembered_of_an_ask_that_is_over():
    """It would make several states of one."""
    w = start(pack(worlds.load("daemons")), registry["mainline-6"])
    snapshots, [t, *_] = Snapshots(w), w.threads
    fresh = snapshots.pack(w)
    t.passes, t.starved, t.rebalancing, t.want, t.source = 1, True, True, 3, w.nodes[0]
    assert snapshots.pack(w) == fresh
    t.passes, t.pending = 1, True
    assert snapshots.pack(w) != fresh
