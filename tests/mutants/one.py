"""`python one.py PLACE NUMBER…`: whether the tests of each mutant fail in the tree that has it; a line each.

A mutant a forked process, which finds the libraries loaded already. 0 is no mutant: all tests pass.
"""

import contextlib
import io
import os
import sys
from pathlib import Path

import hypothesis  # noqa: F401 - loaded once for all
import numpy as np  # noqa: F401
import pandas  # noqa: F401
import pytest
import scipy.special
import scipy.stats  # noqa: F401

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from planted import once  # noqa: E402 - beside this file
from table import MUTANTS  # noqa: E402


def tested(number: int, place: Path) -> int:
    """Pytest's exit status, in this process."""
    os.environ["OOMMC_MUTANT"] = str(number)
    os.chdir(place)
    sys.path.insert(0, str(place))
    asked = {m.caught_by for m in MUTANTS} if number == 0 else {MUTANTS[number - 1].caught_by}
    with contextlib.redirect_stdout(io.StringIO()):
        return pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--no-header", *sorted(asked)])


def main(place: Path, numbers: list[int]) -> None:
    sys.dont_write_bytecode = True
    for number in numbers:
        mutant = MUTANTS[number - 1] if number else None
        path = place / mutant.file if mutant and not mutant.in_core else None
        text = path.read_text("utf-8") if path else ""
        if path:
            path.write_text(once(mutant.file, mutant.old, mutant.new, text), "utf-8")
        child = os.fork()
        if child == 0:
            os._exit(tested(number, place))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if path:
            path.write_text(text, "utf-8")
        print(number, status, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(number) for number in sys.argv[2:]])
