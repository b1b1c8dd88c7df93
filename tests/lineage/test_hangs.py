"""Each way in which a design can hang (`hangs`): who stands still, who gets out, and what ends it."""

import pytest
from hangs import FOREVER, HANGS, LIVELOCK, PANIC, RECOVERED, UNSETTLED, keeper, naming, stuck
from worlds import GONE, both, clockwork, hog, late, story

from oommc.policies import SIMULATED, registry


@pytest.mark.parametrize(("hang", "policy"), [(hang, policy) for hang in HANGS for policy in naming(hang)])
def test_a_design_that_names_a_hang_stands_still(hang, policy):
    """One victim or none, and nothing after it, or others that don't help."""
    of = HANGS[hang]
    record = both(of.world, policy)
    assert record["outcome"] in of.hung
    assert record["censored"] == 1
    if policy in of.in_vain:
        assert record["kills"] == of.in_vain[policy]
    else:
        assert (record["kills"], record["unnecessary"]) == (of.kills, 0)


@pytest.mark.parametrize(("hang", "policy"), [(hang, policy) for hang in HANGS for policy in HANGS[hang].ends])
def test_a_design_that_has_a_way_out_takes_it(hang, policy):
    """Nobody waits at the end. (In L10 the first node stays below HIGH: its hog is still stuck.)"""
    of = HANGS[hang]
    record = both(of.world, policy)
    assert record["outcome"] in (RECOVERED, UNSETTLED if hang == "L10" else RECOVERED)
    assert record["kills"] == of.ends[policy]


def test_without_a_killer_every_shortage_hangs():
    assert all(both(HANGS[hang].world, "never")["outcome"] == LIVELOCK for hang in registry["never"].hangs)


def test_spinners_only_take_time():
    """L9 isn't for ever. The hog's 9,701 pages go back from 5.052 ms on, in 19 batches of 500 us and one of 201.

    Beside spinners each takes as often as long as there are threads that want memory still as it begins, and the
    hog. Those who sleep come at 10 ms, when nine batches are back: 14 get their 300 pages; of the others' passes 15
    aren't over as the eleventh batch begins, at 10.052 ms, so it takes 8 ms. At 20 ms nine more get theirs; the
    sixteenth batch begins at 20.052 beside six. All others are the hog's alone, and the last ends at 5.052 + 9.701
    + 15 · 0.5 + 6 · 0.5 = 25.253 ms.
    """
    world = HANGS["L9"].world.replace("horizon", "1 s")
    granted = [when for when, _, who in story(world, "patched", "granted") if who != "hog"]
    begins = 5_052
    for pages in (*[500] * 19, 201):
        begins += pages * (1 + sum(when > begins for when in granted))
    assert [what[0] for what in story(world, "patched", "cleaned out")] == [begins] == [196_454]
    assert [what[0] for what in story(world, "patched-try2", "cleaned out")] == [25_253]
    assert both(world, "patched")["outcome"] == both(world, "patched-try2")["outcome"] == RECOVERED
    assert both(world, "patched")["spin_ns"] > 0 == both(world, "patched-try2")["spin_ns"]


TIMEOUT = 10_000_000  # us


@pytest.mark.parametrize("hang", registry["oom-lock-4.2"].hangs)
def test_a_panic_ends_what_hangs_4_2(hang):
    """As late as 10 s after the kill, at the first pass that comes to the OOM path from then on:
    5 ms, and a retry a tick.
    """
    world = HANGS[hang].world
    record, before = both(world, "panic-2015"), both(world, "oom-lock-4.2")
    killed = story(world, "panic-2015", "kill")[0][0]
    assert record["kills"] == before["kills"] == 1 and record["outcome"] == PANIC
    if before["outcome"] == LIVELOCK:
        assert 0 <= record["end_ns"] / 1000 - killed - TIMEOUT < 6_000


def test_reserves_for_all_let_the_holder_of_the_lock_go_on():
    """L1: shot at 7.103 ms the hog waits for `late`, who tries each 6 ms.

    From 5,007.103 on it may take 50 of the 100 pages.
    """
    assert story(HANGS["L1"].world, "reserves-2015", "kill", "granted", "exit_mmap") == [
        (7_103, "kill", "hog"), (7_103, "granted", "hog"), (5_009_000, "granted", "late"),
        (5_009_000, "exit_mmap", "hog"),
    ]  # fmt: skip


def test_reserves_for_all_are_over_when_the_victim_is_gone():
    """The hog, shot at 7.104 ms (three tasks), takes 6 s to wake; `late` has the reserves after five.

    9,740 pages are free when `third` asks for 9,700 of them. They are back, so it can't go below MIN, and shoots.
    """
    world = stuck(
        hog(exit=GONE | {"wake": "6 s"}),
        keeper(),
        late("6 ms", 60),
        late("6100 ms", 9700, name="third", oom_score_adj=-1000),
    )
    assert story(world, "reserves-2015", "kill", "granted", "cleaned out")[:5] == [
        (7_104, "kill", "hog"), (7_104, "granted", "hog"), (5_010_000, "granted", "late"),
        (6_016_805, "cleaned out", "hog"), (6_105_103, "kill", "daemon"),
    ]  # fmt: skip


