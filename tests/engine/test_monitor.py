"""Killers in user space, worked out by hand: when each looks, whom it chooses, what it waits for."""

import pytest
from worlds import both, clockwork, daemon, hog, late, records, story

from oommc.errors import InputError
from oommc.policies import groups, parse, registry
from oommc.scenario import Scenario, catalogue_names
from oommc.trace import replay
from oommc.twin import pressure

SEARCH = "search=1us,reread=no,wait=nothing,poll_most=100ms,mem_of=total"


ALONE = "selector=nobody,on_no_victim=retry"  # the kernel kills nobody


def policy(text: str):
    [one] = parse(text)
    return one


@pytest.mark.parametrize("name", catalogue_names())
@pytest.mark.parametrize("kernel", ["patched", "mainline-6"])
def test_a_killer_that_never_reaches_its_thresholds_changes_no_byte(name, kernel):
    """It looks every 100 ms at thresholds that nothing meets: swap can't be freer than free."""
    scenario = Scenario.load(name).replace("horizon", "3 s")
    watched = policy(f"{kernel}+earlyoom(mem_term=off,mem_kill=0,mem_mark=min,swap_kill=0,unit=cgroup)")
    if scenario.machine.swap.size == 0:
        watched = watched.replace(mem_mark="none", mem_kill="off", pressure="full", pressure_limit=100)
    assert records(scenario, watched, 8) == records(scenario, kernel, 8)


def test_it_looks_and_kills_before_the_kernel_would():
    """3,000 of 10,000 pages held, 200 more a millisecond: at 20 ms 3,000 of them are left, which is 30 %, less 150."""
    steps = story(
        clockwork(hog(rss=3000)),
        policy(f"earlyoom(poll=20ms,mem_term=30,mem_kill=5,{SEARCH})"),
        "kill",
        "signal",
        "oom",
    )
    assert steps == [(20001, "kill", "hog"), (20001, "signal", "hog")]


def test_what_it_does_is_preventive_where_nobody_waits():
    record = both(clockwork(hog(rss=3000)), policy(f"earlyoom(poll=20ms,mem_term=30,mem_kill=5,{SEARCH})"))
    assert (record["kills"], record["preventive"], record["unnecessary"], record["oom_calls"]) == (1, 1, 0, 0)


def test_it_looks_the_oftener_the_nearer_the_threshold_is():
    """5,850 pages are available at 20 ms, 1,000 is the threshold:
    at 100,000 a second the next look is 48.5 ms later.
    """
    steps = story(
        clockwork(hog(rss=0, program={"kind": "grow", "start": 0, "think": "1 ms", "chunk": 200, "target": 4000})),
        policy("earlyoom(poll=1ms,poll_most=1s,mem_fill=100000pages/s,mem_term=58,mem_kill=5,swap_fill=off,mem_of=total,"
               "search=1us,reread=no,wait=nothing)"),
        "kill",
    )  # fmt: skip
    # at 1 ms 9,650 (3,850 above): 38.5 ms later, where the hog holds its 4,000 and 5,850 are left; 0.5 ms; then none is
    assert steps == []


def test_it_lets_be_when_memory_is_back():
    """The late one gives its 3,000 pages back while the killer searches."""
    brief = late(name="brief", program={"kind": "churn", "start": 0, "think": "19 ms", "chunk": 3000, "keep": "2 ms"})
    still = hog(rss=5000, program={"kind": "idle"})
    text = "earlyoom(poll=20ms,poll_most=100ms,mem_of=total,mem_term=30,mem_kill=5,search=1ms,wait=nothing,reread={})"
    with_two = [clockwork(still, brief), "no"]
    assert both(with_two[0], policy(text.format("no")))["kills"] == 1
    record = both(with_two[0], policy(text.format("yes")))
    assert record["kills"] == 0 and record["cancelled"] > 0


