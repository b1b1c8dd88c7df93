"""The command `oommc`, thin: it reads arguments, calls `oommc.api` and prints.

Results go to stdout, messages to stderr. Exit status: 0 done, 1 the run failed, 2 wrong use, 130 interrupted.
"""

import argparse
import importlib
import os
import signal
import sys

from oommc.errors import InputError, RunError, StuckError

_COMPARED = ("kills", "unnecessary", "needless", "but_for", "premature", "ttr_ns")
_REPORTS = {"html": "index.html", "markdown": "report.md", "latex": "report.tex"}
_CUT_TOLD = 1e-3  # share of schedules with cut sizes from which on the user is warned
_ELSEWHERE = (
    ("fit", "oommc.fitting.command", "a distribution for a scenario from a column of measured values"),
    ("incident", "oommc.incident.command", "read the OOM reports of a kernel log"),
    ("advise", "oommc.advise.command", "which setting would have helped in an incident, and how sure that is"),
    ("bench", "oommc.bench.command", "how fast the core is, beside SimPy, the twin and a bare loop in C"),
)
"""Commands in modules of their own: name, module, help."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and takes no abbreviations, which a later option could break.

    `module`: where the command is, if not here: `add_arguments` and `run`. It is loaded when the command is asked for.
    """

    def __init__(self, *, module: str | None = None, **kwargs):
        super().__init__(allow_abbrev=False, **kwargs)
        self._module = module

    def parse_known_args(self, args=None, namespace=None):
        if self._module:
            there, self._module = importlib.import_module(self._module), None
            there.add_arguments(self)
            self.set_defaults(do=there.run)
        return super().parse_known_args(args, namespace)

    def error(self, message):
        self.exit(2, f"oommc: error: {_one_line(message)} (see {self.prog} --help)\n")


class _Version(argparse.Action):
    """--version, looked up only when asked for."""

    def __call__(self, parser, namespace, values, option_string=None):
        import oommc

        print(f"oommc {oommc.__version__}")
        parser.exit()