def crasher(threads: int = 1, delay: str = FOREVER, chunk: int = 0) -> dict:
    """Crashes at once, and dumps core: a leader that writes, and siblings that wait in exit_mm()."""
    program = {"kind": "grow", "start": 0, "think": "1 us", "chunk": 1, "target": 9500, "hold": "1 us"}
    dump = {"core_dump": {"p": 1, "delay": delay, "chunk": chunk}}
    return hog(name="crasher", threads=threads, program=program, exit=GONE | dump)


RUNS_ON = [name for name in naming("L3") if registry[name].core_dump == "runs_on"]
SIBLINGS_STOP_SCANS = [
    name for name in naming("L3")
    if "exiting" in registry[name].abort_on and registry[name].scan == "threads"
    and registry[name].core_dump != "discounted"
]  # fmt: skip


def test_l3_where_the_victim_dumps_core():
    """The crasher writes for ever when `late` shoots it.

    From 3.10 on SIGKILL ends that; before, only a timeout helps.
    """
    world = stuck(crasher(), keeper(), late())
    for policy in RUNS_ON:
        record = both(world, policy)
        assert (record["outcome"], record["kills"], record["unnecessary"]) == (LIVELOCK, 1, 0)
    for policy, needed in {
        "patched-timeout": 3,
        "timeout-2007": 3,
        "rcu-scan-3.16": 1,
        "oom-lock-4.2": 1,
        "mainline-6": 1,
    }.items():
        record = both(world, policy)
        assert (record["outcome"], record["kills"]) == (RECOVERED, needed)


def test_l3_where_others_wait_for_the_core():
    """A sibling waits for core_done, PF_EXITING: nobody is shot for its sake, and no timeout counts for it.

    Where leaders are scanned the crasher is seen, and shot, which doesn't end its dump. From 4.2 on (4.0) who waits
    doesn't count as exiting; the crasher is shot, and that ends the dump.
    """
    world = stuck(crasher(threads=2), keeper(), late())
    for policy in [*SIBLINGS_STOP_SCANS, "patched-timeout"]:
        record = both(world, policy)
        assert (record["outcome"], record["kills"]) == (LIVELOCK, 0)
    assert (both(world, "badness-2.6.36")["outcome"], both(world, "badness-2.6.36")["kills"]) == (LIVELOCK, 1)
    for policy in ("oom-lock-4.2", "reaper-4.6", "skip-4.10", "mainline-6"):
        assert (both(world, policy)["outcome"], both(world, policy)["kills"]) == (RECOVERED, 1)


def test_nobody_lets_go_of_the_mm_before_the_core_is_written():
    """Signalled at 2 us, the sibling is in exit_mm() 3 ms later; the dump takes 5 ms from there on, then both go."""
    world = stuck(crasher(threads=2, delay="5 ms"), keeper())
    steps = ("dumps core", "waits for the core", "exit_mmap")
    assert story(world, "patched", *steps) == [
        (2, "dumps core", "crasher-0.0"), (3_002, "waits for the core", "crasher-0.1"),
        (8_002, "exit_mmap", "crasher-0.1"),
    ]  # fmt: skip
    assert both(world, "patched")["oom_calls"] == 0


def test_an_init_that_comes_late_does_not_begin_the_dump_anew():
    """Nobody waits for init, which SIGKILL doesn't reach. It goes by itself at 8.001, when the dumper is in the pass
    that its ask of 5.002 led to. The pass ends at 10.002 as if it hadn't.
    """
    init = {"name": "init", "role": "daemon", "init": True, "shares_mm_with": "crasher", "exit": GONE}
    init["program"] = {"kind": "grow", "start": 0, "think": "1 us", "chunk": 1, "target": 9500, "hold": "8 ms"}
    world = stuck(crasher(delay="5 ms", chunk=400), init, keeper())
    assert story(world, "patched", "dumps core", "waits for the core", "oom") == [
        (2, "dumps core", "crasher"), (8_001, "waits for the core", "init"), (10_002, "oom", "crasher"),
    ]  # fmt: skip
    both(world, "patched")


def test_a_dump_that_runs_out_of_memory_kills_nobody_from_4_2_on():
    """The dumper asks for 400 of the 300 pages that are left. Before, it comes to shoot the largest: itself."""
    world = stuck(crasher(delay="5 ms", chunk=400), keeper())
    assert (both(world, "rcu-scan-3.16")["kills"], both(world, "oom-lock-4.2")["kills"]) == (1, 0)
    assert both(world, "oom-lock-4.2")["outcome"] == RECOVERED


def test_try4_waits_for_a_zombie_that_waits_for_its_group():
    """L11 without a lazy parent: a leader stays in the list as long as one of its threads lives.

    At 1 ms the hog's leader takes 200 of the 400 pages and its sibling finds too little. It shoots the
    leader, who is PF_DEAD 4 ms later. The sibling is killed, but not marked: it goes on asking, and try #4
    takes the leader's mark for a kill under way, for ever. 2.6.17 chooses and marks the sibling then; the
    patch has marked all.
    """
    world = clockwork(hog(threads=2), latency={"report": 0})
    record = both(world, "patched-try4")
    assert (record["outcome"], record["kills"], record["duplicates"]) == (LIVELOCK, 1, 0)
    assert both(world, "baseline")["duplicates"] == 1
    assert both(world, "baseline")["outcome"] == both(world, "patched")["outcome"] == RECOVERED


def test_every_hang_that_is_called_simulated_is_shown_here():
    assert {flaw for flaw in SIMULATED if flaw.startswith("L")} == set(HANGS)
