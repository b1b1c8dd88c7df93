"""How far a run is, on stderr."""

import sys
import threading
import time


class Progress:
    """Counts schedules done, from any thread: a bar on a terminal, else a line at start and end."""

    def __init__(self, total: int, *, quiet: bool, workers: int):
        self._total, self._done, self._start = total, 0, time.monotonic()
        self._lock = threading.Lock()
        self._bar = None
        self._quiet = quiet or total == 0
        if self._quiet:
            return
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit=" schedules", unit_scale=True, smoothing=0.05, file=sys.stderr)
        else:
            threads = "1 thread" if workers == 1 else f"{workers} threads"
            print(f"oommc: {total:,} schedules to do on {threads}", file=sys.stderr, flush=True)

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            if self._bar is not None:
                self._bar.update(count)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        elif not self._quiet:
            seconds = time.monotonic() - self._start
            rate = self._done / seconds if seconds > 0 else 0.0
            print(
                f"oommc: {self._done:,} of {self._total:,} schedules done in {seconds:.1f} s "
                f"({rate:,.0f} schedules/s)",
                file=sys.stderr,
                flush=True,
            )
