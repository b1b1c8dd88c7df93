"""An initramfs: a cpio archive in the "newc" format.

The kernel's Documentation/driver-api/early-userspace/buffer-format.rst describes it.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from stat import S_IFDIR, S_IFREG


def archive(files: Mapping[str, bytes], directories: tuple[str, ...] = ()) -> bytes:
    """The archive of `directories` and executable `files` (name without a leading slash → content);
    nothing in it depends on the day or the user.
    """
    entries = [(name, S_IFDIR | 0o755, b"") for name in directories]
    entries += [(name, S_IFREG | 0o755, data) for name, data in files.items()]
    entries.append(("TRAILER!!!", 0, b""))
    return b"".join(_entry(inode, *entry) for inode, entry in enumerate(entries, 1))


def parents(files: Iterable[str]) -> tuple[str, ...]:
    """The directories of these files, each after its own."""
    found = {str(above) for name in files for above in PurePosixPath(name).parents if above.name}
    return tuple(sorted(found))


def _entry(inode: int, name: str, mode: int, data: bytes) -> bytes:
    path = name.encode() + b"\0"
    links, owner, mtime, device, check = 1, 0, 0, 0, 0
    fields = (inode, mode, owner, owner, links, mtime, len(data), *(device,) * 4, len(path), check)
    head = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(head + path) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
