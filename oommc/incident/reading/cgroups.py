"""Which memory cgroup of a running machine limits a process: cgroup v2, v1, and both at once.

Files as in Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. Of a process's group and those above it
the one with the smallest limit counts; the model's groups aren't nested.
"""

import re
from functools import cached_property
from pathlib import Path, PurePosixPath

from oommc.incident.model import Memcg

_LONGEST_PATH = 200  # what a name in a scenario may have
_UNLIMITED_V1 = 1 << 60  # v1 prints the largest number of whole pages where there is no limit


class Cgroups:
    """The groups below `root` (/sys/fs/cgroup), each read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[PurePosixPath, Memcg | None] = {}

    @cached_property
    def _v1(self) -> bool:
        return (self._root / "memory").is_dir() and not (self._root / "cgroup.controllers").exists()

    def of(self, text: str) -> Memcg | None:
        """The group that limits the process whose /proc/PID/cgroup says `text`; None where none does."""
        path = self._path(text)
        if path is None or ".." in path.parts:  # outside of what this namespace shows
            return None
        found = [group for at in (path, *path.parents) if (group := self._group(at))]
        return min(found, key=lambda group: group.limit_kb, default=None)

    def _path(self, text: str) -> PurePosixPath | None:
        wanted = r"^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(/.*)$" if self._v1 else r"^0::(/.*)$"
        match = re.search(wanted, text, re.ASCII | re.MULTILINE)
        return PurePosixPath(match[1]) if match else None

    def _group(self, path: PurePosixPath) -> Memcg | None:
        if path not in self._known:
            self._known[path] = self._read(path)
        return self._known[path]

    def _read(self, path: PurePosixPath) -> Memcg | None:
        folder = self._root / ("memory" if self._v1 else "") / str(path).lstrip("/")
        limit = _text(folder / ("memory.limit_in_bytes" if self._v1 else "memory.max"))
        if not re.fullmatch(r"\d{1,19}", limit, re.ASCII) or not 0 < int(limit) < _UNLIMITED_V1:
            return None
        name = "".join(c if c.isprintable() else "?" for c in str(path))[-_LONGEST_PATH:]
        return Memcg(name, int(limit) // 1024, _text(folder / "memory.oom.group") == "1")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except (OSError, ValueError):
        return ""
