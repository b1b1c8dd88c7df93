"""Times fitted to what real machines logged: the numbers of the machine presets, and their pictures' data.

    python experiments/fit.py [--data ../shared/data] [--picture experiments/fit.svg]      (half a minute)

Two sources, read where they are: OOM reports whose stamps tell times (a median a log, so that one long cascade doesn't
speak for all), and the kernel lab's victims. A row shows the family with the smallest AICc, and beside it what presets
take: the lognormal, unless the values don't follow it (p < 0.05); then the best of those that have a mean, so not the
Pareto. p is the share of 999 samples of that law, each fitted anew, that are at least as far from their fit as the
values are from theirs.

A scenario's times are processor time, which contention stretches. So what the lab measured while others ran is divided
by how often as long as alone it took. A report isn't: who prints keeps the processor (preemption "none").
"""

import argparse
import statistics
import sys
import textwrap
from pathlib import Path

import pandas

from oommc.errors import InputError
from oommc.fitting import Fit, fit
from oommc.incident import read_file
from oommc.incident.reading.times import times
from oommc.show import canvas
from oommc.show.numbers import number

HERE = Path(__file__).parent
DOUBT = 0.05
SLOW_S = 0.05  # no log's median lies between 23 and 215 ms
WITH_A_MEAN = ("lognormal", "exponential", "gamma", "weibull")
ALL_WAIT = ("base", "hogs4", "slow", "shr", "frozen")  # for memory, whoever isn't idle
TWO_PROCESSORS = ("base", "hogs4", "slow", "shr", "oakt", "memcg", "frozen")


def samples(data: Path) -> dict[str, tuple[pandas.Series, str]]:
    """What is fitted → the values and their unit. Raises InputError where the data are not."""
    logs = sorted((data / "oom-reports").glob("*.log"))
    kills = data / "kernel-lab" / "kills.csv"
    if not logs or not kills.exists():
        raise InputError(f"{data}: holds no oom-reports/*.log, or no kernel-lab/kills.csv")
    told = {log.name: times(read_file(log)) for log in logs}
    reports = pandas.Series({name: statistics.median(of["report"]) for name, of in told.items() if of["report"]})
    lab = pandas.read_csv(kills)
    two = lab[lab.scenario.isin(TWO_PROCESSORS)]
    among = two[two.scenario.isin(ALL_WAIT)]
    stretch = stretches(among, pandas.read_csv(kills.with_name("runs.csv")))
    tail = (among.mark_to_wait_us - among.mark_to_exitmm_us - among.exitmm_us) / stretch
    paces = lab[lab.scenario == "hogs4"].sort_values("t_rel_us").groupby("seed").t_rel_us.diff()
    cascade = max(told.values(), key=lambda of: len(of["between"]))["between"]
    return {
        "report, quiet logs": (reports[reports < SLOW_S], "s"),
        "report, slow consoles": (reports[reports >= SLOW_S], "s"),
        "report, qemu-6.12": (two.dump_us, "us"),
        "wake, qemu-6.12": (among.mark_to_exitmm_us / stretch, "us"),
        "tail, qemu-6.12": (tail[tail > 0], "us"),
        "tearing down a MiB, qemu-6.12": (among.exitmm_us / stretch / among.rss_kb * 1024, "us"),
        "kill to reaper's line, 4.19 to 5.19": (pandas.Series([t for of in told.values() for t in of["reaper"]]), "s"),
        "mark to reaper's end, a frozen victim, qemu-6.12": (lab.reaper_done_us, "us"),
        "kill to next kill, 20 kills of 2.6.32": (pandas.Series(cascade), "s"),
        "kill to next kill, hogs4, qemu-6.12": (paces, "us"),
        "earlyoom's signal to exit": (pandas.Series([t for of in told.values() for t in of["exit"]]), "s"),
    }


def stretches(kills: pandas.DataFrame, runs: pandas.DataFrame) -> pandas.Series:
    """How often as long as alone each victim's end took: max(1, runnable threads / processors).

    Runnable are the hogs that are left, the victim too, and the daemons, which all wait for memory then. So it was
    where that was traced (`rivals` in experiments/kernel/results/kills.csv: 4.0 in `base-smp`, 6.7 to 3.5 in
    `hogs4-smp`).
    """
    of = kills.merge(runs[["scenario", "seed", "smp", "params"]], on=["scenario", "seed"], how="left")
    told = of.params.str.extract(r"daemons=(?P<daemons>\d+).*hogs=(?P<hogs>\d+)").astype(int)
    threads = of.params.str.extract(r"hthr=(\d+)")[0].fillna("1").astype(int)
    dead = kills.sort_values("t_rel_us").groupby(["scenario", "seed"]).cumcount().reindex(kills.index).to_numpy()
    runnable = (told.hogs - dead).clip(lower=1) * threads + told.daemons
    return pandas.Series((runnable / of.smp).clip(lower=1).to_numpy(), kills.index)


def row(what: str, values: pandas.Series, unit: str) -> tuple[str, Fit | None]:
    """A line of the table, and what a preset takes."""
    values = values.dropna()
    try:
        best, chosen = fit(values, unit, trials=1), fit(values, unit, candidates=["lognormal"])
        if chosen.goodness.p < DOUBT:
            chosen = fit(values, unit, candidates=WITH_A_MEAN)
    except InputError as error:
        return f"| {what} | {len(values)} | {str(error).removeprefix('fit: ').partition(':')[0]} | | |", None
    ends = ", ".join(f"{number(low)} to {number(high)}" for low, high in chosen.goodness.intervals.values())
    cells = (what, str(len(values)), best.to_toml(), f"{chosen.to_toml()} [{ends}; {unit}]", number(chosen.goodness.p))
    return f"| {' | '.join(cells)} |", chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "data")
    parser.add_argument("--picture", type=Path, default=HERE / "fit.svg")
    args = parser.parse_args()
    print("| time | values | smallest AICc | taken [95 %] | p |\n|---|---|---|---|---|")
    fits = {}
    try:
        found_in = samples(args.data)
    except InputError as error:
        sys.exit(f"fit.py: {error}")
    for what, (values, unit) in found_in.items():
        line, found = row(what, values, unit)
        print(line, flush=True)
        if found is not None:
            fits[what] = found
    args.picture.write_bytes(picture(fits))


def picture(fits: dict[str, Fit]) -> bytes:
    """Values against the taken law's quantiles, a panel each: SVG."""
    from oommc.fitting.picture import quantiles

    def draw(figure):
        columns = 4
        panels = figure.subplots(-(-len(fits) // columns), columns, squeeze=False).ravel()
        for axes in panels[len(fits) :]:
            axes.set_axis_off()
        for axes, (what, found) in zip(panels, fits.items(), strict=False):
            quantiles(found, axes)
            family = found.best.family
            named = what if family == "lognormal" else f"{what} ({family})"
            axes.set_title(textwrap.fill(named, 28), fontsize=10, loc="left")
            axes.tick_params(labelsize=9, which="both")
            axes.set(xlabel="", ylabel="")
        figure.supxlabel("quantiles of the fitted law, a lognormal where nothing else is said", fontsize=10)
        figure.supylabel("measured", fontsize=10)

    return canvas.drawn("fit", draw, 11.5, 8.5)


if __name__ == "__main__":
    main()
