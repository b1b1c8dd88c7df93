"""Prediction and kernel side by side: which of the kernel's means lie outside of the simulator's interval."""

from collections.abc import Iterable
from dataclasses import dataclass

from .predictions import BASE, METRICS, Interval, Prediction, interval, samples
from .seen import Runs

TOLERANCES = {"outage_s": 0.12, "stall_s": 0.15}
"""By how much of the kernel's mean a time may be off."""


@dataclass(frozen=True)
class Cell:
    """One metric of one entry: what was predicted, and the kernel's mean, with an interval where no two runs are alike
    (else both ends are the mean).
    """

    predicted: Interval
    seen: Interval

    @property
    def off(self) -> bool:
        """Whether the kernel's mean, or its interval, lies outside of the simulator's."""
        return not (self.predicted.low - 1e-9 <= self.seen.high and self.seen.low <= self.predicted.high + 1e-9)

    def within(self, share: float) -> bool:
        """Whether the prediction is off by no more than that share of the kernel's mean."""
        return abs(self.predicted.mean - self.seen.mean) <= share * self.seen.mean

    def __str__(self) -> str:
        seen = f"{self.seen.mean:.2f}"
        if self.seen.low < self.seen.high:
            seen += f" [{self.seen.low:.2f}, {self.seen.high:.2f}]"
        told = f"{self.predicted.mean:.2f} [{self.predicted.low:.2f}, {self.predicted.high:.2f}]"
        return f"{told} / {seen}{' **off**' if self.off else ''}"


def compared(
    kernel: dict[str, Runs], predictions: dict[str, Prediction], clocks: dict[str, str]
) -> dict[str, dict[str, Cell]]:
    """entry → metric → Cell. `clocks`: each entry's."""

    def cell(name: str, metric: str) -> Cell:
        runs, base = kernel[name], kernel[BASE[clocks[name]]]
        if clocks[name] == "host":
            seen = interval(runs, base, metric, len(runs.kills))
        else:
            mean = float(samples(runs, base, metric, 0, 1)[0])
            seen = Interval(mean, mean, mean)
        return Cell(predictions[name].metrics[metric], seen)

    return {name: {metric: cell(name, metric) for metric in METRICS} for name in predictions}


def table(
    cells: dict[str, dict[str, Cell]],
    kernel: dict[str, Runs],
    predictions: dict[str, Prediction],
    metrics: dict[str, str],
) -> str:
    """In Markdown: prediction [interval] / kernel."""
    lines = [f"| run | {' | '.join(metrics.values())} | victims' order |", "|---" * (len(metrics) + 2) + "|"]
    for name, of in cells.items():
        texts = " | ".join(str(of[metric]) for metric in metrics)
        orders = order(kernel[name].orders, predictions[name].orders)
        lines.append(f"| {name} ({len(kernel[name].kills)}) | {texts} | {orders} |")
    return "\n".join(lines)


def order(seen: Iterable[tuple[str, ...]], predicted: Iterable[tuple[str, ...]]) -> str:
    """In how many of the kernel's runs the victims came in an order that the simulator shows, too."""
    came, known = list(seen), set(predicted)
    return f"{sum(one in known for one in came)} of {len(came)}"


def verdict(cells: dict[str, dict[str, Cell]], icount: Iterable[str]) -> str:
    """How many runs agree, in sentences; times are judged in seconds, where the clock isn't the host's."""

    def agree(names: Iterable[str], right, what: str) -> str:
        names = list(names)
        wrong = [name for name in names if not right(cells[name])]
        told = f" Not: {', '.join(wrong)}." if wrong else ""
        return f"{what}: {len(names) - len(wrong)} of {len(names)}.{told}"

    def counts(metric: str):
        return lambda of: not of[metric].off

    def times(metric: str):
        return lambda of: of[metric].within(TOLERANCES[metric])

    exact = list(icount)
    return "\n".join(
        [agree(cells, counts(metric), METRICS[metric]) for metric in ("kills", "collateral", "in_flight")]
        + [
            agree(exact, times("outage_s"), "outage within 12 %"),
            agree(exact, times("stall_s"), "daemons' waits within 15 %"),
        ]
    )