def main(argv: list[str] | None = None) -> int:
    """Runs the command with `argv` (by default the process's) and returns its exit status."""
    try:
        args = _parser().parse_args(argv)
        status = args.do(args)
        sys.stdout.flush()
        return status
    except SystemExit as end:  # argparse: help, version, wrong use
        return end.code
    except InputError as error:
        print(f"oommc: error: {_one_line(error)}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"oommc: error: {_one_line(error)}", file=sys.stderr, flush=True)
        if isinstance(error, StuckError):  # the interpreter would wait for that thread
            os._exit(1)
        return 1
    except KeyboardInterrupt:
        print("oommc: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader has seen enough; what Python would still flush goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="oommc", description="Monte Carlo of the Linux OOM killer.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name, do, help):
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(do=do)
        return sub

    sub = command("run", _run, "simulate scenarios under policies and keep the records")
    sub.add_argument("scenarios", metavar="SCENARIO", nargs="+", help="a file or a catalogue name")
    sub.add_argument(
        "--policies", metavar="A,B,…", help="names, with settings too: patched(timeout=1s); all; kernel"
    )
    _policy_file(sub)
    sub.add_argument(
        "--schedules", metavar="N", help="how many, as 1000000 or 1e6 (default 10000); with --precision the most (10^6)"
    )
    sub.add_argument(
        "--precision",
        metavar="M=H",
        action="append",
        help="end when the 95 %% intervals of metric M are M ± H under every policy: needless=0.001, kills=1%%; or of a "
        "difference: needless:baseline-patched=0.01; may be given again",
    )
    sub.add_argument("--seed", metavar="S", default="1", help="0 to 2^64 - 1 (default 1)")
    sub.add_argument("--out", metavar="DIR", required=True, help="result directory, made or gone on with")
    place = sub.add_mutually_exclusive_group()
    place.add_argument("--workers", metavar="N", help="threads (default: one a processor)")
    place.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler's address or file, or local:N (N processes)"
    )
    sub.add_argument("--shard", metavar="i/n", help="only the i-th of n shares, to be merged later")
    sub.add_argument("--no-records", action="store_true", help="keep sums only: disk stays flat")
    sub.add_argument(
        "--but-for", action="store_true", help="also count kills that made no difference: a run more for each kill"
    )
    sub.add_argument("--block", metavar="N", default="10_000", help="schedules a file (default 10000)")
    sub.add_argument(
        "--choose",
        metavar="WISHES",
        help="'needless within 0.01, ttr within 5 ms': stop spending schedules on policies that can't be chosen any more, end when "
        "one is chosen that is no more than so much worse than the best; --schedules is the most then",
    )
    sub.add_argument("--require", metavar="LIMITS", help="with --choose: what has to hold: 'livelock < 1e-4'")
    told = sub.add_mutually_exclusive_group()
    told.add_argument("--quiet", action="store_true", help="no progress on stderr")
    told.add_argument("--json-progress", action="store_true", help="progress as JSON, an object a line")

    sub = command("merge", _merge, "unite result directories made apart")
    sub.add_argument("directories", metavar="DIR", nargs="+")
    sub.add_argument("--out", metavar="DIR", required=True, help="made, or added to")

    sub = command("report", _report, "write DIR/report/index.html, or the tables as Markdown or LaTeX")
    sub.add_argument("directory", metavar="DIR")
    sub.add_argument(
        "--format",
        choices=list(_REPORTS),
        default="html",
        help="index.html (the default), report.md or report.tex",
    )

    sub = command("compare", _compare, "paired differences of all pairs of policies")
    sub.add_argument("directory", metavar="DIR")
    sub.add_argument(
        "--metric", metavar="M", help="a counting column, any_needless, livelock or ttr_ns (default: the main ones)"
    )
    form = sub.add_mutually_exclusive_group()
    for name in ("csv", "json", "latex"):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, default="text", help=f"as {name.upper()}"
        )

    sub = command("choose", _choose, "the policy to take, how sure that is, and what it costs")
    sub.add_argument("directory", metavar="DIR")
    sub.add_argument("--require", metavar="LIMITS", help="what has to hold: 'livelock < 1e-4, ttr < 500 ms'")
    sub.add_argument(
        "--prefer",
        metavar="WISHES",
        help="what to have little of, the most important first: 'needless within 0.001, ttr' (default needless, ttr)",
    )
    sub.add_argument("--scenario", metavar="S", help="only this one")
    sub.add_argument("--json", action="store_true")

    from oommc.sensitivity import command as sensitivity

    sub = command(
        "sensitivity",
        lambda args: sensitivity.run(args, _chosen(args, args.policies)),
        "which unknown of a scenario moves the difference between two policies, and where it turns",
    )
    sensitivity.add_arguments(sub)
    _policy_file(sub)

    sub = command("find", _find, "list schedules worth replaying, each with the command that does")
    sub.add_argument("directory", metavar="DIR")
    sub.add_argument(
        "--where",
        metavar="CONDITION",
        required=True,
        help='on a record\'s columns: "needless > 0 and ttr_ns > 1e9"',
    )
    sub.add_argument("--policy", metavar="P", required=True)
    sub.add_argument("--scenario", metavar="S", help="only this one")
    sub.add_argument("--limit", metavar="N", default="20", help="schedules listed a scenario (default 20)")

    sub = command("rare", _rare, "the probability of an event too rare to count, by importance sampling")
    sub.add_argument("scenario", metavar="SCENARIO", help="a file or a catalogue name")
    sub.add_argument("--policy", metavar="P", required=True)
    _policy_file(sub)
    sub.add_argument("--where", metavar="CONDITION", required=True, help='the event, as of find: "needless > 0"')
    sub.add_argument(
        "--tilt",
        metavar="KEY=K",
        action="append",
        required=True,
        help="draw upper tails of probability s about s^(1/K) often: process.usemem.exit.wake=8; may be given again",
    )
    sub.add_argument("--schedules", metavar="N", default="20_000", help="how many, tilted (default 20000)")
    sub.add_argument("--seed", metavar="S", default="1")
    sub.add_argument("--json", action="store_true")

    sub = command("replay", _replay, "the story of one schedule")
    sub.add_argument("scenario", metavar="SCENARIO", help="a file or a catalogue name")
    sub.add_argument(
        "--policy", metavar="P", required=True, help="with --plot and --perfetto up to four: baseline,patched"
    )
    _policy_file(sub)
    sub.add_argument("--schedule", metavar="K", required=True)
    sub.add_argument("--seed", metavar="S", default="1")
    form = sub.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="as text (the default)")
    form.add_argument("--json", action="store_true", help="the events as JSON")
    form.add_argument("--plot", metavar="FILE", help="the timeline as a picture: .svg, .png or .pdf")
    form.add_argument("--perfetto", metavar="FILE", help="a trace for ui.perfetto.dev")

    sub = command("explore", _explore, "every order of steps of a small world, its times left open")
    sub.add_argument("world", metavar="WORLD", nargs="?", help="a small world, or a scenario; none lists them")
    sub.add_argument(
        "--policies", metavar="A,B,…", default="2006", help="(default 2006); of one alone the stories are told"
    )

    sub = command("policies", _policies, "list the policies, or show one")
    sub.add_argument("name", metavar="NAME", nargs="?")
    _policy_file(sub)
    sub.add_argument("--json", action="store_true")

    sub = command("scenarios", _scenarios, "list the catalogue of scenarios, or show one")
    sub.add_argument("name", metavar="NAME", nargs="?")
    sub.add_argument("--json", action="store_true")

    sub = command("machines", _machines, "list the machine presets, or show one")
    sub.add_argument("name", metavar="NAME", nargs="?")
    sub.add_argument("--json", action="store_true")

    for name, module, help in _ELSEWHERE:
        commands.add_parser(name, help=help, description=help, module=module)
    return parser


