"""Lines that a terminal of fixed width, or `fold`, has chopped, as the lines that they were.

Such a width is that of nearly all lines that go on in the next one, and no more than a few lines are longer. Mail
breaks lines between words instead, each where it has to; `records` joins those.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from oommc.incident.reading.prefix import split
from oommc.incident.reading.records import STARTS
from oommc.incident.reading.stamps import Stamp

_LOOKED_AT = 2000  # lines
_NARROWEST = 40
_WIDEST_MAIL = 80
_FEWEST = 3  # lines of that width that go on, where mail might have broken them
_MOST_BLANKS = 20  # that a copy may have lost at the end of a line
_LONGEST = 1 << 14
_NONE = Stamp()
_QUOTE = re.compile(r"(?:\s?>)+ ?")


def unfolded(lines: Iterable[str]) -> Iterator[str]:
    """The lines, whole again if they were chopped."""
    lines = iter(lines)
    first: list[str] = []
    for line in itertools.islice(lines, _LOOKED_AT):
        first.append(line)
        if len(line) > _LONGEST:  # nobody's terminal
            break
    stamped = sum(map(_stamped, first)) * 8 > sum(bool(line.strip()) for line in first)
    width = _width(first, stamped)
    lines = itertools.chain(first, lines)
    return lines if width is None else _joined(lines, width, stamped)


def _stamped(line: str) -> bool:
    parts = split(line)
    return parts.stamp != _NONE or (parts.host or parts.program) is not None


def _begins(line: str, stamped: bool) -> bool:
    """Whether a line stands for itself; where lines have stamps, that's those which have one."""
    return not line.strip() or _stamped(line) or (not stamped and STARTS.match(split(line).text) is not None)


def _width(lines: list[str], stamped: bool) -> int | None:
    """The width that lines were chopped at, if they were."""
    lengths = [len(line.rstrip("\r\n")) for line in lines]
    longest = max(lengths, default=0)
    if longest < _NARROWEST:
        return None
    go_on = [
        (length, after[:1] == " ", STARTS.match(after) is not None)
        for length, line, after in zip(lengths, lines, lines[1:], strict=False)
        if (stamped or length >= _NARROWEST) and line.strip() and not _begins(after, stamped)
    ]
    if not go_on:
        return None
    often = Counter(length for length, _, _ in go_on)
    width = max((length for length, count in often.items() if count >= _FEWEST), default=max(often))
    # A copy has lost the blanks where a line was chopped between some.
    agree = sum(width - (_MOST_BLANKS if blank else 1) <= length <= width for length, blank, _ in go_on)
    # Without stamps, lines of a call trace seem to go on, too.
    few = agree * (2 if stamped or width < longest else 4) < len(go_on)
    if 5 * sum(starts for _, _, starts in go_on) > len(go_on):  # whole lines, but without the others' prefix
        return None
    by_chance = often[width] < _FEWEST and (width <= _WIDEST_MAIL or often[width] < len(go_on))
    longer = sum(length > width for length in lengths)
    return None if by_chance or few or width < _NARROWEST or longer > max(2, len(lines) // 20) else width


def _joined(lines: Iterable[str], width: int, stamped: bool) -> Iterator[str]:
    lost = _MOST_BLANKS if stamped else 2
    whole, last = "", 0
    for raw in lines:
        line = raw.rstrip("\r\n")
        if width - lost <= last <= width and len(whole) < _LONGEST and not _begins(line, stamped):
            quote = _QUOTE.match(whole)
            rest = line.removeprefix(quote[0]) if quote else line
            whole += rest if last == width else " " + rest.lstrip()
        else:
            if last or whole:
                yield whole
            whole = line
            if not line:
                yield ""
        last = len(line)
    if whole:
        yield whole
