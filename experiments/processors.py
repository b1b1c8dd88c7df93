"""One processor and two, with and without preemption: what the patch is worth on each (scenario `usemem`).

    python experiments/processors.py [--schedules 100000]     (one minute)

Who prints a report keeps its processor where the kernel isn't preemptible. On one processor nobody runs meanwhile, so
hardly anybody's check fails between a kill and the return of its memory: what the patch saves there is time. Elsewhere
others fail theirs, and add their reports to a console whose owner, often the victim, prints them before it can die.
"""

import argparse
from itertools import product

import oommc
from oommc.scenario import Scenario
from oommc.show.numbers import seconds, with_interval

POLICIES = ["baseline", "patched"]
COLUMNS = ("kills", "needless kills", "median time to recovery")
HEAD = ["processors", "preemption", *(f"{column}, `{policy}`" for column in COLUMNS for policy in POLICIES)]


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
    print(f"| {' | '.join(HEAD)} |\n{'|---' * len(HEAD)}|")
    for cpus, preemption in product((1, 2), ("none", "full")):
        print(row(scenario, cpus, preemption, args), flush=True)


if __name__ == "__main__":
    main()
