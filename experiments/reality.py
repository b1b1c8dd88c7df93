"""The simulator's predictions beside what real kernels did: README's table and picture.

    python experiments/reality.py [--schedules 2000] [--replays 40]

The kernel's side is experiments/kernel/results, made by experiments/kernel/run.py. The simulator's machine parameters are read
off the plan's runs for calibration; the table has the others. An interval holds 95 % of what the simulator would show in as many
runs as the kernel had; `off` stands where the kernel's mean lies outside of it.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

import oommc
from oommc.report import canvas

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "kernel"))

from lab import plan  # noqa: E402

BASE = "base"
DRAWS = 4000
METRICS = {
    "kills": "kills",
    "collateral": "daemons killed",
    "in_flight": "kills while an earlier victim was dying",
    "outage": "outage, base = 1",
    "stall": "daemons' waits, base = 1",
}


@dataclass(frozen=True)
class Runs:
    """One entry's runs, of the kernel or of the simulator. Arrays: a value a run; `orders`: the classes of its victims."""

    kills: np.ndarray
    collateral: np.ndarray
    in_flight: np.ndarray  # of the first len(in_flight) runs
    outage_ns: np.ndarray
    stall_ns: np.ndarray
    orders: list[tuple[str, ...]]


def table_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kernel_runs(results: Path) -> dict[str, Runs]:
    """What the kernels did, by the plan's names."""
    rows, victims = defaultdict(list), defaultdict(list)
    for row in table_of(results / "records.csv"):
        rows[row["run"]].append(row)
    for kill in table_of(results / "kills.csv"):
        victims[kill["run"], kill["seed"]].append(kill)

    def runs(name: str, of: list[dict]) -> Runs:
        def column(key: str) -> np.ndarray:
            return np.array([float(row[key]) for row in of])

        shot = [victims[name, row["schedule"]] for row in of]
        return Runs(
            column("kills"),
            column("collateral"),
            np.array([sum(kill["in_flight"] == "1" for kill in kills) for kills in shot], float),
            column("outage_ns"),
            column("daemon_stall_ns"),
            [tuple(kill["comm"].rpartition("-")[0] for kill in kills) for kills in shot],
        )

    return {name: runs(name, of) for name, of in rows.items()}


@dataclass(frozen=True)
class Parameters:
    """A kernel's machine, as the calibration runs show it. Times in ns with a processor to itself; pages."""

    reserved: int
    touch_ns: float  # to fault a page in
    pass_ns: int
    report_ns: int
    wake_ns: tuple[int, ...]
    tail_ns: int
    teardown_rate: int  # pages/s


def calibrate(results: Path, known: plan.Plan) -> dict[str, Parameters]:
    """By kernel, from the runs for calibration alone."""
    chosen = {name: entry for name, entry in known.entries.items() if not entry.judged}
    machines = [row for row in table_of(results / "machine.csv") if row["run"] in chosen]
    kills = [row for row in table_of(results / "kills.csv") if row["run"] in chosen]
    found = {}
    for kernel in sorted({entry.kernel for entry in chosen.values()}):
        here = [row for row in machines if chosen[row["run"]].kernel == kernel]
        dead = [row for row in kills if chosen[row["run"]].kernel == kernel and row["exit_mmap_work_ns"]]

        def middle(rows: list[dict], value) -> float:
            return median(value(row) for row in rows)

        found[kernel] = Parameters(
            reserved=round(middle(here, lambda row: _reserved(row, chosen[row["run"]].scenario))),
            touch_ns=middle(here, lambda row: int(row["quick_ns"]) / int(row["quick_pages"])),
            pass_ns=round(middle(here, lambda row: int(row["pass_work_ns"]))),
            report_ns=round(middle(here, lambda row: int(row["report_ns"]))),
            wake_ns=tuple(sorted(int(row["wake_work_ns"]) for row in dead)),
            tail_ns=round(middle(dead, lambda row: int(row["mark_to_gone_ns"]) - int(row["mark_to_back_ns"]))),
            teardown_rate=round(middle(dead, lambda row: int(row["pages"]) / int(row["exit_mmap_work_ns"]) * 1e9)),
        )
    return found


def _reserved(row: dict, scenario: oommc.Scenario) -> int:
    """Pages that processes can't have: the kernel's own, and those that were free, or on a processor's list, when the allocator
    gave up, above pages_min.
    """
    rss = sum(p.rss.median() * p.count for p in scenario.processes)
    left = int(row["free_pages"]) + int(row["pcp_pages"]) - int(row["min_pages"])
    return scenario.machine.nodes[0].memory - int(row["free_start_pages"]) - rss + left


def predicted_scenario(entry: plan.Entry, machine: Parameters) -> oommc.Scenario:
    """The lab's scenario with the machine's parameters in."""
    scenario = entry.scenario.replace("name", entry.name).replace("machine.node.0.reserved", machine.reserved)
    for key, value in (
        ("machine.latency.reclaim_pass", machine.pass_ns),
        ("machine.latency.report", machine.report_ns),
        ("machine.teardown_rate", f"{machine.teardown_rate * 4} KiB/s"),
    ):
        scenario = scenario.replace(key, value)
    wake = {"dist": "discrete", "values": _distinct(machine.wake_ns), "weights": _weights(machine.wake_ns)}
    for p in scenario.processes:
        scenario = scenario.replace(f"process.{p.name}.exit.wake", wake)
        scenario = scenario.replace(f"process.{p.name}.exit.tail", machine.tail_ns)
        if p.program.kind == "grow":  # what the kernel takes to fault pages in is thinking to the simulator
            think = p.program.think.median() + round(machine.touch_ns * p.program.chunk.median())
            scenario = scenario.replace(f"process.{p.name}.program.think", think)
    return scenario


