"""Victim functions for the tests: C that is compiled on the spot, and its twin in Python."""

import ctypes
import subprocess
import sysconfig

from scipy import LowLevelCallable

import oommc
from oommc.policies.victim import Task, VictimFunction

EVERYTHING = "(" + " + ".join(f"{k + 3} * ((double)(task->{f} % 1000003))" for k, f in enumerate(Task._fields)) + ")"
"""An expression in C in which every field has its own weight."""


def everything(task: Task) -> float:
    """The same in Python; C's remainder has the sign of the dividend."""
    return sum((k + 3.0) * (abs(value) % 1000003 * (1 if value >= 0 else -1)) for k, value in enumerate(task))


def compiled(folder, body: str, name: str = "", version: str = "") -> VictimFunction:
    """`double score(task, user_data) { body }`."""
    source, library = folder / "score.c", folder / f"score{abs(hash(body))}.so"
    source.write_text(
        '#include <math.h>\n#include "oommc_victim.h"\n'
        f"double score(const oommc_task *task, void *user_data) {{ (void)task; (void)user_data; {body} }}\n"
    )
    flags = ["-shared", "-fPIC", "-ffp-contract=off", "-I", oommc.get_include()]
    compiler = (sysconfig.get_config_var("CC") or "cc").split()
    subprocess.run([*compiler, *flags, str(source), "-o", str(library)], check=True)
    code = ctypes.CDLL(str(library)).score
    code.restype, code.argtypes = ctypes.c_double, [ctypes.c_void_p, ctypes.c_void_p]
    return oommc.victim_function(LowLevelCallable(code), name, version)
