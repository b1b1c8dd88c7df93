"""Small worlds for tests: one whose every time is a round constant, and random ones."""

from hypothesis import reject
from hypothesis import strategies as st

from oommc.engine import Engine
from oommc.engine.pack import pack
from oommc.errors import InputError
from oommc.policies import KNOBS, MECHANISMS, Mechanism, Monitor, Policy, registry
from oommc.scenario import Scenario
from oommc.twin import simulate

GONE = {"wake": "3 ms", "tail": "1 ms"}
SLEEPER = {"name": "sleeper", "role": "hog", "rss": 9600, "uid": 1000, "program": {"kind": "idle"}, "exit": GONE}
"""Holds all of the clockwork node but 400 pages, and does nothing."""


def clockwork(*processes: dict, memcgs: tuple[dict, ...] = (), cgroups: tuple[dict, ...] = (), **machine) -> Scenario:
    """A node of 10,000 pages (min 100, low 125, high 150) and eight CPUs; all that takes time takes a round time.

    A pass 100 us, a report 20 ms, looking at a task 1 us, a batch of 500 pages 500 us, a tick 1 ms. Nobody is
    preempted. Reclaim scans so fast that its guard never holds for long.
    """
    latency = {"reclaim_pass": "100 us", "report": "20 ms", "preempt": {"p": 0, "delay": 0}} | machine.pop(
        "latency", {}
    )
    node = {"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
    node |= {"file_resident": 0}
    return Scenario.from_dict(
        {
            "schema": 1,
            "name": "clockwork",
            "horizon": "1 s",
            "machine": {
                "cpus": 8,
                "hz": 1000,
                "teardown_rate": "1000000 pages/s",
                "teardown_batch": "500 pages",
                "scan_per_task": "1 us",
                "scan_rate": "1000000000000 pages/s",
                "kswapd_rate": 0,
                "node": [node],
                "latency": latency,
            }
            | machine,
            "memcg": list(memcgs),
            "cgroup": list(cgroups),
            "process": list(processes),
        }
    )


def hog(**changes) -> dict:
    """Holds 9,500 pages, asks for 199 each millisecond; dies 3 ms after the signal."""
    program = {"kind": "grow", "start": 0, "think": "1 ms", "chunk": 199, "target": 20000}
    return {"name": "hog", "role": "hog", "rss": 9500, "uid": 1000, "program": program, "exit": GONE} | changes


def daemon(**changes) -> dict:
    """Holds 100 pages, asks for 101 more at 1 ms and keeps them for 10 s."""
    program = {"kind": "churn", "start": 0, "think": "1 ms", "chunk": 101, "keep": "10 s"}
    return {"name": "daemon", "role": "daemon", "rss": 100, "program": program, "exit": GONE} | changes


def late(at: str = "23 ms", chunk: int = 700, **changes) -> dict:
    """A batch job that asks once, at a time of its own."""
    program = {"kind": "grow", "start": 0, "think": at, "chunk": chunk, "target": chunk}
    return {"name": "late", "role": "batch", "rss": 0, "uid": 1000, "program": program, "exit": GONE} | changes


def records(scenario: Scenario, policy: Policy | str, count: int = 1, seed: int = 1, first: int = 0) -> list[dict]:
    """The core's records, as dicts."""
    policy = registry[policy] if isinstance(policy, str) else policy
    rows = Engine(scenario, [policy], seed).run(first, count)[0]
    return [{name: int(row[name]) for name in rows.dtype.names} for row in rows]


def conserved(w, what, who, details) -> None:
    """A listener: each page of a node is free, on a CPU's list, in the cache, or some mm's or segment's."""
    if what != "step":
        return
    segments = {id(mm.segment): mm.segment for mm in w.mms if mm.segment}.values()
    for n, node in enumerate(w.nodes):
        parts = [node.free, node.cache, *node.lists, *(holder.pages[n] for holder in (*w.mms, *segments))]
        assert min(parts) >= 0, (w.now, n, parts)
        assert sum(parts) == w.sizes[n], (w.now, n, parts)
    swapped = [w.swap_free, *(mm.swapped for mm in w.mms)]
    assert min(swapped) >= 0 and sum(swapped) + w.machine.swap_used == w.machine.swap, (w.now, swapped)


def both(scenario: Scenario, policy: Policy | str, seed: int = 1, schedule: int = 0) -> dict:
    """The record on which core and twin agree; pages are conserved in the twin."""
    policy = registry[policy] if isinstance(policy, str) else policy
    record = simulate(pack(scenario), policy, seed, schedule, conserved)
    assert [record] == records(scenario, policy, seed=seed, first=schedule)
    return record


def story(scenario: Scenario, policy: Policy | str, *what: str) -> list[tuple]:
    """(µs, what, who) of the steps of these kinds."""
    from oommc.trace import replay

    policy = registry[policy] if isinstance(policy, str) else policy
    events = replay(scenario, policy, 0, 1).events
    return [(e["t_ns"] / 1000, e["what"], e["who"]) for e in events if not what or e["what"] in what]


def _time(low: int, high: int):
    """A constant, a uniform or an exponential, in us."""
    mean = st.integers(low, high)
    return st.one_of(
        mean.map(lambda us: f"{us} us"),
        mean.map(lambda us: {"dist": "exponential", "mean": f"{us + 1} us"}),
        mean.map(lambda us: {"dist": "uniform", "low": "0 us", "high": f"{2 * us + 1} us"}),
    )


def _chance(p, delay):
    return st.builds(lambda p, delay: {"p": p, "delay": delay}, p, delay)


_P = st.sampled_from([0, 0, 0.05, 0.5, 1])
_ERRAND = st.builds(
    lambda delay, chunk: {"delay": delay, "chunk": chunk}, st.just(0) | _time(0, 9000), st.sampled_from([0, 0, 1, 40])
)


@st.composite
def _process(draw, number: int, earlier: list[dict], nodes: int, most: int, groups: dict) -> dict:
    kind = draw(st.sampled_from(["grow", "grow", "churn", "churn", "idle", "crowd"]))
    process = {
        "name": f"p{number}",
        "role": draw(st.sampled_from(["hog", "daemon", "batch"])),
        "count": draw(st.integers(1, 3)),
        "threads": draw(st.integers(1, 3)),
        "uid": draw(st.sampled_from([0, 1000])),
        "nice": draw(st.sampled_from([0, 0, 5, -20])),
        "rawio": draw(st.booleans()),
        "oom_adj": draw(st.sampled_from([0, 0, 0, -17, -3, 4])),
        "preference": draw(st.sampled_from(["none", "none", "prefer", "avoid", "omit"])),
        "oom_score_adj": draw(st.sampled_from([0, 0, 0, -1000, -20, 500])),
        "init": draw(st.integers(0, 7)) == 0,
        "swapoff": draw(st.integers(0, 5)) == 0,
        "mlocked": draw(st.sampled_from([0, 0, 50])),
        "cpu_time": draw(st.sampled_from([0, "30 s", "300 s"])),
        "run_time": draw(st.sampled_from([0, "50000 s"])),
        "total_vm": draw(st.sampled_from([0, 0, 5000])),
        **draw(st.sampled_from([{}, {}, {"restart": "never"}, {"restart": "7 ms"}])),
        "flags": {
            "p_no_fs": draw(_P),
            "p_noretry": draw(_P) / 2,
            "p_nofail": draw(_P),
            "order": draw(st.sampled_from([0, 0, 1, 3, 4])),
        },
    }
    if kind in ("idle", "crowd"):
        process["program"] = {"kind": "idle"}
    else:
        process["program"] = {
            "kind": kind,
            "start": draw(_time(0, 3000)),
            "think": draw(_time(10, 3000)),
            "chunk": draw(st.integers(1, 400)),
        }
        process["program"] |= {key: draw(st.integers(0, 3)) == 0 for key in ("busy", "steady")}
        if kind == "grow":
            process["program"]["target"] = draw(st.integers(1, 2 * most))
            process["program"]["hold"] = draw(st.sampled_from(["forever", "5 ms"]))
        else:
            process["program"]["keep"] = draw(_time(0, 9000))
        process["program"]["touch"] = draw(st.sampled_from([0, 0, 20, 300]))
        process["program"]["file_touch"] = draw(st.sampled_from([0, 0, 20, 300]))
    process["exit"] = {
        "wake": draw(_time(0, 5000)),
        "tail": draw(_time(0, 3000)),
        "term": draw(_chance(_P, _time(0, 30000))),
        "block": draw(_chance(_P, _time(0, 30000))),
        "lock": {"p": draw(_P), "holder": f"p{draw(st.integers(0, number))}"} | draw(_ERRAND),
        "work": {"p": draw(_P), "delay": draw(_time(0, 3000)), "chunk": draw(st.sampled_from([0, 40, 400]))},
        "core_dump": {"p": draw(_P), "delay": draw(_time(0, 30000)), "chunk": draw(st.sampled_from([0, 40, 400]))},
        "pin": draw(_chance(_P, _time(0, 30000))),
        "mmap_lock": {"p": draw(_P)},
        "unreaped": draw(_chance(_P, _time(0, 30000))),
    }
    if draw(st.booleans()):  # who pins it is a task
        by = f"p{draw(st.integers(0, number))}"
        process["exit"]["pin"] |= {"by": by, "chunk": draw(st.sampled_from([0, 1, 40]))}
    if nodes == 2:
        process["nodes"] = draw(st.sampled_from([[0, 1], [1, 0], [0], [1]]))
        process["binding"] = draw(st.sampled_from(["cpuset", "mempolicy"]))
    if earlier and draw(st.integers(0, 3)) == 0:
        process["parent"] = draw(st.sampled_from(earlier))["name"]
    process |= {kind: draw(st.sampled_from(names)) for kind, names in groups.items()}
    sharable = [p for p in earlier if p.get("nodes") == process.get("nodes")]
    if sharable and draw(st.integers(0, 3)) == 0:
        process["shares_mm_with"] = draw(st.sampled_from(sharable))["name"]
        process = {key: value for key, value in process.items() if key not in groups}
    else:
        process["rss"] = draw(st.sampled_from([0, {"dist": "uniform", "low": 0, "high": most}, most // 2]))
        process["shared"] = draw(st.sampled_from([0, 0, 0, {"dist": "uniform", "low": 0, "high": most // 2}]))
        mapped = [p["name"] for p in earlier if p.get("shared")]
        if mapped and not process["shared"] and draw(st.booleans()):
            process["maps"] = draw(st.sampled_from(mapped))
    if kind == "crowd":  # most of these sleep
        process |= {"count": 9, "threads": 1, "swapoff": False}
        process["exit"] |= {"work": {"p": 0}, "core_dump": {"p": 0}}
        if "rss" in process:
            process["rss"] = draw(st.sampled_from([0, 10, most // 2]))
    return process


def _held(processes: list[dict], what: str = "rss", **only) -> int:
    """Pages that processes of these keys hold at the start, in the middle of what may be drawn."""
    chosen = [p for p in processes if all(p.get(key) == value for key, value in only.items())]
    sizes = [150 if isinstance(size := p.get(what, 0), dict) else size for p in chosen]
    return sum(size * p["count"] for size, p in zip(sizes, chosen, strict=True))


FLAT = ["a", "b"]
TREE = ["a/b/c", "a", "a/b", "d"]


@st.composite
def _group(draw, kind: str, name: str, processes: list[dict]) -> dict:
    """What its members hold at the start, and a little more."""
    inside = [other for other in TREE if f"{other}/".startswith(f"{name}/")] if kind == "cgroup" else [name]
    most = max(1, sum(_held(processes, **{kind: other}) for other in inside)) + draw(st.integers(0, 600))
    group = {"name": name, "oom_group": draw(st.booleans())}
    if kind == "memcg":
        return group | {"limit": most}
    swap = {key: draw(st.sampled_from([0, 0, 50, 300])) for key in ("low", "min")}
    group |= swap | draw(st.sampled_from([{}, {"swap_max": 0}, {"swap_max": 100}, {"swap_max": 5000}]))
    high = {"high": max(1, most - draw(st.integers(0, 600)))}
    return group | draw(st.sampled_from([{}, {"max": most}, high, high | {"max": most}]))


@st.composite
def scenarios(draw) -> Scenario:
    """Small machines under pressure, a few processes, half a second at most.

    Memory, and the groups' limits, are what all hold at the start and a little more, so that most run out of it.
    """
    nodes = draw(st.integers(1, 2))
    classes = draw(st.integers(1, 4))
    groups = draw(st.sampled_from([{}, {}, {}, {}, {"memcg": FLAT}, {"cgroup": TREE}]))
    processes: list[dict] = []
    for number in range(classes):
        processes.append(draw(_process(number, processes, nodes, 300, groups)))
    out, used = draw(st.sampled_from([(0, 0), (0, 0), (0, 0), (30, 0), (30, 20)]))
    for process in processes[::2]:
        process |= {"swapped": out} if "rss" in process else {}
    room = draw(st.integers(800, 1400))  # above HIGH and the cache, about
    node = {
        "memory": _held(processes) * (3 if nodes == 2 else 4) // 4 + room,
        "reserved": 0,
        "page_cache": draw(st.sampled_from([0, 20, {"dist": "uniform", "low": 0, "high": 400}])),
        "min": 100,
        "low": 125,
        "high": draw(st.sampled_from([150, 400])),
        "file_resident": draw(st.sampled_from([0, 0, 50])),
    }
    table = {
        "schema": 1,
        "name": "random",
        "horizon": draw(st.sampled_from(["40 ms", "300 ms"])),
        "patience": draw(st.sampled_from(["1 ms", "10 ms", "10 s"])),
        "settle": draw(st.sampled_from(["100 us", "10 ms"])),
        "machine": {
            "cpus": draw(st.integers(1, 4)),
            "hz": draw(st.sampled_from([100, 250, 1000])),
            "teardown_rate": "1000000 pages/s",
            "teardown_batch": draw(st.sampled_from([32, 506])),
            "gather": {"size": draw(st.sampled_from([0, 0, 50, 700])), "rate": "3000000 pages/s"},
            "scan_per_task": draw(st.sampled_from([0, "1 us", "100 us"])),
            "report_ratelimit": {"burst": draw(st.sampled_from([1, 3])), "interval": "10 ms"},
            "kswapd_rate": draw(st.sampled_from([0, "50 MiB/s"])),
            "scan_rate": draw(st.sampled_from(["300000 pages/s", "3000000 pages/s", "1000000000000 pages/s"])),
            "restart": draw(st.sampled_from(["1 s", {"dist": "exponential", "mean": "9 ms"}])),
            "preemption": draw(st.sampled_from(["none", "none", "full"])),
            "scheduler": draw(st.sampled_from(["shared", "slices"])),
            "slice": draw(st.sampled_from(["100 us", "3 ms"])),
            "pcp": {"high": draw(st.sampled_from([0, 0, 6, 90])), "batch": draw(st.sampled_from([1, 6]))},
            "fragmentation": {
                "p": draw(st.sampled_from([0, 0, 0.05, 0.5])),
                "block": draw(st.sampled_from([64, 200])),
                "at": draw(st.sampled_from(["any", "minimum"])),
            },
            "swap": {
                "size": draw(st.sampled_from([0, 0, 40, 500, 5000])) + used + _held(processes, "swapped"),
                "used": used,
                "rate": draw(st.sampled_from(["20 MiB/s", "1 GiB/s"])),
            },
            "working_set": {
                "size": draw(st.sampled_from([0, 0, 100, 1000])),
                "rate": draw(st.sampled_from(["20 MiB/s", "1 GiB/s"])),
            },
            "node": [node] * nodes,
            "latency": {
                "reclaim_pass": draw(_time(20, 900)),
                **draw(st.sampled_from([{}, {"memcg_pass": "70 us"}])),
                "report": draw(_time(0, 9000)),
                "preempt": draw(_chance(_P, _time(0, 9000))),
            },
        },
        **{kind: [draw(_group(kind, name, processes)) for name in names] for kind, names in groups.items()},
        "process": processes,
    }
    try:
        scenario = Scenario.from_dict(table)
        Engine(scenario, [], 1)
    except InputError:
        reject()  # what is bound to one node, or a segment, doesn't fit
    return scenario


TIMES = {
    "timeout": [0, 0, "5 ms", "50 ms"],
    "reaper_delay": [0, "3 ms"],
    "reaper_interval": ["1 ms", "10 ms"],
}


def _value(mechanism: Mechanism, name: str):
    if mechanism.kind == "time":
        return st.sampled_from(TIMES.get(name, [0, 0, "1 ms", "9 ms"]))
    if mechanism.kind == "count":
        return st.integers(1, 3)
    values = list(mechanism.values)
    return st.sets(st.sampled_from(values)).map(tuple) if mechanism.kind == "set" else st.sampled_from(values)


KNOB_TIMES = {
    "poll": ["200 us", "1 ms"],
    "poll_most": ["1 ms", "5 ms"],
    "pressure_poll": ["1 ms", "7 ms"],
    "wait_poll": ["300 us", "2 ms"],
    "partial_stall": ["1 us", "4 ms"],
    "complete_stall": ["1 us", "30 ms"],
}


def _knob(name: str, knob: Mechanism):
    if knob.kind == "time":
        return st.sampled_from(KNOB_TIMES.get(name, [0, 0, "100 us", "3 ms", "20 ms"]))
    if knob.kind == "rate":
        return st.sampled_from([0, "1 GiB/s", "50 GiB/s"])
    if knob.kind == "size":
        return st.sampled_from([0, 100])
    if knob.kind == "count":
        return st.sampled_from([1, 20, 300])
    if knob.kind == "percent":
        return st.sampled_from([0, 0.01, 1, 5, 30, 50, 100, *([-1] if name.startswith("mem_") else [])])
    return st.sampled_from(list(knob.values))


@st.composite
def monitors(draw) -> Monitor:
    """Any killer in user space; time goes a thousand times as fast as for those that are shipped."""
    try:
        knobs = {name: draw(_knob(name, knob)) for name, knob in KNOBS.items()}
        if knobs["rules"] == "stalls":
            knobs |= {"mem_term": -1, "mem_kill": -1, "pressure": "none"}
        return Monitor("random", **knobs)
    except InputError:
        reject()  # contradictory


@st.composite
def policies(draw) -> Policy:
    """A registered policy, one that differs from it in a few mechanisms, or any combination at all."""
    base = draw(st.sampled_from(list(registry.values())))
    some = draw(st.sampled_from([[], draw(st.lists(st.sampled_from(list(MECHANISMS)), max_size=4)), list(MECHANISMS)]))
    changes = {name: draw(_value(MECHANISMS[name], name)) for name in some}
    if changes.get("on_timeout", "next") != "next":
        changes["timeout"] = draw(st.sampled_from([t for t in TIMES["timeout"] if t]))
    if draw(st.integers(0, 2)) == 0:
        changes["monitor"] = draw(monitors())
    try:
        return base.replace(name="random", **changes)
    except InputError:
        reject()  # contradictory
