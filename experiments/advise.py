"""How much processor time passes until `oommc advise` first answers, log by log.

    python experiments/advise.py ../shared/data/oom-reports/*.log

Each log is a command of its own, which is ended at its first answer: the note on stderr that tells it, or the end. Its
processor time counts, with all its threads, so that what else the machine does counts little. Exit status 1 if one
takes longer than 30 s.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

LONGEST_S = 30.0
FIRST = "a first answer"


def first_answer(log: Path) -> tuple[float, str]:
    """Seconds of processor time, and what was answered. Without a note of its own the whole answer is the first."""
    command = [sys.executable, "-m", "oommc", "advise", "--", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        for line in child.stderr:
            if FIRST in line:
                used = processor_s(child.pid)
                child.terminate()
                return used, line.strip().removeprefix("oommc: ")
        answer = next((line.strip() for line in child.stdout if line.startswith(("The answer", "Nothing"))), "")
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{log}: oommc advise ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, answer or "no setting"


def processor_s(pid: int) -> float:
    """utime and stime of /proc/PID/stat, which are of all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path, nargs="+")
    slow = 0
    print("| log | processor time | first answer |\n|---|---|---|")
    for log in parser.parse_args().log:
        used, answer = first_answer(log)
        slow += used > LONGEST_S
        print(f"| {log.name} | {used:.1f} s | {answer} |", flush=True)
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
