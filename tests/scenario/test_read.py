"""Reading a scenario: what it becomes, and the one line that says what is wrong."""

import copy
import tomllib

import pytest

from oommc.distributions import Constant
from oommc.errors import InputError
from oommc.scenario import Chance, Flags, Lock, RateLimit, Scenario

TEXT = """
schema = 1
name = "small"
horizon = "30 s"
[machine]
cpus = 2
[[machine.node]]
memory = "512 MiB"
page_cache = { dist = "uniform", low = "4 MiB", high = "24 MiB" }
[[machine.node]]
memory = "512 MiB"
reserved = "48 MiB"
[[process]]
name = "hog"
role = "hog"
rss = "300 MiB"
program = { kind = "grow", think = "1 ms", chunk = "512 KiB", target = "4 GiB" }
[[process]]
name = "my.daemon"
role = "daemon"
count = 3
rss = { dist = "lognormal", median = "8 MiB", sigma = 0.6 }
program = { kind = "churn", think = "20 ms", chunk = "128 KiB", keep = "5 ms" }
[[process]]
name = "rest"
role = "daemon"
rss = "1 MiB"
program = { kind = "idle" }
"""
HOG, DAEMON, REST = ("process", 0), ("process", 1), ("process", 2)


def table():
    return tomllib.loads(TEXT)


def changed(*changes):
    """The table with values put at paths; ... takes the key out."""
    made = copy.deepcopy(table())
    for (*path, key), value in changes:
        where = made
        for step in path:
            where = where[step]
        if value is ...:
            del where[key]
        else:
            where[key] = value
    return made


def test_what_it_becomes():
    scenario = Scenario.from_toml(TEXT)
    machine = scenario.machine
    assert (scenario.name, scenario.horizon, scenario.patience, scenario.settle) == (
        "small",
        30 * 10**9,
        10**10,
        10**8,
    )
    assert (machine.cpus, machine.hz, machine.teardown_rate, machine.teardown_batch) == (
        2,
        250,
        16 << 18,
        506,
    )
    assert (machine.scan_per_task, machine.kswapd_rate, machine.reclaim_batch) == (200, 12800, 32)
    assert machine.report_ratelimit == RateLimit(10, 5 * 10**9)
    latency = machine.latency
    assert latency.report.median() == 40_000_000 and latency.reclaim_pass.median() == 300_000
    assert latency.preempt.p == 0.01
    hog, daemon, rest = scenario.processes
    assert isinstance(hog.rss, Constant) and hog.rss.median() == 300 * 256
    assert hog.program.target == 4 << 18 and hog.program.hold is None and hog.program.start.maximum() == 0
    assert (hog.count, hog.threads, hog.total_vm, hog.nodes, hog.binding, hog.uid) == (
        1,
        1,
        None,
        (0, 1),
        "cpuset",
        1000,
    )
    assert hog.flags == Flags(0, 0, 0, 0) and hog.exit.lock == Lock(0, None, Constant("ns", 0), Constant("pages", 0))
    assert (
        isinstance(hog.exit.block, Chance)
        and hog.exit.pin.by is None
        and hog.exit.pin.p == hog.exit.block.p == hog.exit.unreaped.p == 0
    )
    assert hog.exit.wake.median() == 2_000_000
    assert daemon.program.target is None and daemon.program.keep.median() == 5_000_000
    assert rest.program.kind == "idle" and rest.program.chunk.maximum() == 0 and rest.program.hold is None


def test_the_probability_of_a_preemption_is_that_of_a_tick_in_the_window():
    usemem = Scenario.load("usemem")

    def p(**changes) -> float:
        paths = {"window": "machine.latency.preempt.window", "hz": "machine.hz", "p": "machine.latency.preempt.p"}
        return usemem.replace_all({paths[key]: value for key, value in changes.items()}).machine.latency.preempt.p

    assert (p(), p(hz=1000), p(window="1 us"), p(window=0)) == (0.01, 0.04, 0.00025, 0)
    assert p(window="5 ms", hz=1000) == 1
    assert p(hz=1000, p=0.3) == 0.3
    assert "p" not in usemem.to_dict()["machine"]["latency"]["preempt"]
    stated = usemem.replace("machine.latency.preempt.p", 0.3)
    assert Scenario.from_toml(stated.to_toml()).machine.latency.preempt.p == 0.3


