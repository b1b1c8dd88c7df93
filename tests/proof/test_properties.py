"""What holds in every schedule, on random machines under random policies.

The twin is watched at each of its steps; its record is the core's, so what holds for one holds for both.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import both, clockwork, daemon, hog, late, policies, records, scenarios

from oommc.engine.pack import pack
from oommc.policies import Policy, registry
from oommc.scenario import Scenario
from oommc.twin import simulate
from oommc.twin.engine import prints_alone
from oommc.twin.world import World
from proof import frozen

IDLE = {"uid": 1000, "program": {"kind": "idle"}}
KERNELS = [policy for policy in registry.values() if policy.monitor is None]
SEEDS = st.integers(0, 2**64 - 1)
quick = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
long = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))


class Watch:
    """A listener that asserts at every step what must hold, and adds up what it is told."""

    def __init__(self, policy: Policy) -> None:
        self.now = 0
        self.told = Counter()
        self.kinds = Counter()
        self.condemned: set[int] = set()
        self.lengths: list[int] = []
        self.began: list[int] = []
        self.printing = False
        # Elsewhere a taking needn't be told (the reaper's), or may end without its gate opening (a timeout, a victim of
        # two).
        self.counts_gates = (
            policy.timeout == 0
            and policy.reaper_lock == "no"
            and not (policy.gate in ("zonelist_trylock", "node_trylock") and policy.gate_life == "victim")
        )

    def __call__(self, w: World, what: str, who, details: dict) -> None:
        assert w.now >= self.now
        self.now = w.now
        if what == "step":
            self.conserved(w)
            self.left_behind(w)
            if self.counts_gates:
                held = len({id(holder) for holder in w.gates if holder is not None})
                assert self.told["gate"] - self.told["gate opens"] == held
        elif what == "kill":
            assert id(who.mm) not in self.condemned
            self.condemned.add(id(who.mm))
            self.kinds.update(details["kinds"])
        elif what == "duplicate":
            assert id(who.mm) in self.condemned
        elif (what == "recheck" and details["passed"]) or what == "killer recovers":
            what = "cancelled"
        elif what == "episode":
            self.began.append(w.now)
        elif what == "recovered":
            self.lengths.append(details["at"] - self.began[-1])
        self.told[what] += 1

    @staticmethod
    def conserved(w: World) -> None:
        """Each page of a node, and of swap, is in exactly one place."""
        for n, (node, size) in enumerate(zip(w.nodes, w.sizes, strict=True)):
            owned = [holder.pages[n] for holder in w.mms]
            segments = {id(mm.segment): mm.segment.pages[n] for mm in w.mms if mm.segment}
            parts = [node.free, *node.lists, node.cache, *owned, *segments.values()]
            assert min(parts) >= 0
            assert sum(parts) == size
        assert w.swap_free + w.machine.swap_used + sum(mm.swapped for mm in w.mms) == w.machine.swap

    def left_behind(self, w: World) -> None:
        """Nobody is, but those who fell due while another printed on the only processor, until their turn comes."""
        late = min(self.pending(w)) < w.now
        assert not late or self.printing
        self.printing = prints_alone(w) is not None or late

    @staticmethod
    def pending(w: World) -> list[int]:
        everybody = [*w.threads, *w.pins, *w.reapers, *([w.killer] if w.killer else [])]
        return [who.when for who in everybody] + [node.kswapd_when for node in w.nodes]

    def adds_up(self, record: dict[str, int]) -> None:
        """Each column is the sum of what was told."""
        tells = {"kill": "kills", "duplicate": "duplicates", "oom": "oom_calls", "episode": "episodes"}
        tells |= {what: what for what in ("refused", "aborted", "cancelled", "reaped")}
        for what, column in tells.items():
            assert record[column] == self.told[what], column
        for kind in ("unnecessary", "stale", "impatient", "blind", "needless", "premature", "collateral", "preventive"):
            assert record[kind] == self.kinds[kind], kind
        assert record["stale"] + record["impatient"] + record["blind"] == record["unnecessary"]
        assert record["needless"] <= min(record["unnecessary"], record["collateral"])
        assert record["unnecessary"] + record["preventive"] <= record["kills"]
        assert max(record["premature"], record["collateral"]) <= record["kills"]
        assert record["outage_ns"] == sum(self.lengths)
        assert record["ttr_ns"] == (self.lengths[0] if self.lengths else -1)
        assert record["first_oom_ns"] == (self.began[0] if self.began else -1)


def watched(scenario: Scenario, policy: Policy, seed: int) -> Watch:
    watch = Watch(policy)
    record = simulate(pack(scenario), policy, seed, 0, watch)
    assert [record] == records(scenario, policy, seed=seed)
    watch.adds_up(record)
    return watch


@quick
@given(scenarios(), policies(), SEEDS)
def test_at_every_event(scenario, policy, seed):
    """Pages conserved, no time goes back, nobody condemned twice, each gate opened once a taking;
    the record adds up.
    """
    watched(scenario, policy, seed)


@pytest.mark.parametrize("policy", KERNELS, ids=lambda policy: policy.name)
def test_at_every_event_of_a_world_in_which_somebody_dies(policy):
    """Hypothesis begins with calm worlds; here the hog is shot, with the others in its way, unless nobody may be."""
    preempt = {"p": 0.5, "delay": "10 ms"}
    crowd = clockwork(hog(), daemon(threads=2), late(), late("30 ms", 200, name="later"), latency={"preempt": preempt})
    watch = watched(crowd.replace("horizon", "200 ms"), policy, 1)
    assert watch.told["kill"] > 0 or policy.name in {"never", "panic_on_oom"}


@pytest.mark.slow
@long
@given(scenarios(), policies(), SEEDS)
def test_at_every_event_of_many(scenario, policy, seed):
    watched(scenario, policy, seed)


def test_at_every_event_beside_a_killer_that_lets_be():
    """A killer in user space that reads memory to be back cancels, as a last check that succeeds does."""
    brief = late(name="brief", program={"kind": "churn", "start": 0, "think": "19 ms", "chunk": 3000, "keep": "2 ms"})
    world = clockwork(hog(rss=5000, program={"kind": "idle"}), brief)
    knobs = {
        "poll": "20 ms",
        "poll_most": "100 ms",
        "mem_of": "total",
        "mem_term": 30,
        "mem_kill": 5,
        "search": "1 ms",
        "reread": "yes",
    }
    assert watched(world, registry["earlyoom"].replace(**knobs), 1).told["cancelled"] > 0


def test_the_watch_sees_a_page_that_is_lost():
    policy, scenario = registry["patched"], clockwork(hog())
    watch = Watch(policy)

    def loses(w, what, who, details):
        if what == "exit_mmap":
            w.nodes[0].free -= 1
        watch(w, what, who, details)

    with pytest.raises(AssertionError):
        simulate(pack(scenario), policy, 1, 0, loses)


def test_the_watch_sees_a_gate_that_is_never_opened():
    policy, scenario = registry["patched"], clockwork(hog())
    watch = Watch(policy)

    def forgets(w, what, who, details):
        if what != "gate opens":
            watch(w, what, who, details)

    with pytest.raises(AssertionError):
        simulate(pack(scenario), policy, 1, 0, forgets)


def kinds_again(scenario: Scenario, policy: Policy, seed: int) -> Counter:
    """Every kill's kind is found again by a frozen re-run; how many of each, and how many it can't tell."""
    found, last = Counter(), None

    def listen(w: World, what: str, who, details: dict) -> None:
        nonlocal last
        if what != "kill" or "preventive" in details["kinds"]:
            return
        decision, last = last != (w.now, details["by"]), (w.now, details["by"])
        if not decision:  # it goes with a victim
            return
        by = None if details["user_space"] else details["by"]
        again = frozen.kind(w, by)
        kinds = [kind for kind in ("stale", "impatient", "blind") if kind in details["kinds"]]
        assert again == "untold" or kinds == ([again] if again else [])
        found[again] += 1

    simulate(pack(scenario), policy, seed, 0, listen)
    return found


@quick
@given(scenarios(), policies(), SEEDS)
def test_kinds_are_found_again(scenario, policy, seed):
    kinds_again(scenario, policy, seed)


@pytest.mark.slow
@long
@given(scenarios(), policies(), SEEDS)
def test_kinds_are_found_again_in_many(scenario, policy, seed):
    kinds_again(scenario, policy, seed)


def test_kinds_of_every_sort_are_found_again():
    """The race under every policy, with a victim that goes soon, late, or is held by a pin: each kind is there."""
    found = Counter()
    preempt = {"p": 1, "delay": "10 ms"}
    for policy in KERNELS:
        for wake, pin in (("1 ms", 0), ("60 ms", 0), ("1 ms", "80 ms"), ("20 s", 0)):
            gone = {"wake": wake, "tail": "1 ms", "pin": {"p": 1 if pin else 0, "delay": pin}}
            world = clockwork(hog(exit=gone), daemon(), late("30 ms"), latency={"preempt": preempt})
            found += kinds_again(world.replace("horizon", "300 ms"), policy, 1)
    assert min(found[kind] for kind in ("stale", "impatient", "blind", None)) >= 5
    assert found["untold"] == 0


@quick
@given(scenarios(), policies(), SEEDS)
def test_without_pressure_nobody_is_killed(scenario, policy, seed):
    """All programs of a random world together can't take 100,000 pages. (A killer in user space needs no pressure.)"""
    for n in range(len(scenario.machine.nodes)):
        scenario = scenario.replace(f"machine.node.{n}.memory", 100_000)
    for group in scenario.memcgs:
        scenario = scenario.replace(f"memcg.{group.name}.limit", 100_000)
    record = both(scenario, policy.replace(monitor=None), seed=seed)
    assert (record["kills"], record["oom_calls"], record["first_oom_ns"]) == (0, 0, -1)


