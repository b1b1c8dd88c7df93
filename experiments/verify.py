"""Why should I believe a number of this? Every check of tests/proof, at its full size.

    python experiments/verify.py [CHECK…] [--quick] [--list]

Prints a table of each check as it ends: what is exact, what was simulated with its standard error, and the verdict.
What is being checked is told on the standard error stream meanwhile. Exit status 1 if anything fails.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from proof.every import CHECKS

from oommc.naming import hint
from oommc.show.table import aligned

HEAD = ["check", "size", "exact", "simulated", "verdict"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checks", nargs="*", metavar="CHECK", help="by default all")
    parser.add_argument("--quick", action="store_true", help="at the size at which the test suite runs them")
    parser.add_argument("--list", action="store_true", help="names the checks and ends")
    args = parser.parse_args(arguments)
    for name in args.checks:
        if name not in CHECKS:
            parser.error(f"there is no check {name!r}; {hint(name, CHECKS)}")
    chosen = [CHECKS[name] for name in args.checks or CHECKS]
    if args.list:
        print(aligned([[check.name, check.about] for check in chosen]))
        return 0
    failed = 0
    for check in chosen:
        table = [HEAD]
        size = check.quick if args.quick else check.full
        print(f"{check.name} ({size:,}): {check.about}", file=sys.stderr, flush=True)
        for row in check.run(size):
            verdict = "ok" if row.holds else "FAILED"
            table.append([f"{check.name}, {row.what}", f"{size:,}", row.expected, row.got, verdict])
            failed += not row.holds
        print(f"{aligned(table)}\n", flush=True)
    print(f"FAILED: {failed}" if failed else "all hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
