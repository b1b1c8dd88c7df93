"""The plain-Python engine: docs/model.md as a program, written for reading, that the compiled core must equal.

    draws → world → pcp → allocate → path → oom_kill → exit → measure → engine

It shares the packed inputs with the core and nothing else. It simulates every retry one by one, forks nothing,
skips nothing and stops early nowhere, so an agreement of records says something about all the core's shortcuts.
With a listener it tells what happens, which is how `oommc replay` works.
"""

from .engine import but_for, simulate

__all__ = ["but_for", "simulate"]
