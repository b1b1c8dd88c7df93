"""`oommc sensitivity SCENARIO --policies A,B [--range KEY=LOW..HIGH …]`"""

import argparse
import json

from oommc.commands import own, ranges
from oommc.said import say

_MOST_POINTS = 1 << 16
_MOST_SCHEDULES = 10**6

EXAMPLES = (
    ("oommc sensitivity usemem --policies baseline,patched", "over the scenario's own ranges"),
    ("oommc sensitivity usemem --policies baseline,patched --range machine.cpus=1..8", "over a range of yours"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or a catalogue name")
    parser.add_argument("--policies", metavar="A,B", required=True, help="the two whose difference is studied")
    own.add_argument(parser)
    ranges.add_argument(parser, ", two at least")
    parser.add_argument(
        "--metric",
        metavar="M",
        default="needless",
        help="a criterion as of choose: needless (the default), downtime, livelock, …",
    )
    parser.add_argument("--points", metavar="N", default="128", help="of the design, a power of 2 (default 128)")
    parser.add_argument("--schedules", metavar="M", default="200", help="at each place (default 200)")
    parser.add_argument("--seed", metavar="S", default="1", help="0 to 2^64 - 1 (default 1)")
    parser.add_argument("--map", metavar="FILE", help="the map as a picture: .svg, .png or .pdf")
    parser.add_argument(
        "--turn", action="store_true", help="also where on the map the verdict turns (needs scikit-learn: oommc[turn])"
    )
    form = parser.add_mutually_exclusive_group()
    for name in ("json", "csv"):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, default="text", help=f"as {name.upper()}"
        )


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status. Raises InputError, and RunError if the picture can't be written."""
    from oommc.scenario import Scenario
    from oommc.sensitivity import text
    from oommc.sensitivity.picture import picture
    from oommc.sensitivity.study import study
    from oommc.sensitivity.unknown import unknowns
    from oommc.show import canvas
    from oommc.units import whole_number

    path = None if args.map is None else canvas.checked(args.map)  # a wrong name is told before the work is done
    scenario = Scenario.load(args.scenario)
    found = study(
        scenario,
        own.chosen(args, args.policies),
        args.metric,
        unknowns(args.ranges, scenario),
        whole_number(args.points, "points", 16, _MOST_POINTS),
        whole_number(args.schedules, "schedules", 2, _MOST_SCHEDULES),
        whole_number(args.seed, "seed", 0, 2**64 - 1),
        args.turn,
    )
    if path:
        canvas.kept(path, lambda form: picture(found, form))
    forms = {"text": text.text, "csv": text.csv, "json": lambda of: json.dumps(of, indent=1, ensure_ascii=False)}
    say(forms[args.form](found))
    return 0
