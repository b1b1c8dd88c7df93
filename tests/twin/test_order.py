"""The core reads like the twin.

What both have stands in the same order, and what only the core has stands behind its caller.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TWIN = {  # where the twin's modules are not just of the core's file's name
    "block": ["engine"],
    "boot": ["engine"],
    "events": ["world", "draws"],
    "exit": ["exit", "core_dump"],
    "gate": ["path"],
    "kswapd": ["allocate"],
    "preempt": ["path"],
    "rank": ["monitor"],
    "reading": ["monitor"],
    "reclaim": ["allocate"],
    "teardown": ["exit"],
}
CORE = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "pyx").glob("*.pxd"))}


def functions(name: str) -> dict[str, str]:
    """The inline functions of one of the core's files, in their order, with their bodies."""
    parts = re.split(r"^cdef inline [^(]*\b(\w+)\(", CORE[name], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def twins(module: str) -> list[str]:
    """The functions and methods of one of the twin's modules, in their order; none if there is no such module."""
    path = ROOT / "oommc/twin" / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [node.name for node in sorted(found, key=lambda node: node.lineno)]


PAIRS = [(name, module) for name in CORE for module in TWIN.get(name, [name]) if twins(module)]


@pytest.mark.parametrize(("name", "module"), PAIRS)
def test_what_both_have_stands_in_the_same_order(name, module):
    core, twin = list(functions(name)), twins(module)
    both = [function for function in core if function in twin]
    assert both
    assert both == sorted(both, key=twin.index)


@pytest.mark.parametrize("name", CORE)
def test_what_only_the_core_has_stands_behind_its_first_caller(name):
    core = functions(name)
    order, shared = list(core), {function for module in TWIN.get(name, [name]) for function in twins(module)}
    for part in core.keys() - shared:
        callers = [f for f, body in core.items() if f != part and re.search(rf"(?<![\w.]){part}\(", body)]
        assert not callers or order.index(callers[0]) < order.index(part), part


def test_each_module_of_the_twin_that_models_something_has_its_file_in_the_core():
    modules = {path.stem for path in (ROOT / "oommc/twin").glob("*.py")} - {"__init__"}
    assert modules == {module for _, module in PAIRS}
