"""README's first table and picture: one hog fills a swapless node on which daemons work.

python experiments/usemem.py [--schedules 1000000] [--picture experiments/usemem.svg]
"""

import argparse
from pathlib import Path

import oommc
from oommc.report.figures import kills
from oommc.report.unknown import spread
from oommc.show.numbers import seconds, with_interval

POLICIES = ["baseline", "serialize-v1", "patched", "patched-try2", "patched-try4", "patched-timeout"]


def table(result: oommc.Result) -> str:
    """The table in Markdown: a row a policy."""
    policies = result.data["scenarios"]["usemem"]["policies"]
    places = result.uncertainty["usemem"]["metrics"]["needless"]["policies"]
    rows = [
        "| policy | kills | of them needless | over 95 % of the machines | times to recovery: median | 95 % | 99 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, of in policies.items():
        counts = [with_interval(of[metric]["mean"], of[metric]["ci"]) for metric in ("kills", "needless")]
        times = [seconds(of["ttr_s"][quantile]) for quantile in ("median", "p95", "p99")]
        rows.append(f"| `{name}` | {' | '.join([*counts, spread(places[name]), *times])} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".svg"))
    args = parser.parse_args()
    result = oommc.run("usemem", POLICIES, schedules=args.schedules, seed=args.seed, over_ranges=True, progress=True)
    print(table(result))
    figure = kills(result.data["scenarios"]["usemem"]["policies"])
    args.picture.write_text(figure.svg, encoding="utf-8")


if __name__ == "__main__":
    main()
