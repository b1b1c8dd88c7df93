"""The simulator's predictions beside what real kernels did: README's picture and figures.

    python experiments/reality.py              # judge the predictions that were written down before the runs (seconds)
    python experiments/reality.py --predict    # write them down anew, from the simulator as it is (four minutes)
    python experiments/reality.py --changed    # and what one thing changed does

The kernel's side is experiments/kernel/results, made by experiments/kernel/run.py. The simulator's machine parameters
are read off the plan's runs for calibration; the tables have the others. An interval holds 95 % of what the simulator
would show in as many runs as the kernel had; `off` stands where the kernel's mean lies outside of it. Runs with the
host's clock aren't reproducible, so the kernel's mean has an interval too (bootstrap over its runs), and is off where
the two don't meet.
"""

import argparse
import sys
from pathlib import Path

from oommc.errors import InputError

HOME = Path(__file__).parent / "kernel"
COUNTED = HOME / "predictions-counted.json"
KILLERS = HOME / "predictions-killers.json"
sys.path.insert(0, str(HOME))

from judge import compare, counted, killers, picture, predictions  # noqa: E402 - beside this file
from judge.calibrate import calibrate  # noqa: E402
from judge.seen import Runs, kernel_runs  # noqa: E402
from judge.simulate import simulated  # noqa: E402
from judge.translate import predicted_policy, predicted_scenario  # noqa: E402
from judge.variants import variants  # noqa: E402
from lab import plan  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--predict", action="store_true", help="simulate and write the predictions down first")
    parser.add_argument("--changed", action="store_true", help="the table of changes, too")
    parser.add_argument("--results", type=Path, default=HOME / "results")
    parser.add_argument("--predictions", type=Path, default=HOME / "predictions.json")
    parser.add_argument("--schedules", type=int, default=300)
    parser.add_argument("--replays", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".svg"))
    return parser.parse_args()


def main() -> None:
    args = arguments()
    known = plan.load()
    judged = {name: entry for name, entry in known.entries.items() if entry.judged}
    clocks = {name: entry.clock for name, entry in judged.items()}
    machines = calibrate(args.results, known)
    for setting, machine in machines.items():
        print(f"{', '.join(setting)}: {machine}")

    def told(scenario, policy: str) -> Runs:
        return simulated(scenario, policy, args.schedules, args.replays, args.seed)

    def predicted(entry: plan.Entry) -> Runs:
        return told(predicted_scenario(entry, machines[entry.setting]), predicted_policy(entry.policy))

    def count(entry: plan.Entry) -> dict[str, predictions.Interval]:
        scenario = predicted_scenario(entry, machines[entry.setting])
        return counted.predict(scenario, predicted_policy(entry.policy), len(entry.seeds), args.schedules, args.seed)

    def beside(entry: plan.Entry) -> dict[str, predictions.Interval]:
        runs = killers.told(entry, predicted_scenario(entry, machines[entry.setting]), args.replays, args.seed)
        return {metric: killers.interval(values, len(entry.seeds)) for metric, values in runs.items()}

    def ahead(name: str, runs: Runs, base: Runs) -> predictions.Prediction:
        return predictions.predict(runs, base, len(judged[name].seeds))

    def base_of(name: str) -> str:
        return predictions.BASE[clocks[name]]

    if args.predict:
        model = {name: predicted(entry) for name, entry in judged.items()}
        written = {name: ahead(name, runs, model[base_of(name)]) for name, runs in model.items()}
        predictions.write(written, args.predictions)
        for file, path, of in (("counted.toml", COUNTED, count), ("killers.toml", KILLERS, beside)):
            planned = plan.load(HOME / file).entries
            counted.write({name: of(entry) for name, entry in planned.items()}, path)
    written, kernel = predictions.read(args.predictions), kernel_runs(args.results)
    there = {name: one for name, one in written.items() if name in kernel and base_of(name) in kernel}
    cells = compare.compared(kernel, there, clocks)
    exact = {name: of for name, of in cells.items() if clocks[name] == "icount"}
    print(compare.table(cells, kernel, there, predictions.COUNTS | predictions.RATIOS))
    print("\n" + compare.table(exact, kernel, there, predictions.SECONDS))
    print("\n" + compare.verdict(cells, exact))
    if (HOME / "results" / "counted").exists():
        seen = counted.seen(HOME / "results" / "counted")
        print("\n" + counted.table(counted.compared(counted.read(COUNTED), seen)))
    if (HOME / "results" / "killers").exists():
        print("\n" + killers.table(counted.read(KILLERS), HOME / "results" / "killers"))
    args.picture.write_bytes(picture.picture(cells, clocks))
    if args.changed:
        bases = {name: predicted(known.entries[name]) for name in predictions.BASE.values()}
        other = {}
        for words, (name, scenario, policy) in variants(known, machines).items():
            kernel[words], clocks[words] = kernel[name], clocks[name]
            other[words] = ahead(name, told(scenario, policy), bases[base_of(name)])
        print("\n" + compare.table(compare.compared(kernel, other, clocks), kernel, other, predictions.METRICS))


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(f"reality.py: {error}", file=sys.stderr)
        sys.exit(2)
