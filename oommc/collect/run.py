"""Computes the missing blocks of a run on threads and puts them in a store.

A block's records depend on nothing but scenario, policy, seed and schedule, so threads may take blocks in any
order and a run that was stopped goes on from what is there. The core releases the GIL; a thread computes a
block piece by piece so that an interruption waits for a piece and not for a block.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np

from oommc.collect import records
from oommc.collect.blocks import Block, Plan
from oommc.collect.manifest import Manifest
from oommc.collect.progress import Progress
from oommc.collect.store import Directory, Memory
from oommc.engine import Engine
from oommc.errors import InputError, RunError

_PIECE = (
    1000  # schedules between two looks at whether to stop: well under a second even where one takes 100 us
)


def default_workers() -> int:
    """The processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def collect(
    scenarios: Mapping[str, object],
    policies: Mapping[str, object],
    asked: Manifest,
    *,
    out: Path | None,
    workers: int,
    quiet: bool,
) -> tuple[Manifest, Directory | Memory]:
    """Runs `asked` (scenarios and policies by name) and returns what the store now holds, and the store.

    With `out` None everything stays in memory. Raises InputError if `out` can't be used for this run,
    RunError if a block can't be written; what is finished stays. KeyboardInterrupt leaves finished blocks
    too.
    """
    engines = _Engines(scenarios, policies, asked.seed)
    for name in scenarios:  # what is wrong with a scenario shows before anything is written
        engines.get(name, tuple(policies))
    if out is None:
        store = Memory()
        _compute(store, engines, asked, workers, quiet)
        return asked, store
    store = Directory(out)
    _prepare(out)
    try:
        with store.locked():
            manifest = Manifest.read(out).joined(asked, out) if (out / "run.json").exists() else asked
            manifest.write(out)
            _compute(store, engines, asked, workers, quiet)
    except OSError as error:
        raise RunError(
            f"{error.filename or out}: {error.strerror}; "
            "what was finished is kept, the same command goes on from there"
        ) from error
    return manifest, store


def _prepare(out: Path) -> None:
    """Makes the directory if need be. InputError if it is no place for a result."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        entries = {entry.name for entry in out.iterdir()}
        if "run.json" not in entries and entries - {".lock", ".run.json.part"}:
            raise InputError(
                f"{out}: not empty and not a result directory (it has no run.json); name another"
            )
        if not os.access(out, os.W_OK | os.X_OK):
            raise InputError(f"{out}: not writable")
    except FileExistsError:
        raise InputError(f"{out}: a file, not a directory") from None
    except OSError as error:
        raise InputError(f"{out}: {error.strerror}") from None


class _Engines:
    """An engine for each scenario and set of policies that a block wants; most runs have one a scenario."""

    def __init__(self, scenarios, policies, seed):
        self._scenarios, self._policies, self._seed = scenarios, policies, seed
        self._made = {}

    def get(self, scenario: str, policies: tuple[str, ...]):
        key = scenario, policies
        if key not in self._made:
            chosen = [self._policies[name] for name in policies]
            self._made[key] = Engine(self._scenarios[scenario], chosen, self._seed)
        return self._made[key]

    def plans(self, store, asked: Manifest) -> list[Plan]:
        names = list(self._policies)
        return [
            Plan(scenario, names, [store.rows(scenario, p) for p in names], asked.block, asked.schedules)
            for scenario in self._scenarios
        ]


def _compute(store, engines: _Engines, asked: Manifest, workers: int, quiet: bool) -> None:
    plans = engines.plans(store, asked)
    progress = Progress(sum(plan.left() for plan in plans), quiet=quiet, workers=workers)
    stop = threading.Event()

    def work(engine, block: Block) -> None:
        pieces = []
        for first in range(block.first, block.first + block.count, _PIECE):
            if stop.is_set():
                return
            pieces.append(engine.run(first, min(_PIECE, block.first + block.count - first)))
            progress.add(pieces[-1].shape[1])
        for policy, rows in zip(block.policies, np.concatenate(pieces, axis=1), strict=True):
            store.write(block.scenario, policy, block.n, records.encode(rows, policy))

    def submissions() -> Iterator:
        for plan in plans:
            for block in plan.missing():
                yield pool.submit(work, engines.get(block.scenario, block.policies), block)

    with ThreadPoolExecutor(workers) as pool:
        try:
            running = set()
            for future in submissions():
                running.add(future)
                if (
                    len(running) > 2 * workers
                ):  # enough that no thread waits, few enough that memory is bounded
                    running = _settle(running)
            while running:
                running = _settle(running)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            progress.close()


def _settle(running: set) -> set:
    """Waits for one future or more; what went wrong in it is raised here. Returns those still running."""
    done, running = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
    return running
