"""`oommc run SCENARIO… --out DIR`"""

import argparse
import os
import signal

from oommc.commands import ended, own
from oommc.said import note

EXAMPLES = (
    ("oommc run usemem --schedules 20000 --out out", "the default policies"),
    (
        "oommc run usemem --policies 'baseline,patched(timeout=0.5s..2s)' --schedules 1e4 --out swept",
        "a policy at several values",
    ),
    ("oommc run usemem --precision needless=0.01 --out enough", "until the intervals are ± 0.01"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("scenarios", metavar="SCENARIO", nargs="+", help="a file or a catalogue name")
    parser.add_argument(
        "--policies", metavar="A,B,…", help="names, with settings too: patched(timeout=1s); all; kernel"
    )
    own.add_argument(parser)
    parser.add_argument(
        "--schedules", metavar="N", help="how many, as 1000000 or 1e6 (default 10000); with --precision the most (10^6)"
    )
    parser.add_argument(
        "--precision",
        metavar="M=H",
        action="append",
        help="end when the 95 %% intervals of metric M are M ± H under every policy: needless=0.001, kills=1%%; or of "
        "a difference: needless:baseline-patched=0.01; may be given again",
    )
    parser.add_argument("--seed", metavar="S", default="1", help="0 to 2^64 - 1 (default 1)")
    parser.add_argument("--out", metavar="DIR", required=True, help="result directory, made or gone on with")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--workers", metavar="N", help="threads (default: one a processor)")
    place.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler's address or file, or local:N (N processes)"
    )
    parser.add_argument("--shard", metavar="i/n", help="only the i-th of n shares, to be merged later")
    parser.add_argument("--no-records", action="store_true", help="keep sums only: disk stays flat")
    parser.add_argument(
        "--but-for", action="store_true", help="also count kills that made no difference: a run more for each kill"
    )
    parser.add_argument("--block", metavar="N", default="10_000", help="schedules a file (default 10000)")
    parser.add_argument(
        "--choose",
        metavar="WISHES",
        help="'needless within 0.01, outage within 5 ms': stop spending schedules on policies that can't be chosen any "
        "more, end when one is chosen that is no more than so much worse than the best; --schedules is the most then",
    )
    parser.add_argument("--require", metavar="LIMITS", help="with --choose: what has to hold: 'livelock < 1e-4'")
    parser.add_argument(
        "--over-ranges",
        action="store_true",
        help="afterwards also on 128 machines drawn from the scenario's [range], as many schedules again: how far not "
        "knowing the machine moves the numbers",
    )
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--quiet", action="store_true", help="no progress on stderr")
    told.add_argument("--json-progress", action="store_true", help="progress as JSON, an object a line")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api

    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        policies = own.chosen(args, api.DEFAULT_POLICIES if args.policies is None else args.policies)
        if not (args.quiet or args.json_progress):
            _tell_slow(policies)
        result = api.run(
            args.scenarios,
            policies,
            args.schedules,
            args.seed,
            out=args.out,
            workers=args.workers,
            cluster=args.cluster,
            shard=args.shard,
            records=not args.no_records,
            but_for=args.but_for,
            block=args.block,
            choose=args.choose,
            require=args.require,
            precision=args.precision,
            over_ranges=args.over_ranges,
            progress="json" if args.json_progress else not args.quiet,
        )
    except KeyboardInterrupt:
        note("interrupted; what is finished is kept, the same command goes on from there")
        if (
            args.cluster is not None
        ):  # a client's threads may keep the interpreter from ending; all that counts is on disk
            os._exit(130)
        return 130
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    ended.show(result, args.out)
    return 0


def _tell_slow(policies: list) -> None:
    """Says which policies can't run in the compiled core."""
    from oommc.engine.interpreted import in_python

    if slow := ", ".join(policy.name for policy in policies if in_python(policy)):
        note(
            f"{slow}: the victim function is in Python, so these schedules run in the twin, some 5 a second; "
            "a compiled one runs a thousand times as fast (docs/victim-functions.md)"
        )


def _interrupt(number: int, frame) -> None:
    """The first signal ends the run as soon as what is finished is kept; the second ends it at once."""
    signal.signal(number, signal.SIG_DFL)
    # not by print: the signal may have come in the middle of one
    os.write(2, b"oommc: stopping, what is finished is kept; the same signal again ends it at once\n")
    raise KeyboardInterrupt
