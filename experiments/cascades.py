"""Reports with several kills in a row: the policy's doing or the demand's, and who would have stopped after one?

    python experiments/cascades.py [--data ../shared/data] [--schedules 10] [--picture experiments/cascades.svg]

It takes two minutes. Each log of several decisions to kill whose first one tells enough becomes two scenarios of the
length that was recorded (ten seconds at least). In the one a single process grows, which is what `oommc incident`
assumes. In the other every process of the victims' names does, together as fast as the log says that memory was filled
again: what the victims had, by the time between the kills. So its pace is the log's and can't confirm itself; whether
one kill is enough in the first and none in the second is what can be learned. Logs are read where they are.
"""

import argparse
import copy
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import oommc
from oommc.errors import InputError
from oommc.incident import Report, read_file, to_scenario
from oommc.incident.score import policy
from oommc.report.figures.rows import name_rows, tell
from oommc.scenario import Scenario
from oommc.show import canvas
from oommc.show.numbers import number
from oommc.units import format_duration

HERE = Path(__file__).parent
POLICIES = ("baseline", "patched", "mainline-6", "mainline-6(selector=allocating_task)", "earlyoom")
CHUNK = 32  # pages
SECOND = 1_000_000_000
LEAST = 10 * SECOND


@dataclass(frozen=True)
class Cascade:
    """One log: its decisions with a kill, the first one's report, and the seconds from the first kill to the last."""

    name: str
    report: Report
    kills: int
    seconds: float
    refilled: float
    """Pages a second."""
    names: frozenset[str]


def when(report: Report) -> float | None:
    """Seconds: printk's, else the logger's."""
    times = [victim.t_s for victim in report.victims if victim.t_s is not None]
    if times:
        return times[0]
    try:
        return datetime.strptime(f"2000 {report.stamp}", "%Y %b %d %H:%M:%S").timestamp()
    except ValueError:
        return None


def cascade(log: Path) -> Cascade | None:
    """None if the log has a single decision, or its first one tells too little for a scenario."""
    reports = [r for r in read_file(log) if r.source == "kernel" and r.victims and when(r) is not None]
    if len(reports) < 2 or (seconds := when(reports[-1]) - when(reports[0])) <= 0:
        return None
    first = reports[0]
    freed = [task.rss for r in reports[:-1] for task in r.tasks if r.victim(task.pid)]
    try:
        to_scenario(first)
    except InputError:
        return None
    names = frozenset(victim.comm for r in reports for victim in r.victims)
    return Cascade(log.stem, first, len(reports), seconds, sum(freed) * first.page_kb / 4 / seconds, names)


def scenarios(of: Cascade) -> dict[str, Scenario]:
    """`one` grows, or `all` of the victims' names."""
    table = to_scenario(of.report, "one") | {"horizon": format_duration(max(LEAST, round(of.seconds * SECOND)))}
    every = copy.deepcopy(table) | {"name": "all"}
    growing = [p for p in every["process"] if p["name"].rstrip("-0123456789") in of.names or p["role"] == "hog"]
    each = max(1.0, of.refilled / sum(p["count"] for p in growing))
    grows = next(p["program"] for p in table["process"] if p["role"] == "hog")
    for process in growing:
        process["role"] = "hog"
        process["program"] = grows | {
            "chunk": f"{CHUNK} pages",
            "think": {"dist": "exponential", "mean": format_duration(max(1, round(CHUNK / each * SECOND)))},
        }
    return {name: Scenario.from_dict(made) for name, made in (("one", table), ("all", every))}


def simulated(of: Cascade, schedules: int) -> dict[str, dict[str, dict]]:
    """scenario → policy → `kills` (mean), `first` (share of schedules with no second kill)."""
    own = ran.name if (ran := policy(of.report)) else "mainline-6"
    policies = [own, *(name for name in POLICIES if name != own)]
    found = {}
    for name, scenario in scenarios(of).items():
        records = oommc.run(scenario, ",".join(policies), schedules, 1).records(columns=["policy", "kills"])
        found[name] = {
            policy: {"kills": float(kills.mean()), "first": float((kills <= 1).mean())}
            for policy, kills in records.groupby("policy", observed=True, sort=False).kills
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "data")
    parser.add_argument("--schedules", type=int, default=10)
    parser.add_argument("--picture", type=Path, default=HERE / "cascades.svg")
    args = parser.parse_args()
    found = [
        (of, simulated(of, args.schedules))
        for log in sorted((args.data / "oom-reports").glob("*.log"))
        if (of := cascade(log))
    ]
    if not found:
        sys.exit(f"cascades.py: {args.data}: holds no oom-reports/*.log with several kills")
    print(table(found))
    args.picture.write_bytes(picture(found))


def table(found: list[tuple[Cascade, dict]]) -> str:
    """In Markdown, a row a log and policy; the log's own kernel's first."""
    lines = [
        "| log | recorded | policy | kills if one grows | no second | kills if all of the name grow | no second |",
        "|---" * 7 + "|",
    ]
    for of, by in found:
        for at, chosen in enumerate(by["one"]):
            log = f"{of.name.split('-')[0]} | {of.kills} kills in {number(of.seconds)} s" if at == 0 else " | "
            cells = [
                f"{number(by[name][chosen]['kills'])} | {by[name][chosen]['first']:.0%}" for name in ("one", "all")
            ]
            lines.append(f"| {log} | {chosen}{' (its own)' if at == 0 else ''} | {' | '.join(cells)} |")
    return "\n".join(lines)


def picture(found: list[tuple[Cascade, dict]]) -> bytes:
    """Kills for each that was recorded, by policy, a panel a log: SVG."""

    def draw(figure):
        panels = figure.subplots(1, len(found), squeeze=False, sharex=True, sharey=True)[0]
        most = max(kills / of.kills for of, by in found for at in by.values() for kills in _kills(at))
        for axes, (of, by) in zip(panels, found, strict=True):
            own = next(iter(by["one"]))
            for shift, (name, color, label) in enumerate(
                (("one", canvas.INK, "one process grows"), ("all", canvas.ALARM, "all of the victims' name grow"))
            ):
                for row, kills in enumerate(_kills(by[name])):
                    place = row + 0.34 * shift - 0.17
                    axes.barh([place], [kills / of.kills], height=0.3, color=color, label=None if row else label)
                    tell(axes, place, kills / of.kills, f"{kills:.3g}")
            axes.axvline(1, color=canvas.SOFT, linewidth=1, label="as many as recorded")
            axes.set_title(f"log {of.name.split('-')[0]} ({own}):\n{of.kills} kills in {number(of.seconds)} s")
            axes.set_xlim(0, 1.25 * most)
            name_rows(axes, ["its own kernel", *(short(policy) for policy in list(by["one"])[1:])])
        figure.supxlabel("kills per schedule, as a multiple of those recorded; the number is kills", fontsize=10)
        figure.legend(
            *panels[0].get_legend_handles_labels(), frameon=False, fontsize=10, loc="outside upper left", ncols=3
        )

    return canvas.drawn("cascades", draw, 2.6 * len(found) + 1.2, 4.6)


def short(policy: str) -> str:
    """`mainline-6(selector=allocating_task)` by the sysctl that makes it."""
    return policy.replace("mainline-6(selector=allocating_task)", "oom_kill_allocating_task")


def _kills(by: dict[str, dict]) -> list[float]:
    return [of["kills"] for of in by.values()]


if __name__ == "__main__":
    main()
