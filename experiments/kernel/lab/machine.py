"""The emulated machine: builds the guest, boots it, and gives back what its two serial ports said."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from oommc.errors import RunError
from oommc.scenario import Scenario

from . import cpio

QEMU = "qemu-system-x86_64"
BOOT = (
    "console=ttyS0 panic=-1 mitigations=off tsc=reliable no_timer_check edd=off loglevel=4 transparent_hugepage=never"
)
BOOT += " cryptomgr.notests"  # 6.12's self-tests go on in the background and take half of a processor from the run
CLOCKS = {
    # One instruction takes 2 ns of the guest's time, whatever the host does; with one host thread the run is a function
    # of its inputs, and all processors share one clock.
    "icount": ["-accel", "tcg,thread=single", "-icount", "shift=1,sleep=off", "-rtc", "base=2024-01-01,clock=vm"],
    # A host thread for each processor, which really run at once, as far as the host has as many; no two runs are alike.
    "host": ["-accel", "tcg,thread=multi"],
}
TRIES = 3  # QEMU 7.2's emulation sometimes dies while it boots
PATIENCE_S = 900  # of wall clock: a run takes about 15 s on an idle host
_PLACES = ("dev", "proc", "sys", "group")


class Logs(NamedTuple):
    """What came out: the kernel's log, and the guest's."""

    console: str
    guest: str


def build(directory: Path) -> bytes:
    """The guest's program, static. Raises RunError."""
    source, program = Path(__file__).with_name("init.c"), directory / "init"
    command = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Werror", "-static", "-pthread", "-s", "-o", program, source]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise RunError("gcc: not found") from None
    except subprocess.CalledProcessError as error:
        raise RunError(f"gcc: {error.stderr.strip()}") from None
    return program.read_bytes()


def processors(scenario: Scenario, clock: str) -> int:
    """How many of the guest's processors work at once: one under icount, else no more than the host has."""
    return 1 if clock == "icount" else min(scenario.machine.cpus, os.cpu_count() or 1)


def boot(
    image: Path, scenario: Scenario, plan: str, clock: str = "icount", files: Mapping[str, bytes] | None = None
) -> Logs:
    """Boot `image` with the guest and its plan on the scenario's machine, and wait for its end. Raises RunError.

    `files` (by their path) are there, too; what programs of these say is kept in the kernel's log without a limit.
    Everything lies in a temporary directory that goes with the run.
    """
    with TemporaryDirectory(prefix="oommc-lab-") as name:
        directory = Path(name)
        own = {"init": build(directory), "plan": plan.encode()}
        archive = cpio.archive(own | dict(files or {}), (*_PLACES, *cpio.parents(files or ())))
        (directory / "initrd").write_bytes(archive)
        for _ in range(TRIES):
            logs = _once(image, scenario, directory, clock, " printk.devkmsg=on" if files else "")
            if "\nend " in logs.guest or "Kernel panic - not syncing: Out of memory" in logs.console:
                return logs
            if error := next((line for line in logs.guest.splitlines() if line.startswith("error ")), None):
                raise RunError(f"{scenario.name}: the guest says: {error.removeprefix('error ')}")
    last = (logs.console.strip().splitlines() or ["nothing"])[-1]
    raise RunError(f"{scenario.name}: the machine didn't come to its end; its last line: {last}")


def _once(image: Path, scenario: Scenario, directory: Path, clock: str, more: str) -> Logs:
    ports = [directory / "console", directory / "guest"]
    machine = scenario.machine
    command = [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", *CLOCKS[clock]]
    command += ["-m", f"{machine.nodes[0].memory // 256}M", "-smp", str(machine.cpus)]
    command += ["-kernel", image, "-initrd", directory / "initrd", "-append", BOOT + more]
    for port in ports:
        port.touch()
        command += ["-serial", f"file:{port}"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S)
    except FileNotFoundError:
        raise RunError(f"{QEMU}: not found; Debian has it in qemu-system-x86") from None
    except subprocess.CalledProcessError as error:
        raise RunError(f"{QEMU}: {error.stderr.strip()}") from None
    except subprocess.TimeoutExpired:
        pass  # what it has said by now is the message
    return Logs(*(port.read_text("utf-8", "replace").replace("\r", "") for port in ports))