def test_watermarks_are_the_kernels():
    one = Scenario.from_dict(changed((("machine", "node"), [{"memory": "1 GiB"}])))
    assert [(n.min, n.low, n.high) for n in one.machine.nodes] == [(1024, 1280, 1536)]
    two = Scenario.from_toml(TEXT)
    assert [(n.min, n.low, n.high) for n in two.machine.nodes] == [(512, 640, 768)] * 2
    large = Scenario.from_dict(changed((("machine", "node"), [{"memory": "1024 GiB"}])))
    assert large.machine.nodes[0].min == 65536 // 4
    own = Scenario.from_dict(changed((("machine", "node", 0, "min"), 1000), (("machine", "node", 1, "high"), 2000)))
    assert [(n.min, n.low, n.high) for n in own.machine.nodes] == [(1000, 1250, 1500), (512, 640, 2000)]


def test_sharing_an_mm():
    scenario = Scenario.from_dict(changed(((*REST, "shares_mm_with"), "my.daemon"), ((*REST, "rss"), ...)))
    assert scenario.processes[2].shares_mm_with == "my.daemon"
    assert scenario.processes[2].rss.maximum() == 0
    said = Scenario.from_dict(changed(((*REST, "shares_mm_with"), "my.daemon"), ((*REST, "rss"), 0)))
    assert said == scenario