def _distinct(values: tuple[int, ...]) -> list[int]:
    return sorted(set(values))


def _weights(values: tuple[int, ...]) -> list[int]:
    return [count for _, count in sorted(Counter(values).items())]


def simulated(scenario: oommc.Scenario, policy: str, schedules: int, replays: int, seed: int) -> Runs:
    """What the simulator says; orders and kills in flight from the first `replays` schedules, told one by one."""
    rows = oommc.run(scenario, policy, schedules, seed).records()
    orders, in_flight = [], []
    for schedule in range(replays):
        victims = oommc.replay(scenario, policy, schedule, seed).victims
        orders.append(tuple(_class_of(victim.name, scenario) for victim in victims))
        in_flight.append(sum(_in_flight(victim, victims) for victim in victims))
    return Runs(
        rows["kills"].to_numpy(float),
        rows["collateral"].to_numpy(float),
        np.array(in_flight, float),
        rows["outage_ns"].to_numpy(float),
        rows["daemon_stall_ns"].to_numpy(float),
        orders,
    )


def _class_of(thread: str, scenario: oommc.Scenario) -> str:
    """The class of a thread that is called `hog`, `hog-1` or `hog-1.3`."""
    return max((p.name for p in scenario.processes if thread.startswith(p.name)), key=len)


def _in_flight(victim, victims) -> bool:
    return any(
        other.killed_ns < victim.killed_ns and (other.returned_ns is None or other.returned_ns > victim.killed_ns)
        for other in victims
    )


def samples(runs: Runs, base: Runs, metric: str, n: int, draws: int) -> np.ndarray:
    """`draws` values of a metric, each over n runs (of `base` too, for a ratio) taken at random; n = 0: over all, once."""
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
    raise ValueError(metric)


@dataclass(frozen=True)
class Cell:
    """One metric of one entry: the simulator's mean and interval, the kernel's mean and its runs'."""

    predicted: float
    low: float
    high: float
    seen: float
    n: int

    @property
    def off(self) -> bool:
        """Whether the kernel's mean lies outside of the interval."""
        return not self.low - 1e-9 <= self.seen <= self.high + 1e-9


def compared(kernel: dict[str, Runs], model: dict[str, Runs]) -> dict[str, dict[str, Cell]]:
    """entry → metric → Cell."""
    found: dict[str, dict[str, Cell]] = {}
    for name, runs in model.items():
        n = len(kernel[name].kills)
        found[name] = {}
        for metric in METRICS:
            spread = samples(runs, model[BASE], metric, n, DRAWS)
            found[name][metric] = Cell(
                float(samples(runs, model[BASE], metric, 0, 1)[0]),
                *map(float, np.quantile(spread, [0.025, 0.975])),
                float(samples(kernel[name], kernel[BASE], metric, 0, 1)[0]),
                n,
            )
    return found


def table(cells: dict[str, dict[str, Cell]], kernel: dict[str, Runs], model: dict[str, Runs]) -> str:
    """In Markdown: prediction [interval] / kernel."""
    lines = [f"| run | {' | '.join(METRICS.values())} | victims' order |", "|---" * (len(METRICS) + 2) + "|"]
    for name, of in cells.items():
        texts = [
            f"{cell.predicted:.2f} [{cell.low:.2f}, {cell.high:.2f}] / {cell.seen:.2f}{' **off**' if cell.off else ''}"
            for cell in of.values()
        ]
        lines.append(f"| {name} ({len(kernel[name].kills)}) | {' | '.join(texts)} | {order(kernel[name], model[name])} |")
    return "\n".join(lines)


def order(kernel: Runs, model: Runs) -> str:
    """In how many of the kernel's runs the victims came in an order that the simulator shows, too."""
    known = set(model.orders)
    return f"{sum(one in known for one in kernel.orders)} of {len(kernel.orders)}"


def picture(cells: dict[str, dict[str, Cell]]) -> bytes:
    """A panel a metric: the simulator's interval as a bar, the kernel's mean as a dot, red where they disagree. SVG."""

    def draw(figure):
        panels = figure.subplots(1, len(METRICS), sharey=True)
        for axes, (metric, title) in zip(panels, METRICS.items(), strict=True):
            for row, of in enumerate(cells.values()):
                cell = of[metric]
                axes.plot([cell.low, cell.high], [row, row], color=canvas.CALM, linewidth=7, solid_capstyle="butt")
                axes.plot(cell.predicted, row, "|", color=canvas.SOFT, markersize=9)
                axes.plot(cell.seen, row, "o", color=canvas.ALARM if cell.off else canvas.INK, markersize=4.5)
            axes.set_title(title, fontsize=8.5)
            axes.set_ylim(len(cells) - 0.4, -0.6)
            axes.set_xlim(left=0)
            axes.tick_params(labelsize=8)
        panels[0].set_yticks(range(len(cells)), list(cells), fontsize=8.5)

    return canvas.drawn("reality", draw, 12, 0.6 + 0.3 * len(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=HERE / "kernel" / "results")
    parser.add_argument("--schedules", type=int, default=2000)
    parser.add_argument("--replays", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".svg"))
    args = parser.parse_args()
    known = plan.load()
    machines = calibrate(args.results, known)
    kernel = kernel_runs(args.results)
    model = {
        name: simulated(
            predicted_scenario(entry, machines[entry.kernel]), entry.policy, args.schedules, args.replays, args.seed
        )
        for name, entry in known.entries.items()
        if entry.judged and name in kernel
    }
    cells = compared(kernel, model)
    for version, machine in machines.items():
        print(f"{version}: {machine}")
    print(table(cells, kernel, model))
    args.picture.write_bytes(picture(cells))


if __name__ == "__main__":
    main()