@st.composite
def growing(draw) -> list[dict]:
    """Programs that only grow, and nothing to reclaim: what is asked by a time doesn't depend on the machine's size."""
    think = st.integers(100, 3000).map(lambda us: {"dist": "exponential", "mean": f"{us} us"})
    return [
        hog(
            name=f"p{n}",
            rss=draw(st.integers(0, 1000)),
            threads=draw(st.integers(1, 3)),
            program={
                "kind": "grow",
                "start": 0,
                "think": draw(think),
                "chunk": draw(st.integers(1, 300)),
                "target": draw(st.integers(1, 5000)),
            },
        )
        for n in range(draw(st.integers(1, 3)))
    ]


@quick
@given(growing(), st.integers(0, 6000), SEEDS)
def test_more_memory_makes_no_oom(processes, more, seed):
    """The same draws without a killer: what fits on a machine fits on a larger one."""
    world = clockwork(*processes).replace("horizon", "50 ms")
    small = both(world, "never", seed=seed)
    large = both(world.replace("machine.node.0.memory", 10_000 + more), "never", seed=seed)
    assert large["oom_calls"] == 0 or small["oom_calls"] > 0
    assert large["first_oom_ns"] == -1 or large["first_oom_ns"] >= small["first_oom_ns"]


def slowed(by: int, cpus: int, wake: int, think: int, at: int) -> Scenario:
    """Hog, daemon and batch job; everything that takes time takes `by` times as long. Times in us."""
    gone = {"wake": f"{wake * by} us", "tail": f"{by} ms"}
    grow = {"kind": "grow", "start": 0, "think": f"{think * by} us", "chunk": 200, "target": 20_000}
    churn = {"kind": "churn", "start": 0, "think": f"{by} ms", "chunk": 100, "keep": f"{10 * by} s"}
    once = {"kind": "grow", "start": 0, "think": f"{at * by} us", "chunk": 700, "target": 700}
    world = clockwork(
        hog(program=grow, exit=gone),
        daemon(program=churn, exit=gone),
        late(program=once, exit=gone),
        cpus=cpus,
        hz=1000 // by,
        teardown_rate=f"{1_000_000 // by} pages/s",
        scan_per_task=f"{by} us",
        report_ratelimit={"burst": 2, "interval": f"{10 * by} ms"},
        latency={"reclaim_pass": f"{100 * by} us", "report": f"{20 * by} ms"},
    )
    for key, ms in {"horizon": 200, "patience": 10_000, "settle": 10}.items():
        world = world.replace(key, f"{ms * by} ms")
    return world


