"""The simulator's predictions beside what real kernels did: README's table and picture.

    python experiments/reality.py [--schedules 1000] [--replays 20]      (two minutes)

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
from oommc.errors import InputError
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
    "outage": "first call to last memory back, base = 1",
    "stall": "daemons' waits, base = 1",
}


@dataclass(frozen=True)
class Runs:
    """One entry's runs, of the kernel or of the simulator. Arrays: a value a run, the last three of the first runs only where the
    simulator has to tell them one by one; `orders`: the classes of the victims.
    """

    kills: np.ndarray
    collateral: np.ndarray
    stall_ns: np.ndarray
    in_flight: np.ndarray
    outage_ns: np.ndarray
    orders: list[tuple[str, ...]]


def table_of(path: Path) -> list[dict[str, str]]:
    """The rows of one of the lab's tables. Raises InputError."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from None


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
            column("daemon_stall_ns"),
            np.array([sum(kill["in_flight"] == "1" for kill in kills) for kills in shot], float),
            np.array([max(map(_back, kills)) for kills in shot]) - column("first_oom_ns"),
            [tuple(kill["comm"].rpartition("-")[0] for kill in kills) for kills in shot],
        )

    return {name: runs(name, of) for name, of in rows.items()}


def _back(kill: dict[str, str]) -> float:
    """When a victim's memory was back (ns), by its exit_mmap() or the reaper, else by its parent's wait."""
    return float(kill["killed_ns"]) + float(kill["mark_to_back_ns"] or kill["mark_to_gone_ns"])


@dataclass(frozen=True)
class Parameters:
    """A kernel's machine, as the calibration runs show it. Times in ns with a processor to itself; pages."""

    reserved: int  # never the kernel's to manage
    used: int  # its own, or out of the reach of a process
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
            reserved=round(middle(here, lambda row: int(row["reserved_pages"]))),
            used=round(middle(here, lambda row: _used(row, chosen[row["run"]].scenario))),
            touch_ns=middle(here, lambda row: int(row["quick_ns"]) / int(row["quick_pages"])),
            pass_ns=round(middle(here, lambda row: int(row["pass_work_ns"]))),
            report_ns=round(middle(here, lambda row: int(row["report_ns"]))),
            wake_ns=tuple(sorted(int(row["wake_work_ns"]) for row in dead)),
            tail_ns=round(middle(dead, lambda row: int(row["mark_to_gone_ns"]) - int(row["mark_to_back_ns"]))),
            teardown_rate=round(middle(dead, lambda row: int(row["pages"]) / int(row["exit_mmap_work_ns"]) * 1e9)),
        )
    return found


def _used(row: dict, scenario: oommc.Scenario) -> int:
    """Pages that processes can't have though the kernel manages them: its own, and those that were free, or on a processor's list,
    when the allocator gave up, above pages_min.
    """
    rss = sum(p.rss.median() * p.count for p in scenario.processes)
    left = int(row["free_pages"]) + int(row["pcp_pages"]) - int(row["min_pages"])
    return scenario.machine.nodes[0].memory - int(row["reserved_pages"]) - int(row["free_start_pages"]) - rss + left


def predicted_scenario(entry: plan.Entry, machine: Parameters) -> oommc.Scenario:
    """The lab's scenario with the machine's parameters in. What the kernel uses itself is a process that nobody may kill, for it
    counts in what oom_score_adj is a share of. Under icount all processors share one clock: together they do the work of one.
    """
    table = entry.scenario.to_dict() | {"name": entry.name}
    table["process"].append(
        {"name": "kernel", "role": "batch", "rss": machine.used, "oom_score_adj": -1000, "program": {"kind": "idle"}}
    )
    table["machine"]["cpus"] = 1
    table["machine"]["node"][0]["reserved"] = machine.reserved
    scenario = oommc.Scenario.from_dict(table, entry.name)
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
    stories = [oommc.replay(scenario, policy, schedule, seed) for schedule in range(replays)]
    return Runs(
        rows["kills"].to_numpy(float),
        rows["collateral"].to_numpy(float),
        rows["daemon_stall_ns"].to_numpy(float),
        np.array([sum(_in_flight(victim, story) for victim in story.victims) for story in stories], float),
        np.array([_outage(story) for story in stories], float),
        [tuple(_class_of(victim.name, scenario) for victim in story.victims) for story in stories],
    )


def _class_of(thread: str, scenario: oommc.Scenario) -> str:
    """The class of a thread that is called `hog`, `hog-1` or `hog-1.3`."""
    return max((p.name for p in scenario.processes if thread.startswith(p.name)), key=len)


def _in_flight(victim, story) -> bool:
    """Whether earlier victims still held pages when this one was shot."""
    before = [sample.owed for sample in story.samples if sample.t_ns < victim.killed_ns]
    return bool(before and before[-1])


def _outage(story) -> int:
    """From the first call of the killer until the victims hold nothing any more, in ns."""
    if not story.victims:
        return 0
    last = story.victims[-1].killed_ns
    over = (sample.t_ns for sample in story.samples if sample.t_ns > last and not sample.owed)
    return next(over, story.end_ns) - story.record["first_oom_ns"]


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


def variants(known: plan.Plan, machines: dict[str, Parameters]) -> dict[str, tuple[str, oommc.Scenario]]:
    """What a difference is laid to, tried out: words → the run, and its prediction with that one thing changed."""

    def of(name: str) -> oommc.Scenario:
        entry = known.entries[name]
        return predicted_scenario(entry, machines[entry.kernel])

    def hogs_think(name: str) -> oommc.Scenario:
        hogs = next(p for p in of(name).processes if p.name == "hog")
        return of(name).replace("process.hog.program.think", hogs.program.think.median() * hogs.count)

    apart = {"dist": "uniform", "low": "0 s", "high": "400 ms"}
    return {
        "hogs4-up, hogs take the processor from each other while they fault pages in": ("hogs4-up", hogs_think("hogs4-up")),
        "hogs8smp4, the hogs start within 400 ms instead of 10": (
            "hogs8smp4", of("hogs8smp4").replace("process.hog.program.start", apart)
        ),
        "memcg, a pass takes a tenth": ("memcg", of("memcg").replace("machine.latency.reclaim_pass", machines["6.12"].pass_ns // 10)),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=HERE / "kernel" / "results")
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--replays", type=int, default=20)
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
    for key in ("outage_ns", "stall_ns"):
        print(f"{BASE}, {key}: {getattr(model[BASE], key).mean():.3g} / {getattr(kernel[BASE], key).mean():.3g}")
    changed, seen = {BASE: model[BASE]}, {BASE: kernel[BASE]}
    for words, (name, scenario) in variants(known, machines).items():
        changed[words] = simulated(scenario, known.entries[name].policy, args.schedules, args.replays, args.seed)
        seen[words] = kernel[name]
    print("\n" + table(compared(seen, changed), seen, changed))
    args.picture.write_bytes(picture(cells))


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(f"reality.py: {error}", file=sys.stderr)
        sys.exit(2)
