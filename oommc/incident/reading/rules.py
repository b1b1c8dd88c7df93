"""Which method of a reader takes which record: patterns stand above methods, the first that matches wins."""

import re
from collections.abc import Callable
from typing import Any

from oommc.incident.reading.records import Record

Method = Callable[[Any, re.Match, Record], None]


class Rules:
    """The patterns of one reader, matched at the beginning of a record, in the order of definition."""

    def __init__(self) -> None:
        self._rules: list[tuple[re.Pattern, Method]] = []

    def on(self, *patterns: str) -> Callable[[Method], Method]:
        """Decorates the method for records that match one of the patterns."""

        def register(method: Method) -> Method:
            self._rules += [(re.compile(pattern, re.ASCII | re.DOTALL), method) for pattern in patterns]
            return method

        return register

    def apply(self, reader: object, record: Record) -> None:
        """Hand the record to the reader's method for it, if there is one."""
        for pattern, method in self._rules:
            if match := pattern.match(record.text):
                method(reader, match, record)
                return