def _policy_file(sub) -> None:
    sub.add_argument("--policy-file", metavar="FILE", help="TOML with policies of your own: [policy.NAME]")


def _own(args) -> dict:
    """The user's own policies by name."""
    from oommc.policies import load_policies

    return load_policies(args.policy_file) if args.policy_file else {}


def _chosen(args, names: str) -> list:
    """The policies of these names, the user's own among them."""
    from oommc.policies import parse

    return parse(names, _own(args))


def _run(args) -> int:
    from oommc import api

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        result = api.run(
            args.scenarios,
            _chosen(args, args.policies or api.DEFAULT_POLICIES),
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
            progress="json" if args.json_progress else not args.quiet,
        )
    except KeyboardInterrupt:
        print(
            "oommc: interrupted; finished blocks are kept, the same command goes on from there",
            file=sys.stderr,
            flush=True,
        )
        if args.cluster is not None:  # a client's threads may keep the interpreter from ending; all that counts is on disk
            os._exit(130)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    _tell(result, args.out)
    return 0


def _merge(args) -> int:
    from oommc import api

    _tell(api.merge(args.directories, args.out), args.out)
    return 0


def _tell(result, out: str) -> None:
    """What a run or a merge has come to."""
    from oommc.report.text import overview
    from oommc.show.numbers import shown

    for name, of in result.data["scenarios"].items():
        if of["cut"] / of["schedules"] >= _CUT_TOLD:
            print(
                f"oommc: warning: {shown(name)}: in {of['cut']:,} of {of['schedules']:,} schedules the sizes "
                "drawn did not fit the machine and were cut",
                file=sys.stderr,
            )
    if told := result.ended():
        print(f"{told}\n")
    if result.race:
        from oommc.report.text import raced

        print(f"{raced(result.race)}\n")
    print(f"{overview(result.data)}\n\n{out}")


def _report(args) -> int:
    from pathlib import Path

    from oommc import api

    print(api.load(args.directory).report(Path(args.directory) / "report" / _REPORTS[args.format]))
    return 0


def _compare(args) -> int:
    from oommc import api
    from oommc.report.comparison import FORMS, chosen

    result = api.load(args.directory)
    rows = chosen(result.data, [result.known_metric(args.metric)] if args.metric else _COMPARED)
    print(FORMS[args.form](rows) if rows else "(only one policy: nothing to compare)")
    return 0


def _choose(args) -> int:
    from oommc import api
    from oommc.report.text import chosen
    from oommc.result import DEFAULT_WISHES

    advice = api.load(args.directory).choose(DEFAULT_WISHES if args.prefer is None else args.prefer, args.require, args.scenario)
    print(_json(advice) if args.json else chosen(advice))
    return 0


