"""The simulator's predictions beside what real kernels did: README's table and picture.

    python experiments/reality.py [--schedules 300] [--replays 20]      (four minutes)

The kernel's side is experiments/kernel/results, made by experiments/kernel/run.py. The simulator's machine parameters
are read off the plan's runs for calibration; the table has the others. An interval holds 95 % of what the simulator
would show in as many runs as the kernel had; `off` stands where the kernel's mean lies outside of it. Runs with the
host's clock aren't reproducible, so the kernel's mean has an interval too (bootstrap over its runs), and is off where
the two don't meet.
"""

import argparse
import csv
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median

import numpy as np

import oommc
from oommc.errors import InputError
from oommc.policies import parse
from oommc.show import canvas

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "kernel"))

from lab import plan  # noqa: E402 - beside this file

BASE = {"icount": "base", "host": "base-smp"}  # by clock: whose outage and waits are 1
DRAWS = 4000
METRICS = {
    "kills": "kills",
    "collateral": "daemons killed",
    "in_flight": "kills while an earlier victim was dying",
    "outage": "first call to last memory back, base = 1",
    "stall": "daemons' waits, base = 1",
}
SECONDS = {
    "outage_s": "first call to last memory back, s",
    "stall_s": "daemons' waits, s",
}  # means nothing on a host's clock


@dataclass(frozen=True)
class Runs:
    """One entry's runs, of the kernel or of the simulator. Arrays: a value a run, the last three (where daemons die,
    the waits too) of the first runs only where the simulator has to tell them one by one; `orders`: the classes of the
    victims.
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
    """A kernel's machine under a clock, as the calibration runs show it. Times in ns, of a processor; pages."""

    cpus: int  # that work at once
    reserved: int  # never the kernel's to manage
    used: int  # its own, or out of the reach of a process
    touch_ns: float  # to fault a page in
    pass_ns: int
    memcg_pass_ns: int  # within a memory cgroup
    report_ns: int
    wake_ns: int
    tail_ns: int
    lump: int  # what exit_mmap() unmaps before it frees any of it
    unmap_rate: int  # pages/s
    free_rate: int  # pages/s
    paces: tuple[float, ...]  # how fast hogs grow beside each other: their size at the first report, mean 1


def calibrate(results: Path, known: plan.Plan) -> dict[tuple[str, str], Parameters]:
    """By kernel and clock, from the runs for calibration alone."""
    chosen = {name: entry for name, entry in known.entries.items() if not entry.judged}
    machines = [row for row in table_of(results / "machine.csv") if row["run"] in chosen]
    kills = [row for row in table_of(results / "kills.csv") if row["run"] in chosen]

    def middle(values: Iterable[float]) -> int:
        return round(median(values))

    found = {}
    for setting in sorted({entry.setting for entry in chosen.values()}):
        of = [row for row in machines if chosen[row["run"]].setting == setting]
        within = [row for row in of if chosen[row["run"]].scenario.memcgs]
        here = [row for row in of if row not in within]
        dead = [row for row in kills if row["run"] in {row["run"] for row in here} and row["rivals"]]
        first = {(row["run"], row["seed"]): int(row["pages"]) for row in reversed(dead)}
        alone = [row for row in here if " " not in row["hog_pages"]]
        usual = min if setting[1] == "host" else median
        cpus = max(int(row["cpus"]) for row in here)
        pass_ns = middle(int(row["pass_ns"]) for row in here)

        def turn(kill: dict, cpus=cpus, pass_ns=pass_ns) -> float:
            """What a victim waits for its turn, by those who run besides,
            and without the rest of a pass that it is in.
            """
            waited = int(kill["mark_to_exit_ns"]) / max(1, (1 + float(kill["rivals"])) / cpus)
            return waited - (kill["by"] != kill["comm"]) * pass_ns / 2

        lumps = [row for row in here if row["lump_pages"]]  # of whose exit_mmap() the trace lost nothing
        lump = max(int(row["lump_pages"]) for row in lumps)
        found[setting] = Parameters(
            cpus=cpus,
            reserved=middle(int(row["reserved_pages"]) for row in here),
            used=middle(_used(row, chosen[row["run"]].scenario, first[row["run"], row["seed"]]) for row in alone),
            touch_ns=middle(int(row["quick_ns"]) / int(row["quick_pages"]) for row in here),
            pass_ns=pass_ns,
            memcg_pass_ns=middle(int(row["pass_ns"]) for row in within or here),
            report_ns=middle(int(row["report_ns"]) for row in here),
            wake_ns=round(fmean(map(turn, dead))),
            tail_ns=middle(int(row["mark_to_gone_ns"]) - int(row["mark_to_back_ns"]) for row in dead),
            lump=lump,
            unmap_rate=round(lump * 10**9 / usual(int(row["unmap_ns"]) for row in lumps)),
            free_rate=round(lump * 10**9 / usual(int(row["flush_ns"]) for row in lumps)),
            paces=tuple(sorted(pace for row in here for pace in _paces(row))),
        )
    return found


