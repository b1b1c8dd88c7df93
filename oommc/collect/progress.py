"""How far a run is, on stderr: a bar on a terminal and in a notebook, plain lines elsewhere, or JSON for programs."""

import json
import math
import statistics
import sys
import threading
import time
from pathlib import Path

from oommc import notebook
from oommc.collect.work import WATCHED, Done
from oommc.said import note, note_line, safe

MODES = ("quiet", "plain", "json")
_EVERY = {"plain": 30.0, "json": 1.0}  # seconds between two lines
_Z = statistics.NormalDist().inv_cdf(0.975)


def checking(directory: Path, mode: str) -> None:
    """Says that what a directory holds is read and checked, which takes minutes where that is much."""
    if mode == "json":
        note_line(json.dumps({"event": "check", "directory": str(directory)}))
    elif mode == "plain":
        note(f"checking what is in {directory}")


class Progress:
    """Counts schedules done, from any thread. `mode` is one of MODES; `workers` says where, in words.

    JSON is an object a line: `event` (`start`, `progress`, `look`, `end`; before them `check`), `done` and `total` in
    schedules, `seconds` since the start, `rate` in schedules a second and `left_s` (both null at first), and for each
    scenario and policy mean and half-width of the 95 % interval of the main metric over the schedules of this run so
    far (by the normal law; `summary.json` has the better one). In a run that ends by precision `total` is a forecast,
    made anew at each `look`, whose `why` says what isn't reached yet, and the main metric is that of the schedules
    since.
    """

    def __init__(self, total: int, *, mode: str, workers: str):
        self._total, self._done, self._start = total, 0, time.monotonic()
        self._told, self._lock, self._bar = self._start, threading.Lock(), None
        self._watched: dict[tuple[str, str], tuple[int, int, int]] = {}
        self._mode = mode if total else "quiet"
        if self._mode == "plain" and (sys.stderr.isatty() or notebook.running()):
            from tqdm import tqdm

            self._mode = "bar"
            self._bar = tqdm(total=total, unit=" schedules", unit_scale=True, smoothing=0.05, file=sys.stderr)
        elif self._mode == "plain":
            note(f"{total:,} schedules to do on {workers}")
        elif self._mode == "json":
            self._json("start")

    def add(self, count: int) -> None:
        """`count` schedules more are done."""
        with self._lock:
            self._done += count
            if self._bar is not None:
                self._bar.update(count)
                return
            now = time.monotonic()
            if self._mode == "quiet" or now - self._told < _EVERY[self._mode]:
                return
            self._told = now
        if self._mode == "json":
            self._json("progress")
        else:
            left = self._left()
            pace = f"{self._rate():,.0f} schedules/s"
            pace += f", {_duration(left)} left" if left is not None else ""
            note(f"{self._share()} done, {pace}{self._intervals()}")

    def aim(self, left: int, why: str) -> None:
        """So many schedules are still to do after all, for what `why` says isn't reached yet."""
        self._total = self._done + left
        self._watched.clear()  # a short last block is computed anew, and would count twice
        if self._bar is not None:
            self._bar.total = self._total
            self._bar.refresh()
        elif self._mode == "json":
            self._json("look", why=why)
        elif self._mode == "plain":
            still = self._left()
            pace = f", about {_duration(still)}" if still else ""
            note(f"{why}; probably {left:,} schedules more{pace}")

    def watch(self, done: Done) -> None:
        """Takes up a finished block's main metric."""
        for policy, sums in done.watched.items():
            key = done.block.scenario, policy
            a, b, c = map(sum, zip(self._watched.get(key, (0, 0, 0)), sums, strict=True))
            self._watched[key] = a, b, c
        if self._bar is not None:
            self._bar.set_postfix_str(safe(self._intervals()).lstrip("; "), refresh=False)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._mode == "json":
            self._json("end")
        elif self._mode == "plain":
            note(f"{self._share()} done in {self._seconds():.1f} s ({self._rate() or 0:,.0f} schedules/s)")

    def _seconds(self) -> float:
        return time.monotonic() - self._start

    def _rate(self) -> float | None:
        return self._done / self._seconds() if self._done and self._seconds() > 0 else None

    def _left(self) -> float | None:
        rate = self._rate()
        return (self._total - self._done) / rate if rate else None

    def _share(self) -> str:
        return f"{self._done:,} of {self._total:,} schedules"

    def _means(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Mean and half-width by (scenario, policy)."""
        return {key: _interval(*sums) for key, sums in list(self._watched.items()) if sums[0] > 1}

    def _intervals(self) -> str:
        """In words, of the first scenario under way; all of them would not fit a line."""
        means = self._means()
        first = next((scenario for scenario, _ in means), None)
        told = [f"{p} {mean:.4g} ± {half:.1g}" for (s, p), (mean, half) in means.items() if s == first]
        return f"; {WATCHED}: {', '.join(told)}" if told else ""

    def _json(self, event: str, **more: str) -> None:
        metric: dict[str, dict[str, dict[str, float]]] = {}
        for (scenario, policy), (mean, half) in self._means().items():
            metric.setdefault(scenario, {})[policy] = {"mean": mean, "half_width": half}
        note_line(
            json.dumps(
                {
                    "event": event,
                    "done": self._done,
                    "total": self._total,
                    "seconds": round(self._seconds(), 3),
                }
                | {"rate": self._rate(), "left_s": self._left(), WATCHED: metric}
                | more
            )
        )


def _interval(n: int, total: int, squares: int) -> tuple[float, float]:
    """Mean and half-width; of nothing but zeros Wilson's upper end, for none seen isn't none."""
    if squares == 0:
        return 0.0, _Z * _Z / (n + _Z * _Z)
    variance = (n * squares - total * total) / (n * (n - 1))
    return total / n, _Z * math.sqrt(variance / n)


def _duration(seconds: float) -> str:
    minutes, hours = seconds / 60, seconds / 3600
    return f"{hours:.1f} h" if hours >= 2 else f"{minutes:.0f} min" if minutes >= 2 else f"{seconds:.0f} s"