@quick
@given(
    st.sampled_from(KERNELS),
    st.sampled_from([1, 2, 8]),
    st.integers(1, 20_000).map(lambda us: 2 * us),
    st.integers(1, 2000).map(lambda us: 2 * us),
    st.integers(1, 30_000).map(lambda us: 2 * us),
)
def test_twice_as_slow_is_twice_as_long(policy, cpus, wake, think, at):
    policy = policy.replace(guard="none")  # its nap is HZ/50, however slow the machine
    slower = policy.replace(**{key: 2 * getattr(policy, key) for key in ("timeout", "reaper_delay", "reaper_interval")})
    once, twice = both(slowed(1, cpus, wake, think, at), policy), both(slowed(2, cpus, wake, think, at), slower)
    for column, value in once.items():
        assert twice[column] == (2 * value if column.endswith("_ns") and value != -1 else value), column


@quick
@given(
    st.sampled_from([policy for policy in KERNELS if policy.selector != "random"]),
    st.permutations([1500, 1200, 900, 600]),
    st.integers(1, 30),
    st.integers(0, 4),
)
def test_the_numbering_of_bystanders_decides_nothing(policy, sizes, at, ahead):
    """Idle tasks of different sizes and ages, in any order and anywhere in the task list:
    the same ones die, at the same times.
    """

    def kills(sizes: list[int], ahead: int) -> tuple[list[tuple[int, str]], dict[str, int]]:
        idle = [daemon(name=f"idle{pages}", rss=pages, run_time=f"{pages} s", **IDLE) for pages in sizes]
        everybody = [*idle[:ahead], hog(rss=5000), late(f"{at} ms"), *idle[ahead:]]
        world, told = clockwork(*everybody).replace("horizon", "200 ms"), []

        def listen(w: World, what: str, who, details: dict) -> None:
            if what == "kill":
                told.append((w.now, everybody[w.processes.index(who.process)]["name"]))

        record = simulate(pack(world), policy, 1, 0, listen)
        assert [record] == records(world, policy)
        return told, record

    assert kills(sizes, ahead) == kills([1500, 1200, 900, 600], 0)
