"""Where the time of a run goes, predicted beside seen: which part of an outage is wrong, if one is.

    python experiments/parts.py [RUN…] [--replays 20]

From a victim's mark until it comes to exit_mmap(), exit_mmap() itself, and from there to the next kill; means in ms,
with the standard error of the kernel's. For runs in which victims die one at a time. Runs for calibration can be asked
for too: there the simulator has to be right.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean, stdev

import oommc
from oommc.errors import InputError
from oommc.policies import parse

HOME = Path(__file__).parent / "kernel"
sys.path.insert(0, str(HOME))

from judge.calibrate import calibrate  # noqa: E402 - beside this file
from judge.seen import table_of  # noqa: E402
from judge.translate import predicted_policy, predicted_scenario  # noqa: E402
from lab import plan  # noqa: E402

PARTS = ("mark to exit_mmap()", "exit_mmap()", "until the next kill")
RUNS = (
    "room",
    "room8",
    "base",
    "hogs4",
    "hogs8",
    "threads",
    "finite",
    "room-61",
    "base-61",
    "hogs4-61",
    "hogs8-61",
    "threads-61",
)
_MS = 1_000_000

Parts = tuple[float, float, float | None]  # of one kill, in ms; no next kill after the last


def seen(kills: list[dict[str, str]]) -> Iterator[Parts]:
    """Of the kernel's kills of one run (rows of kills.csv)."""
    for kill, after in pairwise([*kills, None]):
        back = int(kill["killed_ns"]) + int(kill["mark_to_back_ns"])
        rest = (int(after["killed_ns"]) - back) / _MS if after else None
        yield int(kill["mark_to_exit_ns"]) / _MS, int(kill["exit_mmap_ns"]) / _MS, rest


def told(events: list[dict]) -> Iterator[Parts]:
    """Of a replay's kills (`Story.events`)."""
    killed = exiting = back = None
    for event in events:
        at = event["t_ns"] / _MS
        if event["what"] == "kill":
            if back is not None:
                yield exiting - killed, back - exiting, at - back
            killed, back = at, None
        elif event["what"] == "exit_mmap":
            exiting = at
        elif event["what"] == "cleaned out" and killed is not None:
            back = at
    if back is not None:
        yield exiting - killed, back - exiting, None


def row(name: str, kernel: list[Parts], model: list[Parts]) -> str:
    """A line of the table: prediction / kernel ± standard error."""
    cells = []
    for part in range(len(PARTS)):
        left, right = ([one[part] for one in of if one[part] is not None] for of in (model, kernel))
        error = f" ± {stdev(right) / len(right) ** 0.5:.1f}" if len(right) > 1 else ""
        cells.append(f"{mean(left):.1f} / {mean(right):.1f}{error}" if left and right else "")
    return f"| {name} ({len(kernel)}) | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", nargs="*", default=RUNS)
    parser.add_argument("--results", type=Path, default=HOME / "results")
    parser.add_argument("--replays", type=int, default=20)
    args = parser.parse_args()
    known = plan.load()
    machines, kills = calibrate(args.results, known), table_of(args.results / "kills.csv")
    print(f"| run (kills) | {' | '.join(PARTS)} |\n{'|---' * (len(PARTS) + 1)}|")
    for name in args.run:
        entry = known.entry(name)
        scenario = predicted_scenario(entry, machines[entry.setting])
        [policy] = parse(predicted_policy(entry.policy))
        replays = (oommc.replay(scenario, policy, one, 1) for one in range(args.replays))
        runs = ([kill for kill in kills if (kill["run"], kill["seed"]) == (name, str(seed))] for seed in entry.seeds)
        print(
            row(
                name,
                [part for run in runs for part in seen(run)],
                [part for one in replays for part in told(one.events)],
            )
        )


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(f"parts.py: {error}", file=sys.stderr)
        sys.exit(2)