WRONG = [
    (("schema",), ..., "t.toml: schema: missing"),
    (("schema",), 2, "schema: 2 is not known"),
    (("nmae",), "x", "nmae: unknown key: did you mean name?"),
    (("name",), ..., "name: missing"),
    (("name",), "", "name: "),
    (("name",), "a\nb", "name: "),
    (("name",), "a" * 201, "name: "),
    (("name",), "a/b", "name: .*folder"),
    (("name",), "..", "name: .*folder"),
    (("name",), "a\0b", "name: "),
    (("name",), 3, "name: 3 is not a text"),
    (("horizon",), 0, "horizon: .*more than 0"),
    (("settle",), "-1 s", "settle: .*negative"),
    (("patience",), "10", "patience: .*no unit"),
    (("horizon",), "30 GiB", "horizon: .*unknown unit"),
    (("memcg",), [{"name": "a", "limit": 0}], "memcg.a.limit"),
    (("memcg",), [{"name": "a", "limit": 5}, {"name": "a", "limit": 5}], "memcg.a: 2 memcgs have this name"),
    (("cgroup",), [{"name": "a/b"}, {"name": "a/b"}], "cgroup.a/b: 2 cgroups have this name"),
    (("cgroup",), [{"name": "a//b"}], "cgroup.a//b: a name lacks"),
    (("cgroup",), [{"name": "a/"}], "cgroup.a/: a name lacks"),
    (("machine",), 3, "machine: 3 is not a table"),
    (("machine", "pcp"), {"high": 5, "batch": 6}, "machine.pcp.batch: 6 pages, more than high: 5"),
    (("machine",), ..., "machine: missing"),
    (("machine", "swap"), {"size": "1 GiB", "rate": 0}, "machine.swap.rate: 0 has to be more than 0"),
    (("machine", "cpu"), 2, "machine.cpu: unknown key: did you mean cpus?"),
    (("machine", "presett"), "server", "machine.presett: unknown key: did you mean preset?"),
    (("horizon",), "1e7 s", "horizon: '1e7 s' is more than 1123200 s"),
    (("machine", "swap"), {"size": "9 PiB", "rate": 1}, "machine.swap.size: .*unknown unit"),
    (("machine", "swap"), {"size": "9e3 GiB", "rate": 1}, "machine.swap.size: '9e3 GiB' is more than 8192 GiB"),
    (("machine", "node"), [{"memory": "1 GiB"}] * 9, "machine.node: 9 nodes: at most 8 are simulated"),
    (
        ("machine", "node"),
        [{"memory": "5000 GiB"}] * 2,
        "machine.node: 10000 GiB of memory altogether: at most 8192 GiB are simulated",
    ),
    (("machine", "reclaim_batch"), "1 page", "machine.reclaim_batch: '1 page' is less than 128 KiB"),
    (
        ("machine", "report_ratelimit"),
        {"burst": 10**9, "interval": "10 s"},
        "machine.report_ratelimit: .*burst times interval",
    ),
    ((*DAEMON, "cpu_time"), "1e9 s", "process: cpu_time of all"),
    (("machine", "cpus"), 0, "machine.cpus: 0 is not a whole number from 1 to 1024"),
    (("machine", "cpus"), 1025, "machine.cpus: "),
    (("machine", "cpus"), 2.5, "machine.cpus: "),
    (("machine", "cpus"), True, "machine.cpus: "),
    (("machine", "hz"), "250", "machine.hz: "),
    (("machine", "teardown_rate"), 0, "machine.teardown_rate: .*more than 0"),
    (("machine", "report_ratelimit"), {"burst": 3}, "machine.report_ratelimit.interval: missing"),
    (("machine", "latency"), {"raport": 1}, "machine.latency.raport: .*did you mean report"),
    (("machine", "latency"), {"report": "1 MiB"}, "machine.latency.report: .*unknown unit"),
    (("machine", "latency"), {"preempt": {"p": 2, "delay": 0}}, "machine.latency.preempt.p: .*from 0 to 1"),
    (("machine", "latency"), {"preempt": {"p": 1}}, "machine.latency.preempt.delay: missing"),
    (("machine", "node"), [], "machine.node: "),
    (("machine", "node", 1, "memory"), ..., "machine.node.1.memory: missing"),
    (("machine", "node", 1, "low"), 10, "machine.node.1: watermarks"),
    (("machine", "node", 1, "reserved"), "512 MiB", "machine.node.1: reserved, .*exceed"),
    (("machine", "node", 0, "page_cache", "low"), "30 MiB", "machine.node.0.page_cache: .*above high"),
    (("process",), [], "process: "),
    (("process",), ..., "process: missing"),
    ((*HOG, "name"), ..., "process.0.name: missing"),
    ((*HOG, "name"), "rest", "process.rest: 2 processes have this name"),
    ((*HOG, "role"), "hgo", "process.hog.role: .*did you mean hog"),
    ((*HOG, "role"), ..., "process.hog.role: missing"),
    ((*HOG, "count"), 0, "process.hog.count: "),
    ((*HOG, "count"), 4096, "process: 4100 threads altogether"),
    ((*HOG, "rss"), ..., "process.hog.rss: missing"),
    ((*HOG, "rss"), "2 GiB", "process.hog.rss: .*doesn't fit: .* are left"),
    ((*DAEMON, "count"), 2000, r"process.my.daemon.rss: median 8 MiB each of 2000 doesn't fit"),
    ((*HOG, "nodes"), [1, 2], "process.hog.nodes: there is no node 2"),
    ((*HOG, "nodes"), [1, 1], "process.hog.nodes: .*twice"),
    ((*HOG, "nodes"), [], "process.hog.nodes: "),
    ((*HOG, "binding"), "cpu", "process.hog.binding: "),
    ((*HOG, "rawio"), 1, "process.hog.rawio: 1 is none of False, True"),
    ((*HOG, "oom_adj"), -18, "process.hog.oom_adj: "),
    ((*HOG, "oom_score_adj"), 1001, "process.hog.oom_score_adj: "),
    ((*HOG, "memcg"), "a", "process.hog.memcg: there is no memcg 'a'"),
    ((*HOG, "cgroup"), "a", "process.hog.cgroup: there is no cgroup 'a'"),
    ((*HOG, "mlocked"), -1, "process.hog.mlocked"),
    ((*HOG, "swapped"), 1, "process.hog.swapped: 4 KiB don't fit: 0 pages of swap are left"),
    (("machine", "swap"), {"size": 1, "rate": 1, "used": 2}, "machine.swap.used: 8 KiB, more than its size"),
    ((*HOG, "parent"), "rset", "process.hog.parent: there is no process 'rset': did you mean rest"),
    ((*HOG, "parent"), "hog", "process.hog.parent: .*comes back"),
    ((*HOG, "shares_mm_with"), "rest", "process.hog.rss: the mm is 'rest'"),
    ((*HOG, "maps"), "rest", "process.hog.maps: 'rest' has no segment"),
    ((*HOG, "maps"), "nobody", "process.hog.maps: there is no process 'nobody'"),
    ((*HOG, "shared"), "1000 GiB", "process.hog.shared: .*doesn't fit"),
    ((*HOG, "flags"), {"p_nofs": 1}, "process.hog.flags.p_nofs: .*p_no_fs"),
    ((*HOG, "flags"), {"order": 11}, "process.hog.flags.order: "),
    ((*HOG, "exit"), {"mmap_lock": {"p": 2}}, "process.hog.exit.mmap_lock.p"),
    ((*HOG, "exit"), {"lock": {"p": 1}}, "process.hog.exit.lock.holder: missing"),
    (
        (*HOG, "exit"),
        {"lock": {"p": 0.5, "holder": "x"}},
        "process.hog.exit.lock.holder: there is no process 'x'",
    ),
    ((*HOG, "exit"), {"pin": {"p": float("nan"), "delay": 0}}, "process.hog.exit.pin.p: "),
    (
        (*HOG, "exit"),
        {"wake": {"dist": "lognormal", "median": 1, "sigma": -1}},
        "process.hog.exit.wake.sigma: -1",
    ),
    ((*HOG, "program"), ..., "process.hog.program: missing"),
    ((*HOG, "program"), 3, "process.hog.program: 3 is not a table"),
    ((*HOG, "program", "kind"), ..., "process.hog.program.kind: missing"),
    ((*HOG, "program", "kind"), "grwo", "process.hog.program.kind: .*did you mean grow"),
    ((*HOG, "program", "target"), ..., "process.hog.program.target: missing"),
    ((*HOG, "program", "keep"), 1, "process.hog.program.keep: unknown key"),
    ((*HOG, "program", "hold"), "for ever", "process.hog.program.hold: "),
    ((*HOG, "program", "chunk"), 0, "process.hog.program.chunk: .*always 0"),
    ((*REST, "program", "think"), 1, "process.rest.program.think: unknown key"),
    ((*DAEMON, "program", "keep"), ..., "process.my.daemon.program.keep: missing"),
]


