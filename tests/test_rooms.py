"""The rooms of the house (docs/architecture.md's table) build on each other one way, and so do the files of each:
no circle of imports.

Imports within functions count, too.
"""

import ast
import re
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import oommc

HOUSE = Path(oommc.__file__).parent


def module(path: Path) -> str:
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in sorted(HOUSE.rglob("*.py*")) if path.suffix in (".py", ".pyi")}
del MODULES["oommc"]  # the door, through which everything is seen


def room(name: str) -> str:
    return ".".join(name.split(".")[:2])


def imported(name: str) -> set[str]:
    """The modules of the house that a module imports, wherever it does."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{source}.{alias.name}" for alias in node.names}
    return {of for one in found if (of := _module_of(one)) and of != name}


def _module_of(name: str) -> str | None:
    """The module that is named, or that defines the name."""
    return next((of for of in (name, name.rpartition(".")[0]) if of in MODULES), None)


IMPORTS = {name: imported(name) for name in MODULES}


def test_data_flows_one_way():
    builds_on: dict[str, set[str]] = {}
    for name, others in IMPORTS.items():
        builds_on.setdefault(room(name), set()).update({room(other) for other in others} - {room(name)})
    order = list(TopologicalSorter(builds_on).static_order())  # raises CycleError
    assert (
        order.index("oommc.scenario")
        < order.index("oommc.engine")
        < order.index("oommc.collect")
        < order.index("oommc.report")
    )


def test_within_a_room_too():
    within = {name: {other for other in others if room(other) == room(name)} for name, others in IMPORTS.items()}
    assert within["oommc.twin.exit"] >= {"oommc.twin.core_dump", "oommc.twin.world"}
    assert within["oommc.fitting.shown"] >= {"oommc.fitting.text"}  # imported in a method
    assert within["oommc.scenario.scenario"] >= {"oommc.scenario.read", "oommc.scenario.write"}
    list(TopologicalSorter(within).static_order())  # raises CycleError


def test_nothing_but_the_command_line_imports_a_command():
    commands = {
        name for name, path in MODULES.items() if room(name) == "oommc.commands" and "def run(" in path.read_text()
    }
    assert len(commands) > 15
    importing = {name for name, others in IMPORTS.items() if others & commands}
    assert not importing


def test_the_docs_name_every_room():
    table = (HOUSE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    assert set(re.findall(r"`oommc/(\w+)`", table)) == rooms


def test_every_data_file_is_packaged():
    settings = tomllib.loads((HOUSE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    packaged = settings["tool"]["setuptools"]["package-data"]
    files = {path for path in HOUSE.rglob("*") if path.suffix in {".c", ".css", ".h", ".html", ".toml"}}
    found = {
        path
        for package, patterns in packaged.items()
        for pattern in patterns
        for path in HOUSE.parent.joinpath(*package.split(".")).glob(pattern)
    }
    assert files and files <= found
