"""Writes what the core takes from the package's tables: enums, structs and codes, as `.pxd` and `.pxi` files.

`setup.py` runs it before Cython, into `build/pyx/`; what it writes is never committed.
"""

from collections.abc import Callable
from pathlib import Path

import generate_policy
import generate_record
import generate_scenario
from tables import table

WRITERS: dict[str, Callable[[], str]] = {
    "policy.pxd": lambda: generate_policy.policy(
        table("policies.mechanisms").MECHANISMS, table("policies.knobs").KNOBS
    ),
    "record.pxd": lambda: generate_record.record(table("columns")),
    "keys.pxi": lambda: generate_scenario.structs(table("scenario.common").MAX_NODES, table("engine.layout").STRUCTS),
}
"""File name in `build/pyx/` → the function that returns its text."""


def generate(folder: Path) -> None:
    """Write every file that has changed, so that Cython compiles no more than it must."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in WRITERS.items():
        path, new = folder / name, text()
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            path.write_text(new, encoding="utf-8")
