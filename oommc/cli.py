"""The command `oommc`, thin: it finds the command that is asked for, and says in one line what is wrong.

Results go to stdout, messages to stderr. Exit status: 0 done, 1 the run failed, 2 wrong use, 130 interrupted.
"""

import argparse
import importlib
import os
import re
import sys
import traceback
from collections.abc import Sequence

from oommc.errors import InputError, RunError, StuckError
from oommc.naming import hint
from oommc.said import note, say

# NumPy's and SciPy's BLAS each start a thread a processor, which wait for work by spinning; no command multiplies
# matrices
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

COMMANDS = (
    ("run", "oommc.commands.run", "simulate scenarios under policies and keep the records"),
    ("merge", "oommc.commands.merge", "unite result directories made apart"),
    ("check", "oommc.commands.check", "read all of a result directory: what is whole, missing, foreign"),
    ("report", "oommc.commands.report", "write DIR/report/index.html, or the tables as Markdown or LaTeX"),
    ("compare", "oommc.commands.compare", "paired differences of all pairs of policies"),
    ("choose", "oommc.commands.choose", "the policy to take, how sure that is, and what it costs"),
    ("uncertainty", "oommc.commands.uncertainty", "how far a number moves with what a scenario leaves open"),
    (
        "sensitivity",
        "oommc.commands.sensitivity",
        "which unknown of a scenario moves the difference between two policies, and where it turns",
    ),
    ("find", "oommc.commands.find", "list schedules worth replaying, each with the command that does"),
    ("rare", "oommc.commands.rare", "the probability of an event too rare to count, by importance sampling"),
    ("replay", "oommc.commands.replay", "the story of one schedule"),
    ("explore", "oommc.commands.explore", "every order of steps of a small world, its times left open"),
    ("policies", "oommc.commands.policies", "list the policies, or show one"),
    ("scenarios", "oommc.commands.scenarios", "list the catalogue of scenarios, or show one"),
    ("machines", "oommc.commands.machines", "list the machine presets, or show one"),
    ("fit", "oommc.commands.fit", "a distribution for a scenario from a column of measured values"),
    ("incident", "oommc.commands.incident", "read the OOM reports of a kernel log"),
    ("advise", "oommc.commands.advise", "which setting would have helped in an incident, and how sure that is"),
    ("bench", "oommc.commands.bench", "how fast the core is, beside SimPy, the twin and a bare loop in C"),
)
"""Name, module with `add_arguments`, `run` and `EXAMPLES`, help."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and takes no abbreviations, which a later option could break.

    `module` is a command's. It is loaded when the command is asked for.
    """

    def __init__(self, *, module: str | None = None, **kwargs):
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs)
        self._module = module

    def complete(self) -> None:
        """Adds the command's own arguments."""
        if self._module:
            there, self._module = importlib.import_module(self._module), None
            there.add_arguments(self)
            self.epilog = examples(there.EXAMPLES)
            self.set_defaults(do=there.run)

    def parse_known_args(self, args=None, namespace=None):
        self.complete()
        namespace, rest = super().parse_known_args(args, namespace)
        for text in rest:
            if text.startswith("-"):
                options = re.findall(r"(?<=[ [(|])--?[a-z][a-z-]*", self.format_usage())
                self.error(f"unknown option {text.partition('=')[0]}: {hint(text.partition('=')[0], options)}")
            self.error(f"{text!r}: one argument too many")
        return namespace, rest

    def _check_value(self, action, value):  # argparse would list all there are, however near one is
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, f"unknown {value!r}: {hint(str(value), map(str, action.choices))}")

    def error(self, message):
        note(f"error: {message} (see {self.prog} --help)")
        self.exit(2)


def examples(rows: Sequence[tuple[str, str]]) -> str:
    """What a command's help ends in: for each example what it is for, and the command."""
    return "examples:\n" + "\n".join(f"  # {what}\n  {command}" for command, what in rows)


class _Version(argparse.Action):
    """--version, looked up only when asked for."""

    def __call__(self, parser, namespace, values, option_string=None):
        import oommc

        say(f"oommc {oommc.__version__}")
        parser.exit()


class _Completion(argparse.Action):
    """--completion SHELL: a script that completes commands and options, made by shtab."""

    def __call__(self, parser, namespace, values, option_string=None):
        try:
            import shtab
        except ImportError:
            parser.error("--completion: needs shtab: pip install 'oommc[completion]'")
        [commands] = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
        for command in commands.choices.values():
            command.complete()
        say(shtab.complete(parser, values))
        parser.exit()


def main(argv: list[str] | None = None) -> int:
    """Runs the command with `argv` (by default the process's) and returns its exit status."""
    for name in ("stdout", "stderr"):  # None where it was closed: nobody listens, and no file shall get its number
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - stays open
    try:
        status = _done(argv)
        sys.stdout.flush()
        return status
    except InputError as error:
        note(f"error: {error}")
        return 2
    except RunError as error:
        note(f"error: {error}")
        if isinstance(error, StuckError):  # the interpreter would wait for that thread
            os._exit(1)
        return 1
    except KeyboardInterrupt:
        note("interrupted")
        return 130
    except BrokenPipeError:  # the reader has seen enough
        _say_no_more()
        return 0
    except OSError as error:
        _say_no_more()
        note(f"error: {error.filename or 'standard output'}: {error.strerror}")
        return 1
    except Exception as error:
        if os.environ.get("OOMMC_TRACEBACK"):
            raise
        at = traceback.extract_tb(error.__traceback__)[-1]
        note(
            f"error: {type(error).__name__}: {str(error)[:200]} ({os.path.basename(at.filename)}:{at.lineno}). "
            "This is a mistake in oommc: please report this line with the command and its files; "
            "OOMMC_TRACEBACK=1 tells more"
        )
        return 1


def _done(argv: list[str] | None) -> int:
    try:
        commands = parser()
        args = commands.parse_args(argv)
        return (
            args.do(args)
            if args.do
            else commands.error(f"COMMAND is missing: {', '.join(name for name, *_ in COMMANDS)}")
        )
    except SystemExit as end:  # argparse: help, version, wrong use
        return end.code if isinstance(end.code, int) else 0


def _say_no_more() -> None:
    """What Python would still flush at its end goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> argparse.ArgumentParser:
    """The parser of `oommc`; a command's own arguments are added when it is asked for."""
    whole = _Parser(prog="oommc", description="Monte Carlo of the Linux OOM killer.")
    whole.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    whole.add_argument(
        "--completion",
        action=_Completion,
        choices=["bash", "zsh", "tcsh"],
        help="print a script for the shell that completes commands and options",
    )
    commands = whole.add_subparsers(title="commands", metavar="COMMAND")
    whole.set_defaults(do=None)
    for name, module, help in COMMANDS:
        commands.add_parser(name, help=help, description=help, module=module)
    return whole
