"""Kernels of one's own: Debian's source, small (kernel.config), as it is or with somebody's patch.

Every kernel is built from the same unpacked source at the same path, with the same date and names in it, so that a
patch that changes nothing gives the same image to the byte.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from oommc.errors import InputError, RunError

from .kernels import unpack

VERSION = "6.12"
PACKAGE = f"linux-source-{VERSION}"
CONFIG = Path(__file__).parent.parent / "kernel.config"
FLUSH = "release_pages"
"""What free_pages_and_swap_cache() is without swap (include/linux/swap.h)."""

SAME = {
    "KBUILD_BUILD_TIMESTAMP": "@0",
    "KBUILD_BUILD_USER": "lab",
    "KBUILD_BUILD_HOST": "lab",
    "KBUILD_BUILD_VERSION": "1",
}
_FILES = re.compile(r"^// files: (.+)$", re.MULTILINE)


def image(patch: Path | None, cache: Path) -> Path:
    """The kernel with a patch (None: without any), below `cache`; built if it isn't there yet. The first takes ten
    minutes of a processor, each other as long as what it changes. Raises InputError, RunError.

    A patch is a unified diff, or a semantic patch of Coccinelle whose name ends in .cocci and that names its files in
    a line `// files: mm/oom_kill.c ...`.
    """
    place = cache / f"source-{VERSION}"
    base = place / f"base-{digest(None)}"
    found = place / "images" / digest(patch)
    if found.exists():
        return found
    if patch and not base.exists():
        image(None, cache)
    tree, build = place / "tree", place / "build"
    for old in (tree, build):
        shutil.rmtree(old, ignore_errors=True)
    _run(["cp", "-al", _source(place), tree], place)
    if patch:
        apply(patch, tree)
        _run(["cp", "-a", base, build], place)
    else:
        build.mkdir()
        _make(tree, build, f"KCONFIG_ALLCONFIG={CONFIG}", "allnoconfig")
        if lost := missing(CONFIG.read_text("utf-8"), (build / ".config").read_text("utf-8")):
            raise RunError(f"{CONFIG.name}: {PACKAGE} hasn't taken {', '.join(lost)}")
    _make(tree, build, f"-j{os.cpu_count()}", "bzImage")
    if not patch:
        _run(["cp", "-a", build, base], place)
    found.parent.mkdir(exist_ok=True)
    shutil.copy(build / "arch" / "x86" / "boot" / "bzImage", found)
    return found


def digest(patch: Path | None) -> str:
    """What an image and its build are kept under: it depends on the options and the patch. Raises InputError."""
    try:
        text = patch.read_bytes() if patch else b""
    except OSError as error:
        raise InputError(f"{patch}: can't be read: {error.strerror}") from None
    return hashlib.sha256(CONFIG.read_bytes() + b"\0" + text).hexdigest()[:16]


def missing(wanted: str, got: str) -> list[str]:
    """The options of a fragment that a .config doesn't have as the fragment says."""
    there = set(got.splitlines())
    return [line for line in wanted.splitlines() if line.startswith("CONFIG_") and line not in there]


def apply(patch: Path, tree: Path) -> None:
    """Patch the source; an empty patch changes nothing. Raises InputError."""
    text = patch.read_text("utf-8")
    if patch.suffix == ".cocci":
        _edit(patch, named(text, patch), tree)
    elif text.strip():
        _try(["patch", "-p1", "-N", "-s", "-f", "-i", patch.resolve()], tree, patch)


def named(text: str, patch: Path) -> list[str]:
    """The files that a semantic patch names. Raises InputError."""
    if not (files := _FILES.search(text)):
        raise InputError(f"{patch}: a semantic patch names its files: // files: mm/oom_kill.c ...")
    return files[1].split()


def _edit(patch: Path, files: Iterable[str], tree: Path) -> None:
    """Each file is edited in a copy of its own: the tree is made of links. One that stays as it was is an error."""
    for name in files:
        file = tree / name
        if not file.exists():
            raise InputError(f"{patch}: {name}: {PACKAGE} has no such file")
        before = file.read_bytes()
        file.unlink()
        file.write_bytes(before)
        _try(["spatch", "--very-quiet", "--no-includes", "--in-place", "--sp-file", patch.resolve(), name], tree, patch)
        if file.read_bytes() == before:
            raise InputError(f"{patch}: nothing in {name} matches")


def _source(place: Path) -> Path:
    """Debian's source, unpacked once."""
    source = place / "pristine"
    if not source.exists():
        unpacked = place / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpack(PACKAGE, unpacked)
        _run(["tar", "xf", f"usr/src/{PACKAGE}.tar.xz"], unpacked)
        (unpacked / PACKAGE).rename(source)
        shutil.rmtree(unpacked)
    return source


def _make(tree: Path, build: Path, *words: str) -> None:
    _run(["make", "-s", f"O={build}", *words], tree, SAME)


def _try(command: list, place: Path, patch: Path) -> None:
    """As _run(), but what fails is the patch's fault."""
    try:
        _run(command, place)
    except RunError as error:
        raise InputError(f"{patch}: doesn't apply to {PACKAGE}: {error}") from None


def _run(command: list, place: Path, more: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, cwd=place, check=True, capture_output=True, text=True, env=os.environ | (more or {}))
    except FileNotFoundError:
        raise RunError(f"{command[0]}: not found") from None
    except subprocess.CalledProcessError as error:
        told = (error.stderr.strip() or error.stdout.strip()).splitlines() or ["failed"]
        raise RunError(f"{command[0]}: {told[-1]}") from None
