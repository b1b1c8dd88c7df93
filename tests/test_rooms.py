"""The rooms of the house (README's table) build on each other one way: no circle of imports, lazy ones included."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import oommc

HOUSE = Path(oommc.__file__).parent


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def imported(path: Path) -> set[str]:
    """The modules that a file names, wherever it does."""
    here = ".".join(path.relative_to(HOUSE.parent).with_suffix("").parts)
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            within = ".".join(here.split(".")[: -node.level]) + "." if node.level else ""
            names |= {f"{within}{node.module or ''}".rstrip(".") + f".{alias.name}" for alias in node.names}
    return {name for name in names if name.startswith("oommc.")}


def test_data_flows_one_way():
    builds_on = {}
    for path in sorted(HOUSE.rglob("*.py")):
        if path == HOUSE / "__init__.py":  # the door, through which everything is seen
            continue
        here = room(".".join(path.relative_to(HOUSE.parent).with_suffix("").parts))
        builds_on.setdefault(here, set()).update({room(name) for name in imported(path)} - {here})
    order = list(TopologicalSorter(builds_on).static_order())  # raises CycleError
    assert (
        order.index("oommc.scenario")
        < order.index("oommc.engine")
        < order.index("oommc.collect")
        < order.index("oommc.report")
    )
