"""The reference of the commands, from the arguments that they declare."""

import argparse
import importlib

from oommc.cli import COMMANDS, parser


def commands() -> str:
    """A section for each command: what it does, examples, its arguments."""
    [choice] = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return "\n".join(_section(name, module, choice.choices[name]) for name, module, _ in COMMANDS)


def _section(name: str, module: str, command: argparse.ArgumentParser) -> str:
    command.complete()
    told = [action for action in command._actions if not isinstance(action, argparse._HelpAction)]
    lines = [f"## {name}", "", _sentence(command.description or ""), "", "```bash"]
    lines += ["\n\n".join(f"# {what}\n{line}" for line, what in importlib.import_module(module).EXAMPLES), "```", ""]
    if told:
        lines += ["| argument | meaning |", "| --- | --- |", *map(_row, told), ""]
    return "\n".join(lines)


def _row(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else action.metavar or ""
    name = " ".join(word for word in (", ".join(action.option_strings), str(value)) if word)
    meaning = _sentence((action.help or "").replace("%%", "%"))
    return f"| `{name.replace('|', chr(92) + '|')}` | {meaning.replace('|', chr(92) + '|')} |"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}." if words else "–"
