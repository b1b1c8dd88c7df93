"""Computes the missing blocks of a run, on threads or on a cluster, and puts them in a store.

A block's records depend on nothing but scenario, policy, seed and schedule, so blocks may be computed in any
order, anywhere, even twice; a run that was stopped goes on from what is there.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from oommc.collect.blocks import WHOLE, Plan, Shard
from oommc.collect.files import clear_partial, partial_of
from oommc.collect.interface import Store
from oommc.collect.lock import locked
from oommc.collect.manifest import Manifest
from oommc.collect.progress import Progress, checking
from oommc.collect.threads import Threads
from oommc.collect.unfinished import Unfinished
from oommc.collect.work import GOES_ON, Engines, packed
from oommc.errors import InputError, RunError

Outcome = TypeVar("Outcome")

_OWN = re.compile(r"(run|summary|choice|uncertainty)\.json")  # files of a result directory beside its folders

_GLANCE = 1.0  # seconds between two looks at whether those who work get on


class Look(NamedTuple):
    """A count up to which schedules are to be there. `expected` is the one at which the run will probably end, `why`
    says in words what is still to be reached.
    """

    count: int  # type: ignore[assignment]  # hides a method of tuples that nobody calls here
    expected: int
    why: str = ""


def collect(
    scenarios: Mapping[str, object],
    policies: Mapping[str, object],
    asked: Manifest,
    store: Store,
    finish: Callable[[Manifest], Outcome],
    *,
    workers: int,
    cluster=None,
    shard: Shard = WHOLE,
    looks: Callable[[Manifest], Iterator[Look]] | None = None,
    progress: str = "quiet",
) -> Outcome:
    """Runs `asked` (scenarios and policies by name) and returns what `finish` makes of what is there then.

    `looks(manifest)`, if given, says up to which counts to run, one after the other: it is asked for the next when
    all schedules of the last are in the store. No other process may write there until `finish` is done.

    Raises InputError if the store's directory can't be used for this run or `cluster` can't be, RunError if a
    block can't be written or the cluster is lost; what is finished stays. KeyboardInterrupt leaves finished
    blocks too.
    """
    if cluster is not None:
        from oommc.collect.cluster import Cluster, check_address

        check_address(cluster)
    engines = Engines(scenarios, policies, asked.seed, asked.but_for)
    for name in scenarios:  # what is wrong with a scenario shows before anything is written
        engines.get(name, tuple(policies))
    labels = {(s, p): asked.label(s, p) for s in scenarios for p in policies}

    def compute(manifest: Manifest, token: str | None) -> None:
        pool: Threads | Cluster | None = None
        told: Progress | None = None
        with ExitStack() as stack:
            for look in looks(manifest) if looks else [Look(asked.schedules, asked.schedules)]:
                blocks = -(-look.count // asked.block)
                rows = {s: store.held(s, list(policies), manifest, blocks, workers) for s in scenarios}
                plans, ahead = (
                    [Plan(s, list(policies), rows[s], asked.block, count, shard) for s in scenarios]
                    for count in (look.count, look.expected)
                )
                if not sum(plan.left() for plan in plans):
                    continue
                left = sum(plan.left() for plan in ahead)
                if pool is None or told is None:
                    keeper = store.keeper(labels, token)
                    unfinished = Unfinished(labels, store.path and store.path.resolve(), token)
                    if cluster is None:
                        where = "1 thread" if workers == 1 else f"{workers} threads"
                        pool = Threads(workers, engines, keeper, unfinished)
                    else:
                        where = f"the cluster {cluster}"
                        job = packed(scenarios, policies, asked.seed, asked.but_for, keeper, unfinished)
                        pool = Cluster(cluster, job)
                    stack.callback(pool.close)
                    told = Progress(left, mode=progress, workers=where)
                    stack.callback(told.close)
                else:
                    told.aim(left, look.why)
                _drive(pool, (block for plan in plans for block in plan.missing()), store, told)

    if store.path is None:
        compute(asked, None)
        return finish(asked)
    with opened(store.path) as token:
        there = (store.path / "run.json").exists()
        manifest = Manifest.read(store.path).joined(asked, store.path) if there else asked
        manifest.write(store.path)
        store.clear()
        if there:
            checking(store.path, progress)
        compute(manifest, token)
        return finish(manifest)


@contextmanager
def opened(out: Path):
    """A result directory, made if need be, that nobody else writes to. InputError if it is no place for one.

    An OSError while this lasts becomes a RunError that says how to go on.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        others = (entry for entry in out.iterdir() if entry.name != ".lock" and partial_of(entry) != "run.json")
        if not (out / "run.json").exists() and any(others):
            raise InputError(f"{out}: not empty and not a result directory (it has no run.json); name another")
        if not os.access(out, os.W_OK | os.X_OK):
            raise InputError(f"{out}: not writable")
    except FileExistsError:
        raise InputError(f"{out}: a file, not a directory") from None
    except OSError as error:
        raise InputError(f"{out}: {error.strerror}") from None
    try:
        with locked(out) as token:
            clear_partial(out, _OWN)
            yield token
    except OSError as error:
        raise RunError(f"{error.filename or out}: {error.strerror}; {GOES_ON}") from error


def _drive(pool, blocks, store, progress: Progress) -> None:
    """Submits blocks, a bounded number ahead, and takes what is finished, also when something fails."""
    running = set()
    try:
        for block in blocks:
            running.add(pool.submit(block, progress.add))
            while len(running) >= pool.ahead:
                _settle(running, pool, store, progress)
        while running:
            _settle(running, pool, store, progress)
    except BaseException:
        pool.close()
        _take(running, pool, store, progress)
        raise


def _settle(running: set, pool, store, progress: Progress) -> None:
    """Waits for one future or more and takes what is finished; what went wrong is raised here."""
    while not (done := wait(running, timeout=_GLANCE, return_when=FIRST_COMPLETED).done):
        pool.watch()
    running -= done
    _take(done, pool, store, progress)
    for future in done:
        pool.check(future)


def _take(futures: set, pool, store, progress: Progress) -> None:
    """Gives the store what those futures hold that came to a good end."""
    ended = (future for future in futures if future.done() and not future.cancelled())
    finished = [future.result() for future in ended if not future.exception()]
    store.take([(done.block, done.kept) for done in finished])
    for done in finished:
        progress.watch(done)
        if not pool.tells:
            progress.add(done.block.count)
