"""What counting can't reach: tails of usemem, by importance sampling, beside counting on as many schedules.

    python experiments/rare.py [--schedules 100000]     (some minutes)

The hog's `wake`, the time from its signal until it runs in the kernel's exit path, is tilted. `mainline-6` kills
needlessly in about one schedule in a thousand there, which needs no tilt; that it recovers late by a slow victim is
rare. The report's length is drawn once a report, so it can't be tilted and is held at its median; otherwise slow
consoles make nearly all late recoveries. `patched-timeout` kills a second one 10 s after the first, beyond anything
that the core's own table of the wake's law holds (quantile 1 - 2^-33, 1.2 s). With a timeout of 50 ms counting sees it
too. With a processor for each thread nothing stretches the wake, and the second kill is exactly as probable as a wake
longer than 10 s, which SciPy knows. With the two of the scenario most of the probability lies in the few schedules in
which many threads run when the hog is to wake; so few are worth many that the last digit of its exponent is all that is
known.
"""

import argparse

from scipy.stats import binomtest

import oommc
from oommc.rare import estimate

WAKE = "process.usemem.exit.wake"
CASES = (
    (2, "patched-timeout(timeout=50ms)", "needless > 0", 3),
    (16, "patched-timeout", "kills > 1", 40),
    (2, "patched-timeout", "needless > 0", 40),
    (2, "mainline-6", "ttr_ns > 1e9", 12),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    scenario = oommc.Scenario.load("usemem").replace("machine.latency.report", "40 ms")
    worlds = {cpus: scenario.replace("machine.cpus", cpus) for cpus, *_ in CASES}
    counts = {
        cpus: oommc.run(world, [policy for n, policy, *_ in CASES if n == cpus], args.schedules, args.seed)
        for cpus, world in worlds.items()
    }
    print(
        "| cpus | policy | event | k | probability [95 %] | hits, worth | counted | alone says [95 %] |\n"
        + "|---" * 8
        + "|"
    )
    for cpus, policy, where, k in CASES:
        rare = estimate(worlds[cpus], policy, where, {WAKE: k}, args.schedules, args.seed)
        [found] = counts[cpus].find(where, rare.policy, limit=1)
        interval = f"[{', '.join(f'{end:.1e}' for end in rare.interval)}]" if rare.interval else "[too few]"
        cells = [
            str(cpus),
            policy,
            where,
            str(k),
            f"{rare.probability:.2e} {interval}",
        ]
        cells += [f"{rare.hits:,}, {rare.effective:.0f}", f"{found.matching:,}"]
        counted = binomtest(found.matching, found.schedules).proportion_ci()
        print(f"| {' | '.join(cells)} | [{', '.join(f'{end:.1e}' for end in counted)}] |")
        for warning in rare.warnings:
            print(f"  {warning}")
    print(f"a wake longer than 10 s: {scenario.processes[0].exit.wake.law.sf(10e9):.2e}")


if __name__ == "__main__":
    main()
