"""Killers in user space: Debian's programs, and what they need to run in the guest."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from oommc.errors import RunError

from .kernels import unpack


@dataclass(frozen=True)
class Killer:
    """`package`: Debian's, `command`: as the guest starts it, `percent`: of memory available, at which it first acts,
    `row`: the simulator's policy beside the kernel's.
    """

    package: str
    command: tuple[str, ...]
    percent: int
    row: str


KILLERS: Mapping[str, Killer] = MappingProxyType(
    {
        # 1.7 takes the share of all memory, waits until a victim's first thread is a zombie, and no process_mrelease().
        "earlyoom": Killer("earlyoom", ("/usr/bin/earlyoom",), 10, "earlyoom(mem_of=total,wait=leader,reap=no)"),
    }
)


def files(name: str, cache: Path) -> dict[str, bytes]:
    """The program with its loader and libraries, by their paths in the guest. Raises RunError."""
    killer = KILLERS[name]
    place = cache / name
    program = place / killer.command[0].lstrip("/")
    if not program.exists():
        unpack(killer.package, place)
    try:
        told = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise RunError(f"ldd: {program}: {error}") from None
    needed = [Path(path) for path in re.findall(r"(/\S+) \(0x", told)]
    return {killer.command[0].lstrip("/"): program.read_bytes()} | {
        str(path).lstrip("/"): path.read_bytes() for path in needed
    }
