"""Whom a killer in user space chooses, and process_mrelease(), worked out by hand."""

import pytest
from worlds import both, clockwork, daemon, hog, late, story

from oommc.policies import parse

ALONE = "selector=nobody,on_no_victim=retry"  # the kernel kills nobody
AT_20_MS = "poll=20ms,mem_of=total,mem_term=off,mem_kill=30,search=1us,reread=no,wait=nothing,poll_most=100ms"
IDLE = {"kind": "idle"}


def policy(text: str):
    [one] = parse(text)
    return one


def killed(scenario, text: str) -> list[str]:
    """Who dies, in order, as core and twin agree."""
    both(scenario, policy(text))
    return [who for _, _, who in story(scenario, policy(text), "kill")]


def swapping(**changes):
    """The small one waits for its own pages to be written, ten batches a second; the big one is mlocked."""
    big = hog(name="big", rss=5000, mlocked=5000, program=IDLE)
    scenario = clockwork(big, hog(name="small", rss=4500), swap={"size": 10000, "rate": "320 pages/s"}, **changes)
    return scenario.replace("horizon", "7 s").replace("machine.hz", 100)


def test_pgscan_is_from_whom_reclaim_takes():
    text = f"systemd-oomd({ALONE},pressure_limit=30,pressure_for=1s,mem_kill=off,search=1us,pressure_victim={{}})"
    assert killed(swapping(), text.format("rss")) == ["big"]
    assert killed(swapping(), text.format("pgscan")) == ["small"]


def test_pressure_alone_is_not_enough():
    """Nothing can be reclaimed where there is neither cache nor swap: systemd-oomd leaves the waiting alone."""
    scenario = clockwork(hog(), latency={"reclaim_pass": "5 ms"}).replace("horizon", "7 s").replace("machine.hz", 100)
    text = f"systemd-oomd({ALONE},pressure_limit=30,pressure_for=1s,mem_kill=off,search=1us{{}})"
    assert killed(scenario, text.format("")) == []
    assert killed(scenario, text.format(",reclaim_within=0")) == ["hog"]
    # the swap of 1,000 pages is full after 32 ms: the look at 1 s finds what was taken, and 2 s is too long ago at 5 s
    swap = clockwork(hog(), swap={"size": 1000, "rate": "32000 pages/s"}, latency={"reclaim_pass": "5 ms"})
    swap = swap.replace("horizon", "7 s").replace("machine.hz", 100)
    assert killed(swap, text.format("")) == ["hog"]
    assert killed(swap, text.format(",reclaim_within=2s")) == []


def test_growth_is_for_where_nobody_has_half_of_all():
    """Looked at every 5 ms the third has 1,600, 2,100 and 2,600 pages, on average 1,600, 1,725 and 1,943:
    22 and 34 % less.

    At 10 ms 23.5 % of memory is available, at 15 ms 18.5 %.
    """
    still = [daemon(name=name, rss=2700, program=IDLE) for name in ("first", "second")]
    slow = {"kind": "grow", "start": 0, "think": "1 ms", "chunk": 100, "target": 9000}
    scenario = clockwork(*still, hog(name="third", rss=1100, program=slow)).replace("horizon", "17 ms")
    text = "patched+earlyoom(poll=5ms,poll_most=5ms,mem_of=total,mem_term=off,search=1us,reread=no,wait=nothing,{})"
    assert killed(scenario, text.format("mem_kill=20,victim=rss"))[0] == "first"
    assert killed(scenario, text.format("mem_kill=20,victim=growth,growth_percentile=0"))[0] == "third"
    assert killed(scenario, text.format("mem_kill=20,victim=growth"))[0] == "first"  # two of three are larger
    assert killed(scenario, text.format("mem_kill=25,victim=growth,growth_percentile=0"))[0] == "first"
    assert killed(scenario, text.format("mem_kill=25,victim=growth,growth_percentile=0,growth=21"))[0] == "third"


def test_half_of_all_comes_before_growth():
    big = daemon(name="big", rss=6000, program=IDLE)
    grows = hog(rss=200, program={"kind": "grow", "start": 0, "think": "1 ms", "chunk": 100, "target": 9000})
    text = (
        "patched+earlyoom(poll=5ms,poll_most=5ms,mem_of=total,mem_term=off,mem_kill=30,"
        "search=1us,reread=no,wait=nothing,victim=growth,growth_percentile=0,size_threshold={})"
    )
    scenario = clockwork(big, grows).replace("horizon", "12 ms")
    assert [killed(scenario, text.format(share))[0] for share in (50, 99)] == ["big", "hog"]


