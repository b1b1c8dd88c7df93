"""Every key of a scenario file: what it holds, and what holds where it is left out.

Defaults of the machine are those of docs/model.md §2 and of the kernel's own settings; latencies are assumptions
within the ranges that sources and logs allow: exit_mmap() 0.1-0.5 us a page in 2006 (16 GiB/s is 0.24), a failing
reclaim pass 0.05-2 ms, a report on the console 1-300 ms; a thread in user mode reaches its exit within a tick, others
later.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from oommc import units
from oommc.distributions import Constant
from oommc.scenario.keys import (
    Choice,
    Drawn,
    Forever,
    Key,
    Numbers,
    Place,
    Probability,
    Quantity,
    Ranges,
    Table,
    Tables,
    Text,
    Whole,
    is_name,
)
from oommc.scenario.model import (
    Chance,
    CoreDump,
    Exit,
    Flags,
    Fragmentation,
    Gather,
    Lock,
    Machine,
    Memcg,
    MmapLock,
    Node,
    PerCpu,
    Process,
    Program,
    RateLimit,
    Swap,
    Work,
    WorkingSet,
)
from oommc.units import shown

SCHEMA = 1
SWAP_CLUSTER_MAX = 32
"""Pages: less is no progress to a reclaim pass of 2.6.18 (mm/vmscan.c, try_to_free_pages)."""

# What keeps every product in the core within 63 bits.
MAX_THREADS = 4096
MAX_NODES = 8
MAX_MEMORY = 1 << 31
"""Pages, 8 TiB."""
MAX_TIME = 13 * 24 * 3600 * 10**9
"""ns: no run is longer than 13 days."""
MAX_RUN_TIME = 73 * 365 * 24 * 3600 * 10**9
"""ns: what has been used before the start, 73 years of all processes together."""

_SIZE = Quantity(units.size, units.format_size)
_SOME = Quantity(units.size, units.format_size, 1)
_SPELL = Quantity(units.duration, units.format_duration, 1)
_MEMORY = Quantity(units.size, units.format_size, 0, MAX_MEMORY)
_RUN = Quantity(units.duration, units.format_duration, 1, MAX_TIME)
_PAST = Quantity(units.duration, units.format_duration, 0, MAX_RUN_TIME)
_RATE = Quantity(units.rate, units.format_rate)
_SPEED = Quantity(units.rate, units.format_rate, 1)
_PAGES, _NS = Drawn("pages"), Drawn("ns")
_NAME, _P = Text(), Probability()

_CHANCE = Table(Chance, (Key("p", _P), Key("delay", _NS)))
_NEVER = {"p": 0, "delay": 0}

_NODE = Table(
    Node,
    (
        Key("memory", _SOME),
        Key("reserved", _SIZE, 0),
        Key("page_cache", _PAGES, 0),
        Key("min", _SOME, None, quiet=True),  # None until `derived` fills it in; so are low and high
        Key("low", _SOME, None, quiet=True),
        Key("high", _SOME, None, quiet=True),
    ),
)

_LATENCY = (
    Key("reclaim_pass", _NS, {"dist": "lognormal", "median": "300 us", "sigma": 0.7}),
    Key("memcg_pass", _NS, None, quiet=True),  # None: like reclaim_pass
    Key("report", _NS, {"dist": "lognormal", "median": "40 ms", "sigma": 0.8}),
    Key("preempt", _CHANCE, {"p": 0.01, "delay": {"dist": "exponential", "mean": "20 ms"}}),
)

MACHINE = Table(
    Machine,
    (
        Key("cpus", Whole(1, 1024), 2),
        Key("hz", Whole(1, 10_000), 250),
        Key("teardown_rate", _SPEED, "16 GiB/s"),
        Key("teardown_batch", _SOME, "506 pages"),
        Key("scan_per_task", Quantity(units.duration, units.format_duration, 0, MAX_TIME), "200 ns"),
        Key("report_ratelimit", Table(RateLimit, (Key("burst", Whole(0, 10**9)), Key("interval", _SPELL))),
            {"burst": 10, "interval": "5 s"}),
        Key("kswapd_rate", _RATE, "50 MiB/s"),
        Key("reclaim_batch", Quantity(units.size, units.format_size, SWAP_CLUSTER_MAX), "128 KiB"),  # with less no pass makes progress
        Key("swap", Table(Swap, (Key("size", _MEMORY), Key("rate", _SPEED))), {"size": 0, "rate": "100 MiB/s"}, quiet=True),
        Key("gather", Table(Gather, (Key("size", _SIZE), Key("rate", _SPEED))), {"size": 0, "rate": "64 GiB/s"}, quiet=True),
        Key("working_set", Table(WorkingSet, (Key("size", _MEMORY), Key("rate", _SPEED))),
            {"size": 0, "rate": "100 MiB/s"}, quiet=True),
        Key("pcp", Table(PerCpu, (Key("high", _SIZE), Key("batch", _SOME, "31 pages"))), {"high": 0}, quiet=True),
        Key("fragmentation", Table(Fragmentation, (Key("p", _P), Key("block", Quantity(units.size, units.format_size, 1, MAX_MEMORY), "2 MiB"))), {"p": 0}, quiet=True),
        Key("node", Tables(_NODE), field="nodes"),
        Key("latency", Table(dict, _LATENCY), inline=True),
    ),
    also=("preset",),
)  # fmt: skip

_ASKS = (
    Key("start", _NS, 0),
    Key("think", _NS),
    Key("busy", Choice((False, True)), False, quiet=True),
    Key("steady", Choice((False, True)), False, quiet=True),
    Key("chunk", _PAGES),
    Key("touch", _MEMORY, 0, quiet=True),
    Key("file_touch", _MEMORY, 0, quiet=True),
)
_PROGRAMS = {
    "grow": (*_ASKS, Key("target", _SOME), Key("hold", Forever(_NS), "forever")),
    "churn": (*_ASKS, Key("target", _SOME, None, quiet=True), Key("keep", _NS)),
    "idle": (),
}


_NOTHING = {
    "start": Constant("ns", 0),
    "think": Constant("ns", 0),
    "busy": False,
    "steady": False,
    "chunk": Constant("pages", 0),
    "target": None,
    "hold": None,
    "keep": None,
    "touch": 0,
    "file_touch": 0,
}
"""What a program without these keys has: the idle one nearly all."""


class _AnyProgram:
    """A program, with the keys of its own kind."""

    def read(self, value: Any, place: Place) -> Program:
        if not isinstance(value, Mapping):
            raise place.error(f"{shown(value)} is not a table")
        kind = Key("kind", Choice(tuple(_PROGRAMS))).value(value, place)
        return self._table(kind).read(value, place)

    def write(self, value: Program) -> dict[str, Any]:
        return self._table(value.kind).write(value)

    @staticmethod
    def _table(kind: str) -> Table:
        return Table(partial(Program, **_NOTHING), (Key("kind", Choice(tuple(_PROGRAMS))), *_PROGRAMS[kind]))


def _class_name(table: Any, i: int) -> str | int:
    name = table.get("name") if isinstance(table, Mapping) else None
    return name if is_name(name) else i


EXIT = Table(
    Exit,
    (
        Key("wake", _NS, {"dist": "lognormal", "median": "2 ms", "sigma": 1.0}),
        Key("tail", _NS, {"dist": "exponential", "mean": "1 ms"}),
        Key("term", _CHANCE, _NEVER, quiet=True),
        Key("block", _CHANCE, _NEVER, quiet=True),
        Key("lock", Table(Lock, (Key("p", _P), Key("holder", _NAME, None, quiet=True))), {"p": 0}, quiet=True),
        Key("work", Table(Work, (Key("p", _P), Key("delay", _NS, 0), Key("chunk", _PAGES, 0))), {"p": 0}, quiet=True),
        Key(
            "core_dump",
            Table(CoreDump, (Key("p", _P), Key("delay", _NS, 0), Key("chunk", _PAGES, 0))),
            {"p": 0},
            quiet=True,
        ),
        Key("pin", _CHANCE, _NEVER, quiet=True),
        Key("mmap_lock", Table(MmapLock, (Key("p", _P),)), {"p": 0}, quiet=True),
        Key("unreaped", _CHANCE, _NEVER, quiet=True),
    ),
)

_FLAGS = Table(
    Flags,
    (Key("p_no_fs", _P, 0), Key("p_noretry", _P, 0), Key("p_nofail", _P, 0), Key("order", Whole(0, 10), 0)),
)

_PROCESS = Table(
    Process,
    (
        Key("name", _NAME),
        Key("role", Choice(("hog", "daemon", "batch"))),
        Key("count", Whole(1, MAX_THREADS), 1),
        Key("threads", Whole(1, MAX_THREADS), 1),
        Key("rss", _PAGES, None, quiet=True),  # None until `derived` has seen whether it shares an mm
        Key("total_vm", Quantity(units.size, units.format_size, 0, 1 << 45), None, quiet=True),
        Key("oom_adj", Whole(-17, 15), 0),
        Key("oom_score_adj", Whole(-1000, 1000), 0),
        Key("preference", Choice(("none", "prefer", "avoid", "omit")), "none", quiet=True),
        Key("nice", Whole(-20, 19), 0),
        Key("uid", Whole(0, 2**32 - 1), 1000),
        Key("rawio", Choice((False, True)), False),
        Key("init", Choice((False, True)), False, quiet=True),
        Key("swapoff", Choice((False, True)), False, quiet=True),
        Key("cpu_time", _PAST, 0),
        Key("run_time", _PAST, 0),
        Key("parent", _NAME, None, quiet=True),
        Key("shares_mm_with", _NAME, None, quiet=True),
        Key("nodes", Numbers(), None, quiet=True),  # None until `derived` fills it in
        Key("mlocked", _SIZE, 0, quiet=True),
        Key("shared", _PAGES, 0, quiet=True),
        Key("maps", _NAME, None, quiet=True),
        Key("memcg", _NAME, None, quiet=True),
        Key("binding", Choice(("cpuset", "mempolicy")), "cpuset"),
        Key("program", _AnyProgram()),
        Key("flags", _FLAGS, {}, quiet=True),
        Key("exit", EXIT, {}),
    ),
)

_MEMCG = Table(Memcg, (Key("name", _NAME), Key("limit", _SOME), Key("oom_group", Choice((False, True)), False)))

FILE = Table(
    dict,
    (
        Key("schema", Choice((SCHEMA,))),
        Key("name", _NAME),
        Key("about", Text(name=False), "", quiet=True),
        Key("horizon", _RUN),
        Key("patience", _RUN, "10 s"),
        Key("settle", _SPELL, "100 ms"),
        Key("machine", MACHINE),
        Key("memcg", Tables(_MEMCG, _class_name, 0), (), field="memcgs", quiet=True),
        Key("process", Tables(_PROCESS, _class_name), field="processes"),
        Key("range", Ranges(), {}, field="ranges", quiet=True),
    ),
)
