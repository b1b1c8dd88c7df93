"""What counting can't reach: tails of usemem, by importance sampling, beside counting on as many schedules.

    python experiments/rare.py [--schedules 200000]     (two minutes)

The hog's `wake`, the time from its signal until it runs in the kernel's exit path, is tilted. `mainline-6` kills needlessly in
about one schedule in a thousand there, which needs no tilt; that it recovers late by a slow victim is rare. The report's
length is drawn once a report, so it can't be tilted and is held at its median; otherwise slow consoles make nearly all
late recoveries. `patched-timeout` kills a second one 10 s after the first, which lies beyond the table of the wake's law
(quantile 1 - 2^-33, 1.2 s); its timeout is 50 ms here, where counting still sees it, and 500 ms, where it doesn't.
"""

import argparse

import oommc
from oommc.rare import estimate
from oommc.stats.intervals import wilson

WAKE = "process.usemem.exit.wake"
CASES = (
    ("patched-timeout(timeout=50ms)", "needless > 0", 3),
    ("patched-timeout(timeout=500ms)", "needless > 0", 8),
    ("mainline-6", "ttr_ns > 1e9", 8),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    scenario = oommc.Scenario.load("usemem").replace("machine.latency.report", "40 ms")
    counts = oommc.run(scenario, [policy for policy, _, _ in CASES], args.schedules, args.seed)
    print("| policy | event | k | probability [95 %] | hits, worth | counted | alone says [95 %] |\n" + "|---" * 7 + "|")
    for policy, where, k in CASES:
        rare = estimate(scenario, policy, where, {WAKE: k}, args.schedules, args.seed)
        [found] = counts.find(where, rare.policy, limit=1)
        cells = [policy, where, str(k), f"{rare.probability:.2e} [{rare.interval[0]:.1e}, {rare.interval[1]:.1e}]"]
        cells += [f"{rare.hits:,}, {rare.effective:.0f}", f"{found.matching:,}"]
        print(f"| {' | '.join(cells)} | [{', '.join(f'{end:.1e}' for end in wilson(found.matching, found.schedules))}] |")
        for warning in rare.warnings:
            print(f"  {warning}")


if __name__ == "__main__":
    main()
