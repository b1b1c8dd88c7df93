"""Writes what the core takes from the package's tables: enums, structs and codes, as `.pxd` files.

`setup.py` runs it before Cython, into `build/pyx/`; what it writes is never committed. It loads a table by its path and
not through the package, for a build has neither NumPy nor the compiled core: a table imports the standard library only.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import generate_record
import generate_scenario

ROOT = Path(__file__).resolve().parent.parent


def table(path: str) -> ModuleType:
    """The module at `path` (from the top of the project), on its own."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record() -> str:
    return generate_record.record(table("oommc/columns.py"))


WRITERS: dict[str, Callable[[], str]] = {"record.pxd": record, "keys.pxi": generate_scenario.structs}
"""File name in `build/pyx/` → the function that returns its text."""


def generate(folder: Path) -> None:
    """Write every file that has changed, so that Cython compiles no more than it must."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in WRITERS.items():
        path, new = folder / name, text()
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            path.write_text(new, encoding="utf-8")
