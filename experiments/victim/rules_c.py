"""The rule of rules.py in C, compiled by the machine's compiler and found through ctypes."""

import ctypes
import subprocess
import sysconfig
import tempfile
from pathlib import Path

from scipy import LowLevelCallable

import oommc


def built() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "rules.so"
        compiler = (sysconfig.get_config_var("CC") or "cc").split()
        flags = ["-shared", "-fPIC", "-O2", "-ffp-contract=off", "-I", oommc.get_include()]
        source = Path(__file__).with_name("rules.c")
        subprocess.run([*compiler, *flags, str(source), "-o", str(library)], check=True)
        return ctypes.CDLL(str(library))


code = built().pages_per_second
code.restype, code.argtypes = ctypes.c_double, [ctypes.c_void_p, ctypes.c_void_p]
pages_per_second = oommc.victim_function(LowLevelCallable(code), "pages_per_second", version="1")
