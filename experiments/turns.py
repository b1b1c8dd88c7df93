"""The lab's runs on 6.1 once more, with processors in turns (`scheduler = "slices"`, CFS's rule).

    python experiments/turns.py              # what was predicted, beside runs seen before, and beside fresh ones
    python experiments/turns.py --predict    # write it down anew (ten minutes)

experiments/kernel/turns.toml names the runs and their fresh seeds. The runs in experiments/kernel/results (seeds 13 to
16) were seen before anybody thought of turns: beside them a prediction is an explanation, not a judgement. Fresh runs
are judged, if experiments/kernel/results/turns has them.
"""

import argparse
import sys
from pathlib import Path

from oommc import Scenario
from oommc.errors import InputError

HOME = Path(__file__).parent / "kernel"
FRESH = HOME / "results" / "turns"
WRITTEN = HOME / "predictions-turns.json"
SLICE = "750 us"
"""sysctl_sched_min_granularity of one processor (kernel/sched/fair.c, 6.1); with 250 ticks a second turns are 4 ms."""
sys.path.insert(0, str(HOME))

from judge import compare, predictions  # noqa: E402 - beside this file
from judge.calibrate import calibrate  # noqa: E402
from judge.compare import TOLERANCES, Cell  # noqa: E402
from judge.predictions import COUNTS, SECONDS, Interval, Prediction, interval, samples  # noqa: E402
from judge.seen import Runs, kernel_runs  # noqa: E402
from judge.simulate import simulated  # noqa: E402
from judge.translate import predicted_policy, predicted_scenario  # noqa: E402
from lab import plan  # noqa: E402

METRICS = COUNTS | SECONDS


def in_turns(scenario: Scenario) -> Scenario:
    return scenario.replace_all({"machine.scheduler": "slices", "machine.slice": SLICE})


def predict(schedules: int, replays: int, seed: int) -> dict[str, Prediction]:
    """What as many runs as the plan has seeds will show."""
    machines = calibrate(HOME / "results", plan.load())
    written = {}
    for name, entry in plan.load(HOME / "turns.toml").entries.items():
        scenario = in_turns(predicted_scenario(entry, machines[entry.setting]))
        runs = simulated(scenario, predicted_policy(entry.policy), schedules, replays, seed)
        told = {metric: interval(runs, runs, metric, len(entry.seeds)) for metric in METRICS}
        written[name] = Prediction(told, sorted(set(runs.orders)))
    return written


def cells(kernel: dict[str, Runs], written: dict[str, Prediction]) -> dict[str, dict[str, Cell]]:
    """Run → metric → Cell."""

    def seen(runs: Runs, metric: str) -> Interval:
        mean = float(samples(runs, runs, metric, 0, 1)[0])
        return Interval(mean, mean, mean)

    return {
        name: {metric: Cell(one.metrics[metric], seen(kernel[name], metric)) for metric in METRICS}
        for name, one in written.items()
    }


def verdict(of: dict[str, dict[str, Cell]]) -> str:
    """How many times are within their tolerance."""
    right = {m: sum(cell[m].within(share) for cell in of.values()) for m, share in TOLERANCES.items()}
    return f"Outage within 12 %: {right['outage_s']} of {len(of)}. Waits within 15 %: {right['stall_s']} of {len(of)}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--predict", action="store_true", help="simulate and write the predictions down first")
    parser.add_argument("--schedules", type=int, default=60)
    parser.add_argument("--replays", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.predict:
        predictions.write(predict(args.schedules, args.replays, args.seed), WRITTEN)
    written = predictions.read(WRITTEN)
    for words, results in (("seen before", HOME / "results"), ("fresh", FRESH)):
        if results.exists():
            kernel = kernel_runs(results)
            of = cells(kernel, written)
            print(f"{words}:\n\n{compare.table(of, kernel, written, METRICS)}\n\n{verdict(of)}\n")


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(f"turns.py: {error}", file=sys.stderr)
        sys.exit(2)
