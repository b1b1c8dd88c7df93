"""What a kernel patch does to unnecessary kills: Debian's kernel built with and without it, driven out of memory.

    python experiments/kernel/ab.py --patch my.patch                                   # four hogs, four seeds
    python experiments/kernel/ab.py --patch my.patch --scenario hogs4 --scenario frozen --seeds 12
    python experiments/kernel/ab.py --patch my.patch --policies mainline-6 "mainline-6(gate_life=victim)"

The same seeds run on both kernels (icount, one processor), and the paired differences are printed with 95 % intervals
(Student's t). With --policies the simulator's are beside them, where the mean of as many runs lies in 95 % of cases.
What is in --out isn't run again, so that several patches can share the runs without one. A run takes ten seconds of a
processor, the first build ten minutes, each other half a minute.

Needs what run.py needs, and Debian's packages make, gcc, flex, bison, bc, libelf-dev; coccinelle for a .cocci.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import run as command
from judge import calibrate, paired, translate
from lab import build, guest, plan

from oommc.errors import InputError, RunError
from oommc.policies import parse
from oommc.scenario import Scenario


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patch", type=Path, required=True, help="a unified diff (-p1), or a .cocci")
    parser.add_argument("--scenario", action="append", help="a name in scenarios/, or a file (default: hogs4)")
    parser.add_argument("--seeds", type=int, default=4, help="so many of each (default 4)")
    parser.add_argument("--policies", nargs=2, metavar=("A", "B"), help="what the simulator runs without and with")
    parser.add_argument("--out", type=Path, default=Path("ab"))
    parser.add_argument("--schedules", type=int, default=300)
    parser.add_argument("--replays", type=int, default=20)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "oommc-kernels")
    return parser.parse_args(argv)


def entries(args: argparse.Namespace) -> list[tuple[plan.Entry, plan.Entry]]:
    """Each scenario's runs without the patch and with it. Raises InputError."""
    if args.seeds < 1:
        raise InputError(f"--seeds: at least 1, not {args.seeds}")
    build.digest(args.patch)
    for one in args.policies or ():
        parse(one)
    pairs = []
    for name in args.scenario or ["hogs4"]:
        path = name if name.endswith(".toml") else plan.HOME / "scenarios" / f"{name}.toml"
        scenario = Scenario.load(path).replace("machine.cpus", 1)
        guest.check(scenario)
        seeds = tuple(range(1, args.seeds + 1))

        def entry(kind: str, scenario: Scenario = scenario, seeds: tuple[int, ...] = seeds) -> plan.Entry:
            name = f"{scenario.name}@{kind}"
            return plan.Entry(name, scenario, build.VERSION, "mainline-6", True, seeds, flush=build.FLUSH)

        pairs.append((entry("without"), entry(args.patch.stem)))
    return pairs


def main() -> int:
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        pairs = entries(args)
        kernels = build.image(None, args.cache), build.image(args.patch, args.cache)
        for seed in range(1, args.seeds + 1):
            for pair in pairs:
                for entry, image in zip(pair, kernels, strict=True):
                    if (entry.name, seed) not in command.finished(args.out):
                        print(f"{entry.name}, seed {seed}", file=sys.stderr, flush=True)
                        command.run(entry, seed, image, args.out)
        for pair in pairs:
            print(told(pair, args))
    except InputError as error:
        print(f"ab.py: {error}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"ab.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def told(pair: tuple[plan.Entry, plan.Entry], args: argparse.Namespace) -> str:
    """The table of a scenario."""
    without, having = (paired.seen(args.out, entry.name, entry.seeds) for entry in pair)
    model = None
    if args.policies:
        machine = calibrate.calibrate(plan.HOME / "results", plan.load())[pair[0].setting]
        scenario = translate.predicted_scenario(pair[0], machine)
        policies = map(translate.predicted_policy, args.policies)
        model = tuple(paired.told(scenario, one, args.schedules, args.replays, 1) for one in policies)
    name = f"{pair[0].scenario.name}, {args.patch.name}, {args.seeds} seeds"
    return f"\n{name}\n\n{paired.report(without, having, model)}"


if __name__ == "__main__":
    sys.exit(main())