def _replay(args) -> int:
    from oommc import api

    policies = _chosen(args, args.policy)
    if args.plot or args.perfetto:
        from oommc.trace import perfetto, picture

        # a wrong name is told before the work is done
        path = picture.checked(args.plot) if args.plot else args.perfetto
        stories = api.replays(args.scenario, policies, args.schedule, args.seed)
        (picture.plot if args.plot else perfetto.perfetto)(stories, path)
        print(path)
        return 0
    story = api.replay(args.scenario, policies, args.schedule, args.seed)
    print(_json(story.events) if args.json else story.text().rstrip("\n"))
    return 0


def _find(args) -> int:
    from oommc import api
    from oommc.report.text import found

    result = api.load(args.directory)
    for at, one in enumerate(result.find(args.where, args.policy, args.scenario, args.limit)):
        print(("\n" if at else "") + found(one))
    return 0


def _rare(args) -> int:
    from dataclasses import asdict

    from oommc.rare import estimate
    from oommc.report.text import rare

    tilt = {}
    for text in args.tilt:
        key, _, k = text.rpartition("=")
        if not key or key in tilt:
            raise InputError(f"tilt: {text!r}: KEY=K, a key once: process.usemem.exit.wake=8")
        tilt[key] = k
    done = estimate(args.scenario, _chosen(args, args.policy), args.where, tilt, args.schedules, args.seed)
    for warning in done.warnings:
        print(f"oommc: warning: {warning}", file=sys.stderr)
    print(_json(asdict(done)) if args.json else rare(done))
    return 0


def _explore(args) -> int:
    from oommc.explore import explore, tell, worlds
    from oommc.policies import parse

    if args.world is None:
        _list(worlds.names(), False)
        return 0
    world = worlds.load(args.world)
    verdicts = [explore(world, policy) for policy in parse(args.policies)]
    stories = [tell.story(verdicts[0], goal) for goal in verdicts[0].ways] if len(verdicts) == 1 else []
    print("\n".join([tell.table(verdicts), *stories]).rstrip("\n"))
    return 0


def _policies(args) -> int:
    from oommc.policies import describe, registry

    if args.name is None:
        _list({policy.name: policy.about for policy in (registry | _own(args)).values()}, args.json)
        return 0
    chosen = _chosen(args, args.name)
    print("\n\n\n".join(_json(policy.to_dict()) if args.json else describe(policy) for policy in chosen))
    return 0


def _scenarios(args) -> int:
    from oommc.scenario import Scenario, catalogue_names

    if args.name is None:
        _list({name: Scenario.load(name).about for name in catalogue_names()}, args.json)
        return 0
    scenario = Scenario.load(args.name)
    if args.json:
        print(_json(scenario.to_dict()))
        return 0
    from oommc.show.numbers import shown
    from oommc.units import format_duration, format_size

    machine = scenario.machine
    rows = [
        ("horizon", format_duration(scenario.horizon)),
        ("cpus", str(machine.cpus)),
        ("memory", " + ".join(format_size(node.memory) for node in machine.nodes)),
        *(
            (shown(p.name), f"{p.count} × {p.threads} thread{'s' * (p.threads > 1)}, {p.role}")
            for p in scenario.processes
        ),
    ]
    parts = (shown(scenario.name, 200), scenario.about.strip(), _facts(rows), scenario.to_toml().rstrip())
    print("\n\n".join(parts))
    return 0


def _machines(args) -> int:
    from oommc.scenario.preset import preset, preset_names, told

    presets = {name: preset(name) for name in preset_names()}
    if args.name is None:
        _list({name: table["about"] for name, table in presets.items()}, args.json)
        return 0
    table = preset(args.name)
    print(_json(table) if args.json else told(args.name, table))
    return 0


def _list(abouts: dict[str, str], as_json: bool) -> None:
    """Names with what they are about: the first sentence each, or all of it as JSON."""
    if as_json:
        print(_json([{"name": name, "about": about} for name, about in abouts.items()]))
    else:
        print(_facts([(name, _one_line(about).split(". ")[0].rstrip(".")) for name, about in abouts.items()]))


def _facts(rows: list[tuple[str, str]]) -> str:
    width = max(len(key) for key, _ in rows)
    return "\n".join(f"{key:<{width}}  {value}".rstrip() for key, value in rows)


def _json(value) -> str:
    import json

    return json.dumps(value, indent=1, ensure_ascii=False)


def _one_line(message) -> str:
    return " ".join(str(message).split())
