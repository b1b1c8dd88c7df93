"""What a copy put behind each line: `$` of `cat -A`, `^M`, a quote, the rest of some notation.

The lines that end in digits, or in the table's last column, show it.
"""

import re
from collections.abc import Iterable, Iterator

_TAIL = re.compile(
    r"(?:invoked oom-killer.{0,400}=-?\d{1,10}|\[ *pid *\] *uid .{0,200}\bname)(?P<tail>\W\S{0,7})?\s*$", re.ASCII
)


def without_tails(lines: Iterable[str]) -> Iterator[str]:
    """The lines, without what stands behind each of them from a line that shows it on."""
    tail = ""
    for line in lines:
        if (" invoked oom" in line or "total_vm" in line) and (shown := _TAIL.search(line)):
            tail = shown["tail"] or ""
            tail = "" if tail == "," else tail  # a sentence that a mail has wrapped
        yield line.rstrip().removesuffix(tail) if tail else line
