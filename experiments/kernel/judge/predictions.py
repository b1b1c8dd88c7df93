"""Predictions: intervals that hold 95 % of what the simulator shows in as many runs as the kernel has.

They are written down before the runs that judge them (predictions.json), so that neither the model nor the translation
can be fitted to these.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from oommc.errors import InputError

from .seen import Runs

BASE = {"icount": "base", "host": "base-smp"}  # by clock: whose outage and waits are 1
COUNTS = {
    "kills": "kills",
    "collateral": "daemons killed",
    "in_flight": "kills while an earlier victim was dying",
}
RATIOS = {
    "outage": "first call to last memory back, base = 1",
    "stall": "daemons' waits, base = 1",
}
SECONDS = {
    "outage_s": "first call to last memory back, s",
    "stall_s": "daemons' waits, s",
}  # means nothing on a host's clock
METRICS = COUNTS | RATIOS | SECONDS
DRAWS = 4000


@dataclass(frozen=True)
class Interval:
    """A mean, and where 95 % of such means lie."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Prediction:
    """Of one entry of the plan. `orders`: the classes of the victims as they died, of some schedules."""

    metrics: dict[str, Interval]
    orders: list[tuple[str, ...]]


def predict(runs: Runs, base: Runs, n: int) -> Prediction:
    """What n runs will show; `base`: the same clock's."""
    return Prediction({metric: interval(runs, base, metric, n) for metric in METRICS}, sorted(set(runs.orders)))


def interval(runs: Runs, base: Runs, metric: str, n: int) -> Interval:
    """Of a metric over n runs like these."""
    return Interval(
        float(samples(runs, base, metric, 0, 1)[0]),
        *map(float, np.quantile(samples(runs, base, metric, n, DRAWS), [0.025, 0.975])),
    )


def samples(runs: Runs, base: Runs, metric: str, n: int, draws: int) -> np.ndarray:
    """`draws` values of a metric, each over n runs (of `base` too, for a ratio) taken at random;
    n = 0: over all, once.
    """
    rng = np.random.default_rng(1)

    def means(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        pick = rng.integers(len(values), size=(draws, n)) if n else np.arange(len(values))[None]
        top = values[pick].sum(axis=1)
        under = weights[pick].sum(axis=1) if weights is not None else pick.shape[1]
        return np.divide(top, under, out=np.zeros_like(top), where=np.asarray(under) > 0)

    match metric:
        case "kills" | "collateral":
            return means(getattr(runs, metric))
        case "in_flight":
            return means(runs.in_flight, runs.kills[: len(runs.in_flight)])
        case "outage" | "stall":
            key = f"{metric}_ns"
            return means(getattr(runs, key)) / means(getattr(base, key))
        case "outage_s" | "stall_s":
            return means(getattr(runs, f"{metric.removesuffix('_s')}_ns")) / 1e9
    raise ValueError(metric)


def write(predictions: dict[str, Prediction], path: Path) -> None:
    """As JSON, a line a metric."""
    text = json.dumps({name: asdict(one) for name, one in predictions.items()}, indent=1, default=list)
    path.write_text(text + "\n", "utf-8")


def read(path: Path) -> dict[str, Prediction]:
    """What `write` wrote. Raises InputError."""
    try:
        return dict(_entries(json.loads(path.read_text("utf-8"))))
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from None


def _entries(table: dict) -> Iterator[tuple[str, Prediction]]:
    for name, one in table.items():
        metrics = {metric: Interval(**values) for metric, values in one["metrics"].items()}
        yield name, Prediction(metrics, [tuple(order) for order in one["orders"]])
