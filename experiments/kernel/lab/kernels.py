"""Stock Debian kernels, fetched but not installed."""

import re
import subprocess
from pathlib import Path

from oommc.errors import InputError, RunError

PACKAGES = {"6.1": "linux-image-cloud-amd64", "6.12": "linux-image-6.12-cloud-amd64"}
"""Debian 12's metapackages: the names of the real packages change with every update."""


def fetch(version: str, cache: Path) -> Path:
    """The image of a kernel, below `cache`; downloaded if it isn't there yet. Raises InputError, RunError."""
    if version not in PACKAGES:
        raise InputError(f"kernel: {version!r} isn't one of {', '.join(PACKAGES)}")
    place = cache / version
    if not (image := _image(place)):
        told = _run(["apt-cache", "depends", PACKAGES[version]], Path(), check=False)
        package = re.search(r"Depends: (linux-image-\S+)", told)
        if not package:
            raise RunError(
                f"apt knows no {PACKAGES[version]}: is this Debian 12, and its list up to date (apt-get update)?"
            )
        unpack(package[1], place)
        image = _image(place)
    if not image:
        raise RunError(f"{PACKAGES[version]} holds no boot/vmlinuz-*")
    return image


def unpack(package: str, place: Path) -> None:
    """Fetch a package of Debian's and unpack it there. Raises RunError."""
    place.mkdir(parents=True, exist_ok=True)
    _run(["apt-get", "download", "-q", package], place)
    for archive in place.glob("*.deb"):
        _run(["dpkg", "-x", archive.name, "."], place)
        archive.unlink()


def _image(place: Path) -> Path | None:
    return next(iter(sorted(place.glob("boot/vmlinuz-*"))), None)


def _run(command: list[str], place: Path, check: bool = True) -> str:
    try:
        return subprocess.run(command, cwd=place, check=check, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise RunError(f"{command[0]}: not found") from None
    except subprocess.CalledProcessError as error:
        raise RunError(f"{' '.join(command)}: {(error.stderr.strip().splitlines() or ['failed'])[-1]}") from None