@pytest.mark.parametrize(
    ("preference", "victims"),
    [
        (("none", "none"), {"ignored": ["big"], "points": ["big"], "order": ["big"]}),
        (("avoid", "none"), {"ignored": ["big"], "points": ["small"], "order": ["small"]}),
        (("none", "prefer"), {"ignored": ["big"], "points": ["small"], "order": ["small"]}),
        (("omit", "none"), {"ignored": ["big"], "points": ["small"], "order": ["small"]}),
        (("avoid", "avoid"), {"ignored": ["big"], "points": ["big"], "order": ["big"]}),
        (("omit", "omit"), {"ignored": ["big"], "points": [], "order": []}),
    ],
)
def test_preferences(preference, victims):
    """500 and 250 permille, about: 300 points turn the choice."""
    sizes = {"big": 5000, "small": 2500}
    members = [
        daemon(name=n, rss=r, preference=p, program=IDLE) for (n, r), p in zip(sizes.items(), preference, strict=True)
    ]
    for how, who in victims.items():
        scenario = clockwork(*members).replace("horizon", "35 ms")
        assert killed(scenario, f"earlyoom({AT_20_MS},preference={how})") == who, how


def test_three_hundred_points_are_not_everything():
    members = [
        daemon(name="big", rss=6000, preference="avoid", program=IDLE),
        daemon(name="small", rss=2500, program=IDLE),
    ]
    scenario = clockwork(*members).replace("horizon", "35 ms")
    assert killed(scenario, f"earlyoom({AT_20_MS},preference=points)") == ["big"]
    assert killed(scenario, f"earlyoom({AT_20_MS},preference=order)") == ["small"]


SLOW = hog(rss=8000, program=IDLE, exit={"wake": "1 s", "tail": "1 ms"})


def test_process_mrelease_gives_back_what_the_exit_keeps():
    """The victim takes a second to wake; its 8,000 pages are taken in 16 batches of 0.5 ms, from the signal on."""
    text = f"{{}}+earlyoom({AT_20_MS},reap={{}})"
    steps = story(clockwork(SLOW), policy(text.format("mainline-6", "yes")), "signal", "mrelease", "mreleased")
    assert steps[:3] == [(20001, "signal", "hog"), (20001, "mrelease", None), (28001, "mreleased", None)]
    assert both(clockwork(SLOW), policy(text.format("mainline-6", "yes")))["reaped"] == 1
    for kernel, reap in [("mainline-6", "no"), ("patched", "yes")]:
        assert both(clockwork(SLOW), policy(text.format(kernel, reap)))["reaped"] == 0


def test_process_mrelease_wants_everybody_on_the_mm_to_be_dying():
    """A sharer that lives (EINVAL), a handler of SIGTERM that runs, a lock that is held: nothing is taken."""
    shares = daemon(name="shares", rss=None, shares_mm_with="hog", program=IDLE)
    del shares["rss"]
    text = f"earlyoom({AT_20_MS})"
    assert both(clockwork(SLOW, shares), policy(text))["reaped"] == 0
    handles = SLOW | {"exit": {"wake": "1 s", "tail": "1 ms", "term": {"p": 1, "delay": "50 ms"}}}
    assert both(clockwork(handles), policy(f"earlyoom({AT_20_MS},mem_term=30,mem_kill=5)"))["reaped"] == 0
    locked = SLOW | {"exit": {"wake": "1 s", "tail": "1 ms", "mmap_lock": {"p": 1}}}
    assert both(clockwork(locked), policy(text))["reaped"] == 0


SHARES = {k: v for k, v in daemon(name="shares", shares_mm_with="hog", program=IDLE).items() if k != "rss"}


def test_process_mrelease_may_kill_the_sharers_itself():
    """PROCESS_MRELEASE_REAP_KILL: the sharer gets SIGKILL too, and the 8,000 pages are taken from that instant on."""
    text = f"mainline-6+earlyoom({AT_20_MS},mrelease={{}},reap={{}})"
    in_one = policy(text.format("kills", "kills"))
    record = both(clockwork(SLOW, SHARES), in_one)
    assert (record["reaped"], record["kills"]) == (1, 1)
    told = story(clockwork(SLOW, SHARES), in_one, "signal", "mrelease", "mreleased", "dead")
    assert told == [
        (20002, "signal", "hog"), (20002, "mrelease", None), (24002, "dead", "shares"), (28002, "mreleased", None),
    ]  # fmt: skip
    for without in [("yes", "kills"), ("kills", "yes")]:
        assert both(clockwork(SLOW, SHARES), policy(text.format(*without)))["reaped"] == 0
        assert story(clockwork(SLOW, SHARES), policy(text.format(*without)), "dead") == []


