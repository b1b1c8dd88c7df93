"""A scenario, packed into the core's structs. The twin reads the same packed inputs, row by row."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace

import numpy as np

from .. import distributions
from ..distributions import Distribution
from ..scenario import Process, Scenario
from ._core import DTYPES, NODES
from .crowd import alike, constant
from .rows import probability, rows

NS = 1_000_000_000
NEVER = (1 << 63) - 1
PREFERENCES = {"prefer": 1, "none": 0, "avoid": -1, "omit": -2}
LARGEST_CHUNK = 1 << 32
"""Pages: what the core cuts an ask to, more than any machine has."""


@dataclass(frozen=True, eq=False)
class Packed:
    """The arrays, one structured row each, and the quantile functions that their numbers refer to."""

    arrays: dict[str, np.ndarray]
    knots: np.ndarray
    quantiles: list[distributions.Quantile]

    @cached_property
    def machine(self) -> SimpleNamespace:
        return self._rows("machine")[0]

    @cached_property
    def nodes(self) -> list[SimpleNamespace]:
        return self._rows("nodes")

    @cached_property
    def classes(self) -> list[SimpleNamespace]:
        return self._rows("classes")

    @cached_property
    def processes(self) -> list[SimpleNamespace]:
        return self._rows("processes")

    @cached_property
    def mms(self) -> list[SimpleNamespace]:
        return self._rows("mms")

    @cached_property
    def memcgs(self) -> list[SimpleNamespace]:
        return self._rows("memcgs")

    def _rows(self, name: str) -> list[SimpleNamespace]:
        """The rows of an array with Python's own integers, for the twin."""
        rows = self.arrays[name]
        return [SimpleNamespace(**{field: row[field].tolist() for field in rows.dtype.names}) for row in rows]


class _Quantiles:
    """Numbers distributions as they come."""

    def __init__(self) -> None:
        self.numbers: dict[Distribution, int] = {}

    def __call__(self, distribution: Distribution) -> int:
        return self.numbers.setdefault(distribution, len(self.numbers))

    def compiled(self) -> list[distributions.Quantile]:
        return [distributions.compile(distribution) for distribution in self.numbers]


def pack(scenario: Scenario) -> Packed:
    """The scenario as the core takes it."""
    number = _Quantiles()
    arrays = {
        "machine": rows("machine", [_machine(scenario, number)]),
        "nodes": rows("nodes", (_node(node, number) for node in scenario.machine.nodes)),
    }
    classes = list(_classes(scenario, number))
    processes = _siblings(list(_processes(scenario)))
    quantiles = number.compiled()
    for cls in classes:
        rss = quantiles[cls["rss"]]
        cls["resident"] = rss.minimum() if constant(rss) else 0
    arrays["classes"] = rows("classes", classes)
    arrays["processes"] = rows("processes", processes)
    arrays["mms"] = rows("mms", _mms(scenario, processes, classes, quantiles))
    arrays["memcgs"] = rows(
        "memcgs", ({"limit": memcg.limit, "oom_group": memcg.oom_group} for memcg in scenario.memcgs)
    )
    arrays["quantiles"], arrays["segments"], knots = _tables(quantiles)
    return Packed(arrays, knots, quantiles)


