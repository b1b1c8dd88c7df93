"""Each window through which a design kills for nothing: who falls through, who closed it.

Its schedules are in `windows`.
"""

import pytest
from windows import PROTECTED, QUICK, SLOW, WINDOWS, idle, kills, leaver, naming
from worlds import GONE, both, clockwork, daemon, hog, late

from oommc.policies import SIMULATED, registry
from oommc.scenario import Scenario
from oommc.trace import replay

APART = {("W2", "badness-2.6.36")}  # has a schedule of its own below
FALLS = [(window, policy) for window in WINDOWS for policy in naming(window) if (window, policy) not in APART]
CLOSED = [(window, policy) for window in WINDOWS for policy in WINDOWS[window].closed_by]
INSTANTS = [(window, policy) for window in WINDOWS for policy in WINDOWS[window].kills]


@pytest.mark.parametrize(("window", "policy"), FALLS)
def test_a_design_that_names_a_window_kills_in_it(window, policy):
    of = WINDOWS[window]
    record = both(of.world, policy, schedule=of.schedule)
    assert record["unnecessary"] >= 1
    assert record["needless"] >= 1
    assert record["premature"] >= 1


@pytest.mark.parametrize(("window", "policy"), CLOSED)
def test_a_design_that_has_closed_it_waits(window, policy):
    of = WINDOWS[window]
    record = both(of.world, policy, schedule=of.schedule)
    assert (record["kills"], record["unnecessary"], record["premature"]) == (1, 0, 0)
    assert record["outcome"] == 1


@pytest.mark.parametrize(("window", "policy"), INSTANTS)
def test_the_instant_of_the_needless_kill(window, policy):
    of = WINDOWS[window]
    assert kills(of.world, policy, of.schedule)[1] == of.kills[policy]


def test_w2_where_only_leaders_are_scanned():
    """2.6.36 doesn't see a mark that isn't the leader's: here the leader has left by itself before.

    In schedule 3 the leader holds for 1 ms, the sibling for 1,000 s. The sibling is shot at 2.204 ms (four
    tasks, a report), and is stuck for 100 ms from 5.204 on. `late` sleeps to 3, and is back from scan and
    report at 3.204 ms. It has met no victim, and the sibling is still the worst: a duplicate, and so each
    tick, until the job comes to a permille more at 5 ms. A scan of threads, or a gate, would have stopped it.
    """
    hold = {"dist": "discrete", "values": ["1 ms", "1000 s"], "weights": [1, 1]}
    world = clockwork(
        idle(
            "hog", "hog", rss=4905, threads=2, exit=GONE | {"block": {"p": 1, "delay": "100 ms"}},
            program={"kind": "grow", "start": 0, "think": "1 us", "chunk": 1, "target": 4905, "hold": hold},
        ),
        late("5 ms", name="job", rss=4893, oom_score_adj=1,
             program={"kind": "grow", "start": 0, "think": "5 ms", "chunk": 7, "target": 4900}),
        late("2 ms", chunk=200, rss=47, flags={"order": 3}),
        latency=QUICK,
    )  # fmt: skip
    assert kills(world, "badness-2.6.36", 3)[:2] == [(2_204, "hog-0.1"), (5_204, "job")]
    record = both(world, "badness-2.6.36", schedule=3)
    assert (record["duplicates"], record["impatient"], record["needless"]) == (2, 1, 1)
    for policy in ("baseline", "patched", "rcu-scan-3.16", "skip-4.10"):
        assert both(world, policy, schedule=3)["kills"] == 1