def test_waiting_for_the_leader_is_not_waiting_for_memory():
    """Two threads; the leader is dead after 4 ms, its sibling holds 6,000 pages for 300 ms more:
    a second dies for nothing.
    """
    slow = hog(rss=6000, threads=2, program={"kind": "idle"}, exit={"wake": "3 ms", "tail": ("1 "
        "ms"), "block": {"p": 1, "delay": {
        "dist": "discrete", "values": ["1 ms", "300 ms"], "weights": [1, 1]}}})  # fmt: skip
    other = daemon(rss=2000, program={"kind": "idle"})
    scenario = clockwork(slow, other).replace("horizon", "500 ms")
    text = (
        "earlyoom(poll=5ms,poll_most=5ms,mem_of=total,mem_term=30,mem_kill=5,"
        "search=1us,reread=no,reap=no,wait_poll=1ms,wait={})"
    )
    for seed in range(20):  # until the leader's is the short one and its sibling's the long one
        [leader], [process] = (
            records(scenario, policy(text.format(wait)), seed=seed) for wait in ("leader", "process")
        )
        if leader["kills"] == 2:
            assert process["kills"] == 1
            assert leader["premature"] == 1 and leader["collateral"] == 1
            return
    raise AssertionError("no schedule in which the leader goes first")


def test_sigterm_is_followed_by_sigkill():
    """The handler would take a second; the grace is 50 ms: 20 ms + the search + 50 ms, at a look each 10 ms."""
    slow = hog(
        rss=8000, program={"kind": "idle"}, exit={"wake": "3 ms", "tail": "1 ms", "term": {"p": 1, "delay": "1 s"}}
    )
    text = (
        "earlyoom(poll=20ms,poll_most=20ms,mem_of=total,mem_term=30,mem_kill=5,"
        "search=1us,reread=no,wait_poll=10ms,grace=50ms,reap=no)"
    )
    steps = story(clockwork(slow), policy(text), "signal", "cleans up", "cleaned out")
    assert steps == [
        (20001, "signal", "hog"), (20001, "cleans up", "hog"), (70001, "signal", "hog"), (81001, "cleaned out", "hog"),
    ]  # fmt: skip


TWO_LIMITS = (
    "earlyoom(poll=20ms,poll_most=100ms,mem_of=total,mem_term=60,mem_kill={},search=1ms,reap=no,wait_poll=10ms)"
)
TIDY = hog(rss=5000, program={"kind": "idle"}, exit={"wake": "3 ms", "tail": "1 ms", "term": {"p": 1, "delay": "1 s"}})


def signals(scenario, text: str) -> list[tuple]:
    """(µs, what, which signal) of its signals and of what they do, as core and twin agree."""
    both(scenario, policy(text))
    events = replay(scenario, policy(text), 0, 1).events
    told = [e for e in events if e["what"] in ("signal", "cleans up", "cleaned out")]
    return [(e["t_ns"] / 1000, e["what"], e.get("signal")) for e in told]


def test_the_first_signal_stays():
    """At 20 ms 1,850 pages are left, which is SIGKILL's; at 22, after the search, 4,850, which is only SIGTERM's."""
    brief = late(name="brief", program={"kind": "churn", "start": 0, "think": "19 ms", "chunk": 3000, "keep": "2 ms"})
    assert signals(clockwork(TIDY, brief), TWO_LIMITS.format(30)) == [
        (22000, "signal", "KILL"), (30000, "cleaned out", None),
    ]  # fmt: skip
    assert signals(clockwork(TIDY, brief), TWO_LIMITS.format("off"))[:1] == [(22000, "signal", "TERM")]


def test_sigkill_follows_at_once_where_memory_has_fallen_further():
    """At 20 ms 4,850 pages are left; `late` takes 3,000 of them during the search.

    kill_wait() looks before it sleeps for the first time.
    """
    assert signals(clockwork(TIDY, late("21 ms", chunk=3000)), TWO_LIMITS.format(30)) == [
        (22000, "signal", "TERM"), (22000, "cleans up", None), (22000, "signal", "KILL"), (30000, "cleaned out", None),
    ]  # fmt: skip
    assert signals(clockwork(TIDY, late("23 ms", chunk=3000)), TWO_LIMITS.format(30))[2:3] == [
        (32000, "signal", "KILL")
    ]