def _machine(scenario: Scenario, number: _Quantiles) -> dict:
    machine = scenario.machine
    return {
        "cpus": machine.cpus,
        "tick": NS // machine.hz,
        "nap_ticks": max(1, machine.hz // 50),
        "shift_hz": _shift_hz(machine.hz),
        "horizon": scenario.horizon,
        "patience": scenario.patience,
        "settle": scenario.settle,
        "teardown_rate": machine.teardown_rate,
        "teardown_batch": machine.teardown_batch,
        "scan_per_task": machine.scan_per_task,
        "ratelimit_burst": machine.report_ratelimit.burst,
        "ratelimit_interval": machine.report_ratelimit.interval,
        "kswapd_period": _period(machine.reclaim_batch, machine.kswapd_rate),
        "gather": machine.gather.size,
        "gather_rate": machine.gather.rate,
        "swap": machine.swap.size,
        "swap_rate": machine.swap.rate,
        "files": machine.working_set.size,
        "files_rate": machine.working_set.rate,
        "pcp_high": machine.pcp.high,
        "pcp_batch": machine.pcp.batch,
        "fragmentation_p": probability(machine.fragmentation.p),
        "fragmentation_block": machine.fragmentation.block,
        "reclaim_batch": machine.reclaim_batch,
        "reclaim_pass": number(machine.reclaim_pass),
        "memcg_pass": number(machine.memcg_pass or machine.reclaim_pass),
        "report": number(machine.report),
        "preempt_p": probability(machine.preempt.p),
        "preempt": number(machine.preempt.delay),
    }


def _either(given: int, other: int, divisor: int) -> int:
    """oom_adj and oom_score_adj say the same to kernels of different eras; where one isn't given the other decides.

    The kernel's own conversion (2.6.36, fs/proc/base.c): oom_adj · 1000 / 17 and back, towards zero.
    """
    return given or (other // divisor if other >= 0 else -(-other // divisor))


def _period(pages: int, rate: int) -> int:
    """ns a batch at so many pages a second."""
    return min(NEVER, pages * NS // rate) if rate else NEVER


def _shift_hz(hz: int) -> int:
    """SHIFT_HZ of include/linux/jiffies.h (2.6.17): log2 of HZ, the middle between two powers rounded up."""
    shift = hz.bit_length() - 1
    return shift + (2 * hz >= 3 << shift)


def _node(node, number: _Quantiles) -> dict:
    return {
        "size": node.memory - node.reserved,
        "cache": number(node.page_cache),
        "min": node.min,
        "low": node.low,
        "high": node.high,
    }


def _classes(scenario: Scenario, number: _Quantiles) -> Iterable[dict]:
    first_thread = {}
    threads = 0
    for process in scenario.processes:
        first_thread[process.name] = threads
        threads += process.count * process.threads
    by_name = {process.name: process for process in scenario.processes}
    names = list(by_name)
    for process in scenario.processes:
        holder = by_name.get(process.exit.lock.holder)
        lock = (first_thread[holder.name], holder.count * holder.threads) if holder else (0, 0)
        maps = process.name if process.shared.maximum() else process.maps
        yield _class(
            process, lock, names.index(maps) if maps else -1, [memcg.name for memcg in scenario.memcgs], number
        )


def _class(process: Process, lock: tuple[int, int], maps: int, memcgs: list[str], number: _Quantiles) -> dict:
    program, exit_ = process.program, process.exit
    return {
        "hog": process.role == "hog",
        "daemon": process.role == "daemon",
        "rss": number(process.rss),
        "total_vm": process.total_vm or 0,
        "oom_adj": _either(process.oom_adj, process.oom_score_adj * 17, 1000),
        "oom_score_adj": _either(process.oom_score_adj, process.oom_adj * 1000, 17),
        "preference": PREFERENCES[process.preference],
        "mlocked": process.mlocked,
        "shared": number(process.shared),
        "maps": maps,
        "nice": process.nice,
        "root": process.uid == 0,
        "rawio": process.rawio,
        "init": process.init,
        "swapoff": process.swapoff,
        "cpu_time": process.cpu_time,
        "run_time": process.run_time,
        "memcg": memcgs.index(process.memcg) if process.memcg else -1,
        "cpuset": process.binding == "cpuset",
        "n_nodes": len(process.nodes),
        "nodes": process.nodes + (0,) * (NODES - len(process.nodes)),
        "grows": program.kind == "grow",
        "idle": program.kind == "idle",
        "start": number(program.start),
        "think": number(program.think),
        "busy": program.busy,
        "steady": program.steady,
        "chunk": number(program.chunk),
        "chunk_max": 0 if program.kind == "idle" else max(1, min(LARGEST_CHUNK, program.chunk.maximum())),
        "target": program.target or 0,
        "hold": -1 if program.hold is None else number(program.hold),
        "keep": -1 if program.keep is None else number(program.keep),
        "touch": program.touch,
        "file_touch": program.file_touch,
        "p_no_fs": probability(process.flags.p_no_fs),
        "p_noretry": probability(process.flags.p_noretry),
        "p_nofail": probability(process.flags.p_nofail),
        "order": process.flags.order,
        "wake": number(exit_.wake),
        "tail": number(exit_.tail),
        "term_p": probability(exit_.term.p),
        "term": number(exit_.term.delay),
        "block_p": probability(exit_.block.p),
        "block": number(exit_.block.delay),
        "lock_p": probability(exit_.lock.p),
        "lock_first": lock[0],
        "lock_count": lock[1],
        "work_p": probability(exit_.work.p),
        "work": number(exit_.work.delay),
        "work_chunk": number(exit_.work.chunk),
        "work_chunk_max": min(LARGEST_CHUNK, exit_.work.chunk.maximum()) if exit_.work.p else 0,
        "core_dump_p": probability(exit_.core_dump.p),
        "core_dump": number(exit_.core_dump.delay),
        "core_dump_chunk": number(exit_.core_dump.chunk),
        "core_dump_chunk_max": min(LARGEST_CHUNK, exit_.core_dump.chunk.maximum()) if exit_.core_dump.p else 0,
        "pin_p": probability(exit_.pin.p),
        "pin": number(exit_.pin.delay),
        "mmap_lock_p": probability(exit_.mmap_lock.p),
        "unreaped_p": probability(exit_.unreaped.p),
        "unreaped": number(exit_.unreaped.delay),
    }


def _processes(scenario: Scenario) -> Iterable[dict]:
    """Every thread group, in task-list order. Instance j belongs to instance j mod count of the class it names."""
    first = {}
    instances = 0
    for process in scenario.processes:
        first[process.name] = instances
        instances += process.count
    counts = {process.name: process.count for process in scenario.processes}
    shares = {process.name: process.shares_mm_with for process in scenario.processes}

    def instance(name: str, j: int) -> int:
        return first[name] + j % counts[name]

    def owner(name: str, j: int) -> int:
        while shares[name]:
            j, name = j % counts[shares[name]], shares[name]
        return instance(name, j)

    owners = sorted({owner(process.name, j) for process in scenario.processes for j in range(process.count)})
    mm = {process: i for i, process in enumerate(owners)}
    threads = 0
    for number, process in enumerate(scenario.processes):
        for j in range(process.count):
            yield {
                "cls": number,
                "mm": mm[owner(process.name, j)],
                "parent": instance(process.parent, j) if process.parent else -1,
                "first_thread": threads,
                "n_threads": process.threads,
            }
            threads += process.threads


def _siblings(processes: list[dict]) -> list[dict]:
    """The same with each one's children as a list: `eldest`, and from child to child `sibling`, in task-list order."""
    for process in processes:
        process["eldest"] = process["sibling"] = -1
    for i, process in reversed(list(enumerate(processes))):
        if process["parent"] >= 0:
            parent = processes[process["parent"]]
            process["sibling"], parent["eldest"] = parent["eldest"], i
    return processes


def _mms(
    scenario: Scenario, processes: list[dict], classes: list[dict], quantiles: list[distributions.Quantile]
) -> list[dict]:
    """By number. Where there is swap reclaim takes from everybody, so nobody sleeps."""
    mms: dict[int, dict] = {}
    for i, process in enumerate(processes):
        cls = classes[process["cls"]]
        mm = mms.setdefault(process["mm"], {"owner": i, "users": 0, "churned": False, "alike": 0})
        mm["users"] += process["n_threads"]
        mm["churned"] |= not (cls["grows"] or cls["idle"])
    numbered = [mms[number] for number in sorted(mms)]
    if scenario.machine.swap.size == 0:
        for mm, number in zip(numbered, alike(numbered, processes, classes, quantiles), strict=True):
            mm["alike"] = number
    return numbered


def _tables(quantiles: list[distributions.Quantile]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    places, segments, knots = [], [], []
    offset = first = 0
    for quantile in quantiles:
        part = np.zeros(len(quantile.start), DTYPES["segments"])
        for field in part.dtype.names:
            part[field] = getattr(quantile, field)
        part["table"] += offset
        places.append({"first": first, "segments": len(part)})
        segments.append(part)
        knots.append(quantile.knots)
        first += len(part)
        offset += len(quantile.knots)
    return rows("quantiles", places), np.concatenate(segments), np.concatenate([*knots, np.zeros(1, np.int64)])