def _paces(row: dict) -> list[float]:
    """Of hogs that aren't alone."""
    sizes = [int(size) for size in row["hog_pages"].split()]
    return [size * len(sizes) / sum(sizes) for size in sizes] if len(sizes) > 1 else []


def _used(row: dict, scenario: oommc.Scenario, hog: int) -> int:
    """Pages that processes can't have though the kernel manages them and pages_min without its boost isn't reached: its
    own, and those that are free, or on a processor's list, when the allocator gives up. `hog`: what the only one had
    got by then.
    """
    others = sum(p.rss.median() * p.count for p in scenario.processes if p.role != "hog")
    managed = scenario.machine.nodes[0].memory - int(row["reserved_pages"])
    return managed - others - hog - (int(row["min_pages"]) - int(row["boost_pages"]))


def predicted_scenario(entry: plan.Entry, machine: Parameters) -> oommc.Scenario:
    """The lab's scenario with the machine's parameters in. What the kernel uses itself is a process that nobody may
    kill, for it counts in what oom_score_adj is a share of.
    """
    table = entry.scenario.to_dict() | {"name": entry.name}
    table["process"].append(
        {"name": "kernel", "role": "batch", "rss": machine.used, "oom_score_adj": -1000, "program": {"kind": "idle"}}
    )
    table["machine"]["cpus"] = min(entry.scenario.machine.cpus, machine.cpus)
    node = table["machine"]["node"][0]
    node["memory"] = entry.scenario.machine.nodes[0].memory - machine.reserved  # what the kernel manages
    table["machine"]["gather"] = {"size": machine.lump, "rate": f"{machine.unmap_rate} pages/s"}
    table["machine"]["teardown_rate"] = f"{machine.free_rate} pages/s"
    scenario = oommc.Scenario.from_dict(table, entry.name)
    scenario = scenario.replace("machine.latency.reclaim_pass", machine.pass_ns)
    scenario = scenario.replace("machine.latency.memcg_pass", machine.memcg_pass_ns)
    # Nothing interrupts printk(); the simulator stretches a report by all who run, and at an OOM all but the idle do.
    waiting = sum(p.count * p.threads for p in scenario.processes if p.program.kind != "idle")
    alone = min(machine.report_ns, machine.report_ns * scenario.machine.cpus // waiting)
    scenario = scenario.replace("machine.latency.report", alone)
    for p in scenario.processes:
        scenario = scenario.replace(f"process.{p.name}.exit.wake", machine.wake_ns)
        scenario = scenario.replace(f"process.{p.name}.exit.tail", machine.tail_ns)
        if p.program.kind == "grow":
            scenario = _growing(scenario, p, machine)
    return scenario


def _growing(scenario: oommc.Scenario, p, machine: Parameters) -> oommc.Scenario:
    """What the kernel takes to fault pages in is thinking to the simulator,
    and takes a processor where nobody sleeps besides.
    """
    program = f"process.{p.name}.program"
    think, touch = p.program.think.median(), machine.touch_ns * p.program.chunk.median()
    if think:
        return scenario.replace(f"{program}.think", think + touch)
    scenario = scenario.replace(f"{program}.busy", True)
    if p.count * p.threads == 1:
        return scenario.replace(f"{program}.think", touch)
    paced = one_of([round(touch / pace) for pace in machine.paces])
    return scenario.replace(f"{program}.steady", True).replace(f"{program}.think", paced)


def one_of(values: Sequence[int]) -> dict:
    """One of these numbers."""
    counts = sorted(Counter(values).items())
    return {"dist": "discrete", "values": [value for value, _ in counts], "weights": [count for _, count in counts]}


def simulated(scenario: oommc.Scenario, name: str, schedules: int, replays: int, seed: int) -> Runs:
    """What the simulator says; orders and kills in flight from the first `replays` schedules, told one by one.

    A daemon of the lab tells of a wait when it is over, which who is killed in it never does; records have such waits.
    """
    [policy] = parse(name)
    rows = oommc.run(scenario, policy, schedules, seed).records()
    stories = [oommc.replay(scenario, policy, schedule, seed) for schedule in range(replays)]
    waits = rows["daemon_stall_ns"].to_numpy(float)
    if rows["collateral"].any():
        daemons = {p.name for p in scenario.processes if p.role == "daemon"}
        waits = np.array([_waits(story, lambda who: _class_of(who, scenario) in daemons) for story in stories], float)
    return Runs(
        rows["kills"].to_numpy(float),
        rows["collateral"].to_numpy(float),
        waits,
        np.array([sum(_in_flight(victim, story) for victim in story.victims) for story in stories], float),
        np.array([_outage(story) for story in stories], float),
        [tuple(_class_of(victim.name, scenario) for victim in story.victims) for story in stories],
    )


def _class_of(thread: str, scenario: oommc.Scenario) -> str:
    """The class of a thread that is called `hog`, `hog-1` or `hog-1.3`."""
    return max((p.name for p in scenario.processes if thread.startswith(p.name)), key=len)


def _waits(story, daemon: Callable[[str], bool]) -> int:
    """What daemons waited for pages that they could use, in ns: a victim's last page only lets it go."""
    killed = {victim.name: victim.killed_ns for victim in story.victims}
    granted = (event for event in story.events if event["what"] == "granted" and daemon(event["who"]))
    return sum(event["waited"] for event in granted if event["t_ns"] < killed.get(event["who"], story.end_ns + 1))


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
    return next(over, story.end_ns) - next(event["t_ns"] for event in story.events if event["what"] == "oom")


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


@dataclass(frozen=True)
class Cell:
    """One metric of one entry: the simulator's mean and interval, the kernel's mean,
    and its interval where no two runs are alike (else twice the mean).
    """

    predicted: float
    low: float
    high: float
    seen: float
    seen_low: float
    seen_high: float

    @property
    def off(self) -> bool:
        """Whether the kernel's mean, or its interval, lies outside of the simulator's."""
        return not (self.low - 1e-9 <= self.seen_high and self.seen_low <= self.high + 1e-9)

    def __str__(self) -> str:
        seen = f"{self.seen:.2f}"
        if self.seen_low < self.seen_high:
            seen += f" [{self.seen_low:.2f}, {self.seen_high:.2f}]"
        return f"{self.predicted:.2f} [{self.low:.2f}, {self.high:.2f}] / {seen}{' **off**' if self.off else ''}"


def compared(kernel: dict[str, Runs], model: dict[str, Runs], clocks: dict[str, str]) -> dict[str, dict[str, Cell]]:
    """entry → metric → Cell. `clocks`: each entry's."""
    found: dict[str, dict[str, Cell]] = {}
    for name, runs in model.items():
        base, n = BASE[clocks[name]], len(kernel[name].kills)
        found[name] = {}
        for metric in METRICS | SECONDS:
            spread = samples(runs, model[base], metric, n, DRAWS)
            seen = float(samples(kernel[name], kernel[base], metric, 0, 1)[0])
            between = seen, seen
            if clocks[name] == "host":
                between = np.quantile(samples(kernel[name], kernel[base], metric, n, DRAWS), [0.025, 0.975])
            found[name][metric] = Cell(
                float(samples(runs, model[base], metric, 0, 1)[0]),
                *map(float, np.quantile(spread, [0.025, 0.975])),
                seen,
                *map(float, between),
            )
    return found


def table(
    cells: dict[str, dict[str, Cell]], kernel: dict[str, Runs], model: dict[str, Runs], metrics: dict[str, str]
) -> str:
    """In Markdown: prediction [interval] / kernel."""
    lines = [f"| run | {' | '.join(metrics.values())} | victims' order |", "|---" * (len(metrics) + 2) + "|"]
    for name, of in cells.items():
        texts = " | ".join(str(of[metric]) for metric in metrics)
        lines.append(f"| {name} ({len(kernel[name].kills)}) | {texts} | {order(kernel[name], model[name])} |")
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
                axes.plot([cell.seen_low, cell.seen_high], [row, row], color=canvas.INK, linewidth=1)
                axes.plot(cell.seen, row, "o", color=canvas.ALARM if cell.off else canvas.INK, markersize=4.5)
            axes.set_title(textwrap.fill(title.replace("base = 1", "base\u00a0=\u00a01"), 22), fontsize=8.5)
            axes.set_ylim(len(cells) - 0.4, -0.6)
            axes.set_xlim(left=-0.03 * axes.get_xlim()[1])  # a dot at 0 is whole
            axes.tick_params(labelsize=8)
        panels[0].set_yticks(range(len(cells)), list(cells), fontsize=8.5)

    return canvas.drawn("reality", draw, 12, 0.6 + 0.3 * len(cells))


def variants(
    known: plan.Plan, machines: dict[tuple[str, str], Parameters]
) -> dict[str, tuple[str, oommc.Scenario, str]]:
    """What each mechanism does, and what a difference is laid to, tried out: words → the run, and with that one thing
    changed what is predicted and under which policy.
    """

    def of(name: str, **changes) -> oommc.Scenario:
        entry = known.entries[name]
        return predicted_scenario(entry, replace(machines[entry.setting], **changes))

    pass_ns = machines["6.12", "icount"].pass_ns
    alone = of(
        "allocating", report_ns=0
    )  # on one processor nobody else runs while a report is printed, so nobody can be refused
    changed = {
        "base, without lumps": ("base", of("base").replace("machine.gather.size", 0)),
        "hogs4, page faults take no CPU": ("hogs4", of("hogs4").replace("process.hog.program.busy", False)),
        "hogs8, hogs grow alike": ("hogs8", of("hogs8", paces=(1.0,))),
        "memcg, a pass takes as long as one of the node": ("memcg", of("memcg", memcg_pass_ns=pass_ns)),
        "allocating, reports take no time": ("allocating", alone),
        "sharers, reports take no time": ("sharers", of("sharers", report_ns=0)),
    }
    cut_off = {
        "allocating, and the reserves have nothing": ("allocating", alone, "oom_kill_allocating_task(reserves=none)")
    }
    return {
        words: (name, scenario, known.entries[name].policy) for words, (name, scenario) in changed.items()
    } | cut_off


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=HERE / "kernel" / "results")
    parser.add_argument("--schedules", type=int, default=300)
    parser.add_argument("--replays", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".svg"))
    args = parser.parse_args()
    known = plan.load()
    machines = calibrate(args.results, known)
    kernel = kernel_runs(args.results)

    def predicted(scenario: oommc.Scenario, policy: str) -> Runs:
        return simulated(scenario, policy, args.schedules, args.replays, args.seed)

    judged = {name: entry for name, entry in known.entries.items() if entry.judged and name in kernel}
    clocks = {name: entry.clock for name, entry in judged.items()}
    model = {
        name: predicted(predicted_scenario(entry, machines[entry.setting]), entry.policy)
        for name, entry in judged.items()
    }
    cells = compared(kernel, model, clocks)
    for setting, machine in machines.items():
        print(f"{', '.join(setting)}: {machine}")
    print(table(cells, kernel, model, METRICS))
    print("\n" + table({name: of for name, of in cells.items() if clocks[name] == "icount"}, kernel, model, SECONDS))
    for words, (name, scenario, policy) in variants(known, machines).items():
        kernel[words], model[words], clocks[words] = kernel[name], predicted(scenario, policy), clocks[name]
    changed = compared(kernel, model, clocks)
    print(
        "\n"
        + table({words: changed[words] for words in model if words not in judged}, kernel, model, METRICS | SECONDS)
    )
    args.picture.write_bytes(picture(cells))


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(f"reality.py: {error}", file=sys.stderr)
        sys.exit(2)
