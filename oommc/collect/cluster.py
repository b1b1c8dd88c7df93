"""Blocks on the workers of a Dask scheduler, whatever started them (SSH, Slurm, Kubernetes, this process).

Dask's futures are passed on as those of a thread pool, so that one loop drives both. A worker that goes away loses
nothing: the scheduler gives its blocks to others. What is held at once, here and by the scheduler, are two
blocks a worker's thread, however many there are to do.
"""

import importlib.util
import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from oommc.collect.blocks import Block
from oommc.collect.work import GOES_ON, compute_packed
from oommc.errors import InputError, RunError
from oommc.said import note

_PATIENCE = "20s"  # for a scheduler that doesn't answer
_MOST_PROCESSES = 1024
_LOOK = 2.0  # seconds between two looks at how many workers there are
TOLD_AFTER, ENDS_AFTER = 30.0, 600.0
"""Seconds without any worker after which the run says so, and ends."""


class Cluster:
    """The workers of `address`: a scheduler's address or file, `local:N`, or a client that is connected.

    RunError if no scheduler answers.
    """

    tells = False  # a block reaches the caller's `tell` from no other process

    def __init__(self, address, job: bytes):
        self._job, self._address = job, address
        self._client, self._local, self._own = _connected(address)
        self._tasks: dict[Future, Any] = {}  # Dask's future by ours, while it is under way
        self._threads, self._looked = 0, -_LOOK
        self._deserted: float | None = None  # since when there is no worker
        self._told_so = False

    @property
    def ahead(self) -> int:
        """Blocks to have submitted: two a worker's thread, as workers come and go."""
        if time.monotonic() - self._looked >= _LOOK:
            self._looked = time.monotonic()
            with self._told():
                self._threads = sum(self._client.nthreads().values())
        return max(2 * self._threads, 2)

    def submit(self, block: Block, tell: Callable[[int], None]) -> Future:
        ended: Future = Future()
        with self._told():
            task = self._client.submit(compute_packed, self._job, block, pure=False)
            self._tasks[ended] = task
            task.add_done_callback(lambda task: self._pass_on(task, ended))
        return ended

    def check(self, future: Future) -> None:
        """Raises what went wrong in a future that is done; RunError where the cluster is the reason."""
        with self._told():
            future.result()

    def _pass_on(self, task, ended: Future) -> None:
        """What has become of a task; the scheduler may forget it at once (Dask's own pool waits for the collector)."""
        self._tasks.pop(ended, None)
        try:
            ended.set_result(task.result())
        except BaseException as error:
            ended.set_exception(error)
        task.release()

    @contextmanager
    def _told(self):
        """Dask's exceptions as RunError, in our words."""
        from distributed import KilledWorker
        from distributed.comm import CommClosedError

        try:
            yield
        except KilledWorker as error:
            raise RunError(f"cluster {self._address}: worker after worker died on one block; {GOES_ON}") from error
        except (CancelledError, CommClosedError, TimeoutError) as error:
            raise RunError(f"cluster {self._address}: the scheduler is lost; {GOES_ON}") from error

    def watch(self) -> None:
        """To be called now and then. RunError if there has been no worker for ENDS_AFTER seconds."""
        if self.ahead and self._threads:
            self._deserted, self._told_so = None, False
            return
        self._deserted = time.monotonic() if self._deserted is None else self._deserted
        waited = time.monotonic() - self._deserted
        if waited >= ENDS_AFTER:
            raise RunError(f"cluster {self._address}: no worker for {ENDS_AFTER / 60:.0f} minutes; {GOES_ON}")
        if waited >= TOLD_AFTER and not self._told_so:
            self._told_so = True
            note(f"cluster {self._address}: no worker; the run waits for one for {ENDS_AFTER / 60:.0f} minutes")

    def close(self) -> None:
        """Cancels what hasn't begun; a block that a worker has begun it finishes, and nobody waits for it."""
        # a scheduler that has gone has nothing to cancel, and a worker within a block is slow to end
        if self._client.status == "running":
            with suppress(OSError):
                self._client.cancel(list(self._tasks.values()))
        for mine in (self._client, self._local) if self._own else ():
            if mine is not None:
                with suppress(OSError):
                    mine.close(timeout=2)


def check_address(address) -> None:
    """InputError if `address` can't be one, or Dask isn't installed. Whether anybody answers shows later."""
    if importlib.util.find_spec("distributed") is None:
        raise InputError("--cluster needs Dask: pip install 'oommc[dask]'")
    if not isinstance(address, str | Path):
        import distributed

        if not isinstance(address, distributed.Client):
            raise InputError(f"cluster: {type(address).__name__} is neither an address nor a distributed.Client")
        return
    text = str(address)
    kind, colon, rest = text.partition(":")
    if kind == "local":
        if not rest.isdecimal() or not 1 <= int(rest) <= _MOST_PROCESSES:
            raise InputError(f"cluster: {text!r}: local:N, with N processes from 1 to {_MOST_PROCESSES}")
    elif not colon and not Path(text).is_file():
        raise InputError(f"cluster: {text!r} is no scheduler's file, and no address like tcp://host:8786")


def _connected(address):
    """(client, local cluster or None, whether these are ours to close). RunError if no scheduler answers."""
    import distributed

    if isinstance(address, distributed.Client):
        return address, None, False
    _hush()
    text = str(address)
    try:
        if text.startswith("local:"):
            count = int(text.removeprefix("local:"))
            local = distributed.LocalCluster(
                n_workers=count, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
            )
            client = distributed.Client(local)
            client.register_plugin(_deaf())
            return client, local, True
        if Path(text).is_file():
            return distributed.Client(scheduler_file=text, timeout=_PATIENCE), None, True
        return distributed.Client(text, timeout=_PATIENCE), None, True
    except (OSError, ValueError, KeyError) as error:  # no answer, no such protocol, no scheduler's file
        raise RunError(f"cluster: no scheduler answers at {text}: {error}; {GOES_ON}") from error


def _deaf():
    """A plugin by which workers on this terminal don't hear its Ctrl-C, which is for the run to handle."""
    from distributed import WorkerPlugin

    class Deaf(WorkerPlugin):
        def setup(self, worker):
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    return Deaf()


def _hush() -> None:
    """What matters of Dask's log, and of its tracebacks, is told in our own words."""
    dasks = [name for name in logging.root.manager.loggerDict if name.startswith("distributed.")]
    for name in ("distributed", "tornado.application", *dasks):
        logging.getLogger(name).setLevel(logging.CRITICAL)