@pytest.mark.parametrize(("path", "value", "said"), WRONG, ids=[said for _, _, said in WRONG])
def test_what_is_wrong(path, value, said):
    with pytest.raises(InputError, match=said) as raised:
        Scenario.from_dict(changed((path, value)), "t.toml")
    assert str(raised.value).startswith("t.toml: ") and "\n" not in str(raised.value)


def test_churn_has_to_take_time():
    with pytest.raises(InputError, match=r"process.my.daemon.program: it takes no time"):
        Scenario.from_dict(changed(((*DAEMON, "program", "keep"), 0), ((*DAEMON, "program", "think"), 0)))


def test_groups_are_flat_or_a_tree():
    both = changed((("memcg",), [{"name": "a", "limit": "1 GiB"}]), (("cgroup",), [{"name": "b"}]))
    with pytest.raises(InputError, match="cgroup: there are memcgs too"):
        Scenario.from_dict(both)


def test_members_fit_within_the_limit_of_every_group_that_theirs_lies_in():
    tree = [{"name": "pods/a"}, {"name": "pods", "max": "4 pages"}]
    inside = changed((("cgroup",), tree), ((*HOG, "cgroup"), "pods/a"), ((*HOG, "rss"), "5 pages"))
    with pytest.raises(InputError, match=r"cgroup\.pods\.max: its members' median sizes, 20 KiB, exceed it"):
        Scenario.from_dict(inside)


def test_a_member_of_a_memcg_needs_a_size():
    grouped = changed((("memcg",), [{"name": "a", "limit": "1 GiB"}]), ((*HOG, "memcg"), "a"), ((*HOG, "rss"), ...))
    with pytest.raises(InputError, match=r"t.toml: process.hog.rss: missing"):
        Scenario.from_dict(grouped, "t.toml")


def test_cycles():
    with pytest.raises(InputError, match=r"process.hog.parent: it comes back to itself: hog -> rest -> hog"):
        Scenario.from_dict(changed(((*HOG, "parent"), "rest"), ((*REST, "parent"), "hog")))
    chain = changed(((*HOG, "parent"), "rest"), ((*REST, "parent"), "my.daemon"))
    assert Scenario.from_dict(chain).processes[0].parent == "rest"


def test_room_is_that_of_the_allowed_nodes():
    bound = (((*HOG, "rss"), "480 MiB"), ((*HOG, "nodes"), [1]))
    with pytest.raises(InputError, match=r"process.hog.rss: .*461 MiB are left above high"):
        Scenario.from_dict(changed(*bound))
    assert Scenario.from_dict(changed(bound[0], ((*HOG, "nodes"), [0])))


def test_files(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(TEXT)
    assert Scenario.load(path) == Scenario.load(str(path)) == Scenario.from_toml(TEXT)
    (tmp_path / "waits.csv").write_text("ms\n1\n3\n")
    path.write_text(
        TEXT.replace(
            'rss = "1 MiB"',
            'rss = "1 MiB"\nexit = { wake = { dist = "data", file = "waits.csv", column = "ms", unit = "ms" } }',
        )
    )
    assert Scenario.load(path).processes[2].exit.wake.maximum() == 3_000_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"schema = \n", "not TOML: .*line 1"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"\xef\xbb\xbf", "schema: missing"),  # a byte order mark, and nothing behind it
        (b"a = " + b"[" * 100_000, "not TOML"),
        (b"a = 1\na = 2\n", "not TOML"),
        (None, "no such file"),
        ("folder", "can't be read"),
    ],
)
def test_files_that_are_no_scenario(tmp_path, content, said):
    path = tmp_path / "s.toml"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=said) as raised:
        Scenario.load(path)
    assert str(raised.value).startswith(str(path)) and "\n" not in str(raised.value)


def test_names_near_the_catalogues():
    with pytest.raises(InputError, match="did you mean usemem"):
        Scenario.load("usemme")
    with pytest.raises(InputError):
        Scenario.load("a\0b")
