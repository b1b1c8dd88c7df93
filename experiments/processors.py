"""One processor and two, with and without preemption: what the patch is worth on each (scenario `usemem`).

    python experiments/processors.py [--schedules 100000]

Who prints a report keeps its processor where the kernel isn't preemptible. So on one processor nobody fails a check
meanwhile, and nobody dies for nothing but after a preemption; the patch then saves time rather than lives. On two the other
processor's daemons fail theirs, and add their reports to a console whose owner, often the victim, has to print them before
it can die.
"""

import argparse
from itertools import product

import oommc
from oommc.scenario import Scenario
from oommc.show.numbers import seconds, with_interval

POLICIES = ["baseline", "patched"]
HEAD = "| processors | preemption | kills: `baseline` | `patched` | needless: `baseline` | `patched` | median time to recovery: `baseline` | `patched` |"


def row(scenario: Scenario, cpus: int, preemption: str, args: argparse.Namespace) -> str:
    """A machine's line of the table."""
    machine = scenario.replace_all({"machine.cpus": cpus, "machine.preemption": preemption})
    result = oommc.run(machine, POLICIES, schedules=args.schedules, seed=args.seed, progress=True)
    policies = result.data["scenarios"][machine.name]["policies"]
    of = [policies[name] for name in POLICIES]
    counts = [
        with_interval(each[metric]["mean"], each[metric]["ci"]) for metric in ("kills", "needless") for each in of
    ]
    times = [seconds(each["ttr_s"]["median"]) for each in of]
    return f"| {cpus} | {preemption} | {' | '.join(counts + times)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    scenario = Scenario.load("usemem")
    print(f"{HEAD}\n{'|---' * 8}|")
    for cpus, preemption in product((1, 2), ("none", "full")):
        print(row(scenario, cpus, preemption, args), flush=True)


if __name__ == "__main__":
    main()
