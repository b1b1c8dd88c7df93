"""What stands before a log line's text: quoting, levels, stamps, host and program names.

A report reaches us as `dmesg`, `dmesg -T`, syslog, the journal, a serial console, and all of these quoted
in mail. Only printk's own stamp is a time to calculate with (see `Report`); the others are kept as text.
"""

import re
from typing import NamedTuple

_QUOTE = re.compile(r"(?:\s{0,8}>)+")
_LEVEL = re.compile(r"<\d{1,2}>")
# Not anchored: a console writes the stamp wherever the program before it stopped printing.
_PRINTK = re.compile(r"\[\s{0,12}(\d{1,12}\.\d{1,9})\](?:\[\s{0,8}[TC]\d+\])?", re.ASCII)
_MONOTONIC_HOST = re.compile(r"\s?\S{1,64} kernel:")
_DATE = re.compile(r"\[(\S{2,9} \S{2,9} +\d{1,2} \d\d:\d\d:\d\d \d{4})\]", re.ASCII)
_CLOCK = re.compile(r"(.{0,40}?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?):?(?=\s)", re.ASCII)
_PROGRAM = re.compile(r"\s(?:\S{1,64} )?(kernel|earlyoom|(?:systemd-)?oomd|[\w.@/-]{1,48}\[\d+\]):(?=\s|$)", re.ASCII)
_STAMP_WITHIN = 160
_NOT_IN_A_ROW = re.compile(r"[.:\[\xa0]")  # what stamps, clocks, dates and other blanks can't do without


class Line(NamedTuple):
    """A physical line: its text, what its prefix told, and its raw width (mail wraps by width)."""

    text: str
    t_s: float | None
    stamp: str | None
    program: str | None
    prefixed: bool
    width: int


def split(raw: str) -> Line:
    """Part a raw line from its prefix; a line without one comes back with `prefixed` false."""
    if raw[:1] == "[" and _NOT_IN_A_ROW.search(raw, 1) is None:  # a bare row of a task table: most of a long log
        raw = raw.rstrip()
        return Line(raw, None, None, None, False, len(raw))
    raw = raw.replace("\xa0", " ").rstrip()
    at, t_s, stamp, program = 0, None, None, None
    if quote := _QUOTE.match(raw):
        at = quote.end()
    start = at + len(raw) - at - len(raw[at:].lstrip())
    at = start
    if level := _LEVEL.match(raw, at):
        at = level.end()
    if printk := _PRINTK.search(raw, at, at + _STAMP_WITHIN):
        t_s, at, program = float(printk[1]), printk.end(), "kernel"
        if host := _MONOTONIC_HOST.match(raw, at):
            at = host.end()
    elif date := _DATE.match(raw, at):
        stamp, at, program = date[1], date.end(), "kernel"
    elif clock := _CLOCK.match(raw, at):
        stamp, at = clock[1], clock.end()
        if named := _PROGRAM.match(raw, at):
            program, at = named[1].partition("[")[0], named.end()
    return Line(raw[at:].strip(), t_s, stamp, program, at > start, len(raw))