def test_init_on_the_mm_is_neither_killed_nor_reaped():
    """kill_all_shared_mm() fails for it (EBUSY), after the others have got SIGKILL."""
    text = f"mainline-6+earlyoom({AT_20_MS},mrelease=kills,reap=kills)"
    third = SHARES | {"name": "third"}
    world = clockwork(SLOW, SHARES | {"init": True}, third)
    assert both(world, policy(text))["reaped"] == 0
    assert story(world, policy(text), "dead") == [(24003, "dead", "third")]


def in_two_groups(*processes: dict, **machine):
    return clockwork(*processes, memcgs=({"name": "a", "limit": 20000}, {"name": "b", "limit": 20000}), **machine)


def test_a_cgroup_that_dies_together_is_ranked_together():
    """The largest process is b's, the largest cgroup is a; which memory.oom.group isn't set for."""
    sizes = {"a1": 2500, "a2": 2400, "b": 3000}
    world = in_two_groups(*(daemon(name=n, rss=r, memcg=n[0], program=IDLE) for n, r in sizes.items()))
    text = f"earlyoom({AT_20_MS},victim=rss,unit={{}})"
    assert killed(world.replace("horizon", "39 ms"), text.format("process")) == ["b"]
    assert killed(world.replace("horizon", "39 ms"), text.format("cgroup")) == ["a1", "a2"]


def test_systemd_oomd_kills_the_cgroup_with_most_in_swap():
    """Of 1,000 pages b has some 400 in swap, a's two 300 each: reclaim takes from the largest until all are alike."""
    still = [daemon(name=n, rss=r, memcg=n[0], program=IDLE) for n, r in (("a1", 2400), ("a2", 2400), ("b", 2500))]
    rest = daemon(name="rest", rss=1500, mlocked=1500, oom_score_adj=-1000, program=IDLE)
    grows = hog(rss=900, oom_score_adj=-1000, program={"kind": "grow", "start": 0, "think": "1 ms", "chunk": 199,
                "target": 2200})  # fmt: skip
    world = in_two_groups(*still, rest, grows, swap={"size": 1000, "rate": "32000 pages/s"}).replace(
        "horizon", "290 ms"
    )
    text = f"systemd-oomd({ALONE},pressure=none,search=1us{{}})"
    assert killed(world, text.format(",unit=process")) == ["b"]
    assert killed(world, text.format("")) == ["a1", "a2"]


@pytest.mark.parametrize(("test", "kills"), [("first", ["hog"]), ("if_nobody", ["hog", "daemon"])])
def test_a_bpf_handler_comes_before_the_abort_test(test, kills):
    """The hog lets go of its mm at 6.7 ms, and the first half of its pages is back 50 ms later. `late` asks at 7.

    Where the test is first, the victim's mm stops each scan. A handler finds no hog, which has no mm, and takes who is
    the largest then; whose pages are enough. Until they are back nobody is left to be chosen, and the victims count.
    """
    slow = {"teardown_rate": "100000 pages/s", "teardown_batch": "5000 pages"}
    world = clockwork(hog(), daemon(), late("7 ms", chunk=60, oom_score_adj=-1000), latency={"report": 0}, **slow)
    assert killed(world, f"bpf(abort_test={test})") == kills
    assert killed(world, "bpf") == ["hog", "daemon"]


def test_oomd_waits_for_its_rounds_and_then_rests():
    """Signalled at 5 s, dead at 7.004 s, found so at 8 s; fifteen seconds later another may die, at its next look."""
    slow = [
        hog(name=name, rss=4000, oom_score_adj=adj, program=IDLE, exit={"wake": "2 s", "tail": "1 ms"})
        for name, adj in (("one", 9), ("two", 0))
    ]
    scenario = clockwork(*slow).replace("horizon", "40 s")
    text = f"oomd({ALONE},pressure=none,mem_kill=100,search=1us,victim=oom_score,reap=no)"
    kills = story(scenario, policy(text), "kill", "killer goes on")
    assert [(t // 1e6, what, who) for t, what, who in kills[:3]] == [
        (5, "kill", "one"),
        (8, "killer goes on", None),
        (23, "kill", "two"),
    ]
