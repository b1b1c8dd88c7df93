"""The clocks of a log: printk's seconds since boot, and the logger's wall clock.

The wall clock is good for differences alone: its year may be missing, and its zone. `dmesg -H` prints a whole stamp
once a minute and `[  +0.000002]` after it, seconds since the line before (util-linux 2.40, sys-utils/dmesg.c,
record_time()).
"""

import re
from datetime import date
from typing import NamedTuple

_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)([.,]\d{1,9})?)?", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_DAY = re.compile(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2})\b", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEAP_YEAR = 2000
_DAY_S = 86_400


class Stamp(NamedTuple):
    """When a line was written: printk's seconds, the logger's stamp as text and seconds past it, seconds since the line
    before (where that is all that stands there).
    """

    t_s: float | None = None
    text: str | None = None
    since_s: float | None = None
    past_s: float = 0.0

    def after(self, whole: "Stamp") -> "Stamp":
        """This stamp, if it is relative, as a whole one: `whole` is the one before it."""
        if self.since_s is None or self.text is not None:
            return self._replace(since_s=None)
        t_s = None if whole.t_s is None else whole.t_s + self.since_s
        return Stamp(t_s, whole.text, None, whole.past_s + self.since_s)

    @property
    def shown(self) -> str | None:
        """The logger's stamp, as it may be shown."""
        return f"{self.text} +{self.past_s:.6f} s" if self.text and self.past_s else self.text

    @property
    def wall_s(self) -> float | None:
        """Seconds on the logger's clock: of the day alone where the date isn't in English or ISO."""
        seconds = _wall_s(self.text) if self.text else None
        return None if seconds is None else seconds + self.past_s


def _wall_s(text: str) -> float | None:
    """The seconds of a stamp in text; None if it has no time of day."""
    time = _TIME.search(text)
    if time is None:
        return None
    seconds = int(time[1]) * 3600 + int(time[2]) * 60 + int(time[3] or 0) + float((time[4] or ".0").replace(",", "."))
    try:
        if day := _ISO_DAY.search(text):
            seconds += date(*map(int, day.groups())).toordinal() * _DAY_S
        elif day := _DAY.search(text):
            seconds += date(_LEAP_YEAR, _MONTHS.index(day[1]) + 1, int(day[2])).toordinal() * _DAY_S
    except ValueError:
        return None
    return seconds
