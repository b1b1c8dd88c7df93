"""A tree with faults in it: what is wrong where, and a copy of the sources that has it.

A `Mutant` names a text that occurs once in a file, what stands there instead, and the quick tests that must fail then.
In the core the text between « and » is an expression, and all mutants are built into one core: OOMMC_MUTANT chooses
which of them is on, and 0 is none. In Python the whole text is replaced, one at a time.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CONDITION = re.compile("[!<>=]=|[<>] |not | and |recovered")
SWITCH = '''"""Which planted fault is on."""

cdef extern from *:
    """
    #include <stdlib.h>
    static int oommc_mutant(void) {
        static int which = -1;
        if (which < 0) { const char *told = getenv("OOMMC_MUTANT"); which = told ? atoi(told) : 0; }
        return which;
    }
    """
    int oommc_mutant() noexcept nogil
'''


class Mutant(NamedTuple):
    """`caught_by`: test files, or tests in them, as pytest takes them."""

    file: str
    old: str
    new: str
    caught_by: str

    @property
    def in_core(self) -> bool:
        return self.file.startswith("pyx/")


def once(file: str, old: str, new: str, text: str) -> str:
    """The text with `new` for `old`, which occurs exactly once in it."""
    found = text.count(old)
    assert found == 1, f"{file}: {old!r} occurs {found} times"
    return text.replace(old, new)


def planted(mutants: list[Mutant], place: Path) -> None:
    """A copy of the sources in `place`, with the core built that has all those of the core. Asserts that it builds."""
    for part in ("oommc", "pyx", "tests"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    for part in ("README.md", "LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / part, place / part)
    setup = once("setup.py", '"-O3"', '"-O1"', (ROOT / "setup.py").read_text("utf-8"))  # built sooner
    (place / "setup.py").write_text(setup, "utf-8")
    (place / "pyx" / "mutants.pxd").write_text(SWITCH, "utf-8")
    for number, mutant in enumerate(mutants, 1):
        path = place / mutant.file
        text = path.read_text("utf-8")
        if not mutant.in_core:
            once(mutant.file, mutant.old, mutant.new, text)
            continue
        before, expression, after = re.fullmatch("(.*)«(.*)»(.*)", mutant.old, re.DOTALL).groups()
        of = "<bint>" if CONDITION.search(expression) else ""
        either = f"({of}({mutant.new}) if oommc_mutant() == {number} else {of}({expression}))"
        text = once(mutant.file, before + expression + after, before + either + after, text)
        if "oommc_mutant\n" not in text:
            text = re.sub(
                "^(?=from |cimport )", "from mutants cimport oommc_mutant\n", text, count=1, flags=re.MULTILINE
            )
        path.write_text(text, "utf-8")
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    built = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-3000:]
