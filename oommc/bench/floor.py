"""The bare loop in C (`floor.c`), built with the machine's own compiler: next event, one draw, back again."""

import ctypes
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from oommc.errors import InputError

WAYS = ("scan", "scan4", "heap")
"""Ways to find the next event; the fastest of them is the floor."""

FLAGS = ("-O3", "-shared", "-fPIC")  # no -march=native: what is shipped has none either


class Floor:
    """The loops, compiled. `compiler`: its first line of --version."""

    def __init__(self) -> None:
        """Raises InputError where there is no C compiler, or it can't build them."""
        command = _compiler()
        with TemporaryDirectory() as folder:
            library = Path(folder) / "floor.so"
            source = Path(__file__).with_name("floor.c")
            built = subprocess.run([*command, *FLAGS, "-o", library, source, "-lm"], capture_output=True, text=True)
            if built.returncode:
                said = (built.stderr.strip().splitlines() or ["it failed"])[0]
                raise InputError(f"bench: {shlex.join(command)} can't build the bare loop: {said}")
            self._library = ctypes.CDLL(str(library))
        for way in WAYS:
            loop = getattr(self._library, way)
            loop.argtypes, loop.restype = [ctypes.c_int64, ctypes.c_int64, ctypes.c_uint64], ctypes.c_int64
        version = subprocess.run([*command, "--version"], capture_output=True, text=True).stdout
        self.compiler = (version.splitlines() or [shlex.join(command)])[0]

    def run(self, way: str, entities: int, events: int, seed: int = 1) -> int:
        """So many events among so many entities, at most 8,192, which no scenario has;
        the time of the last one, in ns.
        """
        return getattr(self._library, way)(entities, events, seed)

    def philox(self, counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, ...]:
        """One block of the loops' random numbers."""
        words = (ctypes.c_uint64 * 4)(*counter)
        self._library.philox(words, ctypes.c_uint64(key[0]), ctypes.c_uint64(key[1]))
        return tuple(words)


def _compiler() -> list[str]:
    """$CC, or the first of the usual ones that is there."""
    asked = shlex.split(os.environ.get("CC", ""))
    for command in [asked] if asked else [["cc"], ["gcc"], ["clang"]]:
        if shutil.which(command[0]):
            return command
    raise InputError("bench: no C compiler for the bare loop: install one, or name it in CC")
