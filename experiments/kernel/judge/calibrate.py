"""A kernel's machine, read off the plan's runs for calibration and off no others."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from lab import plan

import oommc

from .seen import table_of
from .zones import BLOCK, Early, zones


@dataclass(frozen=True)
class Parameters:
    """A kernel's machine under a clock, as the calibration runs show it. Times in ns, of a processor; pages."""

    cpus: int  # that work at once
    reserved: int  # never the kernel's to manage
    late: int  # the kernel's to manage only after it has set its watermarks
    used: int  # its own, or out of the reach of a process
    boosted: float  # how probable it is that a zone's watermarks are raised as memory runs out
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
        pass_ns = _middle(int(row["pass_ns"]) for row in here)
        late = _middle(_managed(row, chosen) - Early.of_min(_min(row)).pages for row in here)

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
            reserved=_middle(int(row["reserved_pages"]) for row in here),
            late=late,
            used=_middle(_used(row, chosen, first[row["run"], row["seed"]], late) for row in alone),
            boosted=fmean(int(row["boost_pages"]) / BLOCK / 2 for row in here),
            touch_ns=_middle(int(row["quick_ns"]) / int(row["quick_pages"]) for row in here),
            pass_ns=pass_ns,
            memcg_pass_ns=_middle(int(row["pass_ns"]) for row in within or here),
            report_ns=_middle(int(row["report_ns"]) for row in here),
            wake_ns=round(fmean(map(turn, dead))),
            tail_ns=_middle(int(row["mark_to_gone_ns"]) - int(row["mark_to_back_ns"]) for row in dead),
            lump=lump,
            unmap_rate=round(lump * 10**9 / usual(int(row["unmap_ns"]) for row in lumps)),
            free_rate=round(lump * 10**9 / usual(int(row["flush_ns"]) for row in lumps)),
            paces=tuple(sorted(pace for row in here for pace in _paces(row))),
        )
    return found


def _middle(values: Iterable[float]) -> int:
    return round(median(values))


def _paces(row: dict) -> list[float]:
    """Of hogs that aren't alone."""
    sizes = [int(size) for size in row["hog_pages"].split()]
    return [size * len(sizes) / sum(sizes) for size in sizes] if len(sizes) > 1 else []


def _min(row: dict) -> int:
    """All zones' watermark without their boost."""
    return int(row["min_pages"]) - int(row["boost_pages"])


def _managed(row: dict, entries: dict[str, plan.Entry]) -> int:
    """Pages that the kernel manages in the end."""
    return entries[row["run"]].scenario.machine.nodes[0].memory - int(row["reserved_pages"])


def _used(row: dict, entries: dict[str, plan.Entry], hog: int, late: int) -> int:
    """Pages that processes can't have though the kernel manages them and no zone is at its watermark: its own, and
    those on a processor's list when the allocator gives up. `hog`: what the only one had got by then.
    """
    scenario: oommc.Scenario = entries[row["run"]].scenario
    managed = _managed(row, entries)
    others = sum(p.rss.median() * p.count for p in scenario.processes if p.role != "hog")
    return managed - others - hog - sum(zone.reserved + zone.min for zone in zones(managed, late))
