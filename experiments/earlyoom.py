"""earlyoom's issues #121 and #309: it kills more than is needed while memory isn't back.

    python experiments/earlyoom.py [--schedules 2000] [--picture experiments/earlyoom.svg]     (two minutes)

#121 (2019, version 1.2): two big processes die within a second; what it waits for after a kill is its next poll. #309
(2024): it now waits until the process has exited, sees its first thread as a zombie after 0.1 s while the others still
hold 24 GB, and shoots an innocent electron of 17 MiB a second later. Since 1.8 it waits until no other thread is left.
Sizes are #309's: 31,808 MiB, a `cluster` of 24 GB; swap is left out, since at 8.9 % free it met its threshold anyway.
That one of its eight threads in four is uninterruptible for a second, on average, is an assumption. On Linux 5.15 and
later earlyoom has the victim's memory taken by process_mrelease() too.
"""

from pathlib import Path

from _dispute import arguments, bars, run, table

from oommc.scenario import Scenario

POLICIES = {
    "the kernel alone": "mainline-6",
    "1.2: polls on": "earlyoom(wait=nothing,reap=no)",
    "1.2 with swap: sleeps a second": "earlyoom(wait=nothing,rest=1s,reap=no)",
    "1.3 to 1.7: till the leader is a zombie": "earlyoom(wait=leader,reap=no)",
    "1.8: till all threads are gone": "earlyoom(reap=no)",
    "that, and process_mrelease()": "earlyoom",
    "process_mrelease() alone: polls on": "earlyoom(wait=nothing)",
}
COLUMNS = {"kills": "kills", "collateral": "of innocents", "premature": "with an earlier victim's memory not back"}


def main() -> None:
    args = arguments(__file__, __doc__, 2_000)
    scenario = Scenario.load(Path(__file__).with_name("earlyoom.toml"))
    entries = run(scenario, POLICIES, args)
    print(table(entries, COLUMNS))
    args.picture.write_bytes(bars("earlyoom: kills per schedule", entries, COLUMNS))


if __name__ == "__main__":
    main()
