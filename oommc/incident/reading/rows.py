"""Rows of CSV, as consoles of log collectors save them."""

import csv
import re
from collections.abc import Iterator

from oommc.incident.reading.collected import told

_HEAD = re.compile(r'"?[@\w .-]{1,40}"?(?:[,;]"?[@\w .-]{1,40}"?){1,40}', re.ASCII)
_MESSAGES = {"message", "@message", "line", "_raw", "log", "msg", "content", "textpayload", "syslogmessage"}
_CLOCK = re.compile(r"[\dTZ/ +-]{0,24}\d\d:\d\d:\d\d[\dTZ:.,+-]{0,24}", re.ASCII)


class Rows:
    """Takes lines that may be rows; the names of the columns stand in the first, or nowhere."""

    def __init__(self) -> None:
        self._names: list[str] | None = None
        self._delimiter = ","

    def is_head(self, line: str) -> bool:
        """Whether the line names the columns of rows, one of which is a message."""
        line = line.removeprefix("\ufeff").rstrip()
        if not _HEAD.fullmatch(line):
            return False
        delimiter = max(",;", key=line.count)
        names = [name.strip('"').lower() for name in line.split(delimiter)]
        if not _MESSAGES.intersection(names):
            return False
        self._delimiter = delimiter
        self._names = ["message" if name in _MESSAGES else name for name in names]
        return True

    def told(self, line: str) -> Iterator[str]:
        """What a row tells. Without names its longest field is the message, and the first with a time its stamp."""
        try:
            (fields,) = csv.reader([line.rstrip()], delimiter=self._delimiter)
        except (ValueError, csv.Error):  # a lone quote, or a field too long
            return iter([line])
        if self._names and len(fields) == len(self._names):
            return told(dict(zip(self._names, fields, strict=True)))
        stamp = next((field for field in fields if _CLOCK.fullmatch(field)), None)
        message = max((field for field in fields if field is not stamp), key=len, default="")
        return iter([f"{stamp} {message}" if stamp else message])