def test_a_cgroup_dies_together_and_the_rest_is_not_a_decision():
    members = [hog(name=name, rss=2500, program={"kind": "idle"}, memcg="unit") for name in "abc"]
    group = {"name": "unit", "limit": 9000, "oom_group": True}
    scenario = clockwork(*members, memcgs=(group,))
    text = f"earlyoom(poll=20ms,mem_term=30,mem_kill=5,{SEARCH},unit={{}})"
    assert [both(scenario, policy(text.format(unit)))["kills"] for unit in ("process", "cgroup")] == [1, 3]
    record = both(scenario, policy(text.format("cgroup")))
    assert (record["preventive"], record["premature"]) == (1, 0)


def test_as_many_as_are_needed():
    """750 pages short: two of 500 die, the newest first."""
    workers = [daemon(name=f"w{i}", rss=500, run_time=f"{10 - i} s", program={"kind": "idle"}) for i in range(10)]
    still = hog(rss=2600, program={"kind": "idle"}, run_time="100 s")
    text = f"earlyoom(poll=20ms,mem_term=off,mem_kill=30,{SEARCH},victim=newest,at_once=enough)"
    assert story(clockwork(still, *workers), policy(text), "kill") == [(20011, "kill", "w9"), (20011, "kill", "w8")]


def test_pressure_is_the_kernels_average():
    """All the time stalled: 1 - exp(-t / 10 s) of 100 %, as rounded by the kernel's 11 bits."""
    average = 0
    shown = []
    for _ in range(5):
        average = pressure.calc_load(average, 100 * pressure.FIXED_1)
        shown.append(average * 100 // pressure.FIXED_1)
    assert shown == [1811, 3294, 4509, 5504, 6318]


@pytest.mark.parametrize(("limit", "at"), [("44.97", 7_000_001), ("44.98", 9_000_001)])
def test_the_core_has_the_average(limit, at):
    """The hog waits from 3 ms on: after 2 s, 99 % of them, the average is 17.93, and after 6 s 44.97 and a bit."""
    group = {"name": "unit", "limit": 20000}
    scenario = clockwork(hog(memcg="unit"), memcgs=(group,), latency={"reclaim_pass": "5 ms"})
    scenario = scenario.replace("horizon", "11 s").replace("machine.hz", 100)
    average = 0
    for percent in (99, 100, 100):
        average = pressure.calc_load(average, percent * pressure.FIXED_1)
    assert average * 100 // pressure.FIXED_1 == 4497
    text = f"systemd-oomd({ALONE},pressure=some,pressure_limit={limit},pressure_for=1s,reclaim_within=0,search=1us)"
    both(scenario, policy(text))
    assert story(scenario, policy(text), "kill")[0][0] == at


@pytest.mark.parametrize("kind", ["some", "full"])
def test_pressure_kills_a_group_that_waits(kind):
    """The hog waits for memory from 3 ms on, for ever: this kernel kills nobody."""
    scenario = clockwork(
        hog(memcg="unit"),
        daemon(),
        memcgs=({"name": "unit", "limit": 20000, "oom_group": True},),
        latency={"reclaim_pass": "5 ms"},
    )
    scenario = scenario.replace("horizon", "7 s").replace("machine.hz", 100)
    text = f"systemd-oomd({ALONE},pressure={kind},pressure_limit=30,pressure_for=1s,reclaim_within=0,search=1us)"
    record = both(scenario, policy(text))
    assert (record["kills"], record["outcome"]) == (1, 1)
    # above 30 % from 4 s on; a look each second sees it for the first time at 4 s, and it has lasted a second at 5 s
    assert story(scenario, policy(text), "kill") == [(5000002, "kill", "hog")]


def test_a_pending_kill_stalls_the_old_systemd_oomd():
    """Two groups wait for the same memory and hooks take 4 s. Passed over, the pending one hides nobody, and both die.

    The old one takes the pending kill for a new one again and again, until its victim's memory ends the wait of both.
    """
    members = [hog(name=name, rss=4700, memcg=name) for name in ("a", "b")]
    limits = tuple({"name": name, "limit": 20000, "oom_group": False} for name in ("a", "b"))
    scenario = (
        clockwork(*members, memcgs=limits, latency={"reclaim_pass": "5 ms"})
        .replace("horizon", "14 s")
        .replace("machine.hz", 100)
    )
    text = (
        f"systemd-oomd({ALONE},pressure_limit=30,pressure_for=1s,reclaim_within=0,"
        f"search=1us,hook=4s,pressure_rest=2s,hooked={{}})"
    )
    kills = {how: story(scenario, policy(text.format(how)), "kill") for how in ("passed_over", "stalls")}
    assert [who for _, _, who in kills["passed_over"]] == ["a", "b"]
    assert kills["stalls"] == kills["passed_over"][:1]


def test_a_killer_that_needs_a_page_itself_waits_for_one():
    """From 2 ms on 100 pages are free, which is min:
    it would kill at once, but stalls until the kernel has made room.
    """
    text = "patched+earlyoom(poll=1ms,poll_most=1ms,mem_term=off,mem_kill=100,mem_mark=low,search=1us,stall={})"
    world = clockwork(hog(program={"kind": "grow", "start": 0, "think": "1 ms", "chunk": 200, "target": 20000}))
    free, stalled = (both(world, policy(text.format(p))) for p in (0, 100))
    assert [(r["kills"], r["preventive"], r["oom_calls"]) for r in (free, stalled)] == [(1, 1, 0), (1, 0, 1)]
    assert "killer stalls" in [what for _, what, _ in story(world, policy(text.format(100)))]


def test_the_kernel_does_not_know_the_others_victims():
    """A victim of user space is none to the kernel's abort test.

    Chosen again it takes the mark in 4.10, as SIGKILL says that it goes (task_will_free_mem()), and gets the reaper; to
    4.7 it is a duplicate.
    """
    slow = hog(exit={"wake": "1 s", "tail": "1 ms"})
    text = (
        "skip-4.10+earlyoom(poll=2ms,poll_most=2ms,mem_of=total,mem_term=off,mem_kill=5,"
        "search=1us,reread=no,wait=process)"
    )
    record = both(clockwork(slow, late(at="5 ms")), policy(text))
    assert (record["kills"], record["duplicates"], record["reaped"]) == (1, 0, 1)
    record = both(clockwork(slow, late(at="5 ms")), policy(text.replace("skip-4.10", "reaper-4.6")))
    assert (record["kills"], record["duplicates"], record["reaped"]) == (1, 1, 1)


def test_the_group_and_its_rows():
    assert groups["user-space"] == ["earlyoom", "nohang", "systemd-oomd", "oomd", "lmkd"]
    assert groups["all"] == [*groups["kernel"], *groups["user-space"], *groups["bounds"]]
    assert policy("earlyoom").monitor == registry["patched"].beside(registry["earlyoom"]).monitor


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patched(mem_term=5)", "say patched.earlyoom"),
        ("earlyoom+patched", "no killer in user space"),
        ("patched+earlyoom+lmkd", "has a killer in user space already"),
        ("oracle+lmkd", "no killer stands beside it"),
        ("patched+earlyom", "did you mean earlyoom"),
        ("earlyoom(mem_term=300)", "a percentage from 0 to 100"),
        ("earlyoom(mem_term=off,mem_kill=off)", "watches nothing"),
        ("earlyoom(poll=2s)", "longer than poll_most"),
        ("systemd-oomd(hook=1s,wait=process)", "hook needs wait=nothing"),
        ("earlyoom(victim=oldest)", "one of oom_score"),
    ],
)
def test_what_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        parse(text)


def test_names_and_sweeps():
    assert policy("patched+earlyoom(timeout=1s,mem_term=7.5)").name == "patched+earlyoom(timeout=1s,mem_term=7.5%)"
    assert [p.monitor.mem_term for p in parse("earlyoom(mem_term=6|8|10%)")] == [6, 8, 10]
    assert [p.monitor.poll_most for p in parse("earlyoom(poll_most=1s..4s/3)")] == [10**9, 2 * 10**9, 4 * 10**9]
    again = policy("earlyoom").replace(name="mine", mem_term="8 %")
    assert (again.name, again.monitor.mem_term, again.monitor.name) == ("mine", 8, "earlyoom")
