"""README's picture of the race: one schedule under the baseline, the patch's first posting, and the patch.

    python experiments/race.py [--picture experiments/race.svg]

The same as `oommc replay usemem --policy baseline,serialize-v1,patched --schedule 235 --seed 1 --plot FILE`. The
schedule was found by `oommc find OUT --where "needless > 0" --policy serialize-v1`.
"""

import argparse
from pathlib import Path

from oommc.api import replays
from oommc.trace.picture import plot

POLICIES = "baseline,serialize-v1,patched"
SCHEDULE = 235


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".svg"))
    args = parser.parse_args()
    stories = replays("usemem", POLICIES, SCHEDULE, 1)
    plot(stories, args.picture)
    for story in stories:
        record = story.record
        print(
            f"{story.policy.name}: {record['kills']} kills, {record['needless']} needless, "
            f"{record['premature']} premature"
        )


if __name__ == "__main__":
    main()