def test_w5_a_protected_task_that_exits():
    """The leaver, protected, gives 500 pages back each 5 ms from 9.001 on; the scan at 4.203 ms passes it by.

    So the daemon dies. An unprotected leaver is PF_EXITING and stops the scan; so does a protected one where
    the abort test comes before the skip.
    """
    world = clockwork(leaver(**PROTECTED), daemon(rss=150), late("4 ms", chunk=400), **SLOW)
    unprotected = clockwork(leaver(), daemon(rss=150), late("4 ms", chunk=400), **SLOW)
    for policy in naming("W5"):
        assert kills(world, policy) == [(4_203, "daemon")]
        assert both(world, policy)["impatient"] == both(world, policy)["needless"] == 1
        assert both(unprotected, policy)["kills"] == 0
    asks_first = registry["baseline"].replace(name="asks first", abort_skips_protected="no")
    assert both(world, asks_first)["kills"] == 0


@pytest.mark.parametrize("policy", naming("W12"))
def test_w12_a_task_that_exits_by_itself(policy):
    """The leaver gives 500 pages back each 5 ms from 9.001 on. From 4.6 on only a victim stops a scan.

    That of `late` is over at 4.103, its report at 4.203 ms; each pass more is 100 us more. In 2.6.17 PF_EXITING
    stops it.
    """
    world = clockwork(leaver(), daemon(rss=150), late("4 ms", chunk=400), **SLOW)
    assert kills(world, policy)[0] == (4_203 + 100 * (registry[policy].passes - 1), "daemon")
    assert both(world, policy)["impatient"] >= 1
    assert both(world, policy)["needless"] >= 1
    assert both(world, "baseline")["kills"] == both(world, "patched")["kills"] == 0


@pytest.mark.parametrize("policy", ["reaper-4.6", "skip-4.10", "alloc-oom-4.14", "lockless-reaper-4.19", "boost-5.0"])
def test_w11_shared_pages_stay_too(policy):
    """As W11, but the 9,000 are a segment: no reaper takes them, and they go with the last mm that maps them.

    Where a server maps it too the hog's death would not have helped, and the daemon's isn't unnecessary.
    """
    world = clockwork(
        hog(rss=500, shared=9000, exit=GONE | {"wake": "300 ms"}),
        daemon(),
        late("6 ms", chunk=2000, **PROTECTED),
        latency=QUICK,
    )
    assert kills(world, policy)[1] == WINDOWS["W11"].kills[policy]
    assert both(world, policy)["needless"] >= 1
    for closed_by in ("patched", "oom-lock-4.2", "expiry-2018"):
        assert both(world, closed_by)["kills"] == 1
    server = idle("server", maps="hog", **PROTECTED)
    mapped = clockwork(
        server, hog(rss=500, shared=9000, exit=GONE | {"wake": "300 ms"}), daemon(),
        late("6 ms", chunk=2000, **PROTECTED), latency=QUICK,
    )  # fmt: skip
    assert both(mapped, policy)["kills"] >= 2
    assert both(mapped, policy)["unnecessary"] == 0


@pytest.mark.parametrize("policy", ["patched", "mainline-6"])
def test_a_segment_comes_back_with_the_last_that_maps_it(policy):
    """9,100 pages are the rss of each of two, 100 of them its own. `late` asks for 1,000 at 1 ms; 800 are free.

    The first kill gives back 100 pages, and is needed; the second gives back 9,100, and is needed, too.
    """
    world = clockwork(
        idle("server", rss=100, shared=9000, exit={"wake": 0, "tail": 0}),
        idle("worker", rss=100, maps="server", exit={"wake": 0, "tail": 0}),
        late("1 ms", chunk=1000, oom_adj=-17, oom_score_adj=-1000),
        latency=QUICK,
    )
    record = both(world, policy)
    assert (record["kills"], record["unnecessary"], record["outcome"]) == (2, 0, 1)
    assert given_back(world, policy) == [100, 9100]


def given_back(world: Scenario, policy: str) -> list[int]:
    """Pages that each exit_mmap() has to give back."""
    return [e["pages"] for e in replay(world, registry[policy], 0, 1).events if e["what"] == "exit_mmap"]


def test_every_window_that_is_called_simulated_is_shown_here():
    shown = {*WINDOWS, "W5", "W7", "W8", "W12"}
    assert {flaw for flaw in SIMULATED if not flaw.startswith("L")} <= shown
