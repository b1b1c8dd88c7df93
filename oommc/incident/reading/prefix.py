"""What stands before a log line's text: quoting, levels, stamps, host and program names.

A report reaches us as `dmesg`, as syslog, from the journal, from a serial console, and all of these quoted in mail.
So a prefix isn't matched as a whole: it is taken off piece by piece, in whatever order its pieces stand. Where a piece
isn't known, the kernel's line is found by its own beginning (`_ANCHOR`), and what stands before it is left alone.
"""

import re
from typing import NamedTuple

from oommc.incident.reading.cleaned import cleaned
from oommc.incident.reading.stamps import Stamp

_A = re.ASCII
_FACILITY = r"(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7])"
_SEVERITY = r"(?:emerg|panic|alert|crit|err|error|warn|warning|notice|info|debug)"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_SECONDS = r"\d{1,12}\.\d{1,9}"
_KNOWN = r"kernel|earlyoom|systemd-oomd|oomd|nohang|lmkd|lowmemorykiller|slurmstepd"
_QUOTE = re.compile(r"(?:\s{0,8}>)+")
_PRINTK = re.compile(
    rf"\[\s{{0,12}}(?P<t_s>{_SECONDS})(?: <\s{{0,12}}\+?{_SECONDS} ?>)?\](?:\[\s{{0,8}}[TC]\d+\])?", _A
)
# Pieces of a prefix. What they tell is in their groups: t_s or us (printk's clock), since (a relative stamp), stamp or
# unix (the wall clock), host, program.
_PIECES = [
    re.compile(piece, _A)
    for piece in (
        r"[^\S\n]+",
        (
            r"<\d{1,3}>1 (?:(?P<stamp>\d{4}-\S{10,40})|-) (?:-|(?P<host>\S{1,255})) (?:-|(?P<program>\S{1,48})) "
            r"\S{1,128} \S{1,32} (?:-|(?:\[[^\]]{0,400}\])+) ?\ufeff?"
        ),  # RFC 5424
        r"<\d{1,3}>",
        r"\d{1,3},\d{1,20},(?P<us>\d{1,18}),[^;\s]{1,80};",  # /dev/kmsg, and netconsole's extended form
        rf"{_FACILITY} *:{_SEVERITY} *: ?",  # dmesg -x
        _PRINTK.pattern,
        r"\[\s{0,8}[TC]\d{1,8}\](?=\s)",  # a caller without its stamp
        r"\[\d{1,3}:[^\[\]:]{1,20}:\s{0,8}\d{1,10}\](?=\s)",  # vendors' phones: CPU, name and pid of the caller
        rf"\[\s{{0,12}}(?:\+|<\s{{0,12}}\+?)(?P<since>{_SECONDS})>?\]",  # dmesg -H, dmesg -d
        r"(?P<unix>\d{9,11}\.\d{1,9})(?=\s\S)",  # journalctl -o short-unix
        r"\[(?P<unix>\d{9,11})\](?=\s)",
        rf"\[(?P<stamp>[^\[\]]{{0,40}}?{_CLOCK}[^\[\]]{{0,20}})\]",  # dmesg -T
        r"\[\s{0,4}(?P<stamp>[^\[\]\s]{1,9} [^\[\]]{1,16}? ?\d\d:\d\d)\]",  # dmesg -H
        r"(?:stdout|stderr) [FP] ",  # CRI
        r"(?P<host>[\w.-]{1,64}): (?=\[ {0,12}\d{1,12}\.\d)",  # pdsh
        (
            rf"(?:(?P<host>[^\s:\[\]]{{1,64}}) )?(?:{_FACILITY}\.{_SEVERITY} )?"
            rf"(?P<program>{_KNOWN}|[\w.@/()-]{{1,64}}(?=\[))(?:\[\d{{1,10}}\])?:(?=\s|$)"
        ),  # syslog's tag
    )
]
_STAMP = re.compile(rf"(?P<stamp>.{{0,40}}?{_CLOCK}):?(?: [A-Z]{{2,5}}(?= \S+ \S+:)| \d{{4}}(?= ))?(?=\s)", _A)
_LOGCAT = re.compile(r"\d{1,7}\s{1,8}\d{1,7} [VDIWEF] (?P<program>\S{1,48}?) *:(?=\s)", _A)
_CONTAINER = re.compile(r"(?P<host>[\w.-]{1,64})\s{1,20}\| ", _A)  # docker compose
_STAMP_WITHIN = 160
# What the lines of a kernel or a killer begin with. The name before " invoked oom-killer" may be anything.
_ZONE = r"(?:Node \d+ )?(?:DMA32|DMA|Normal|HighMem|Movable|Device)"
_ANCHOR = re.compile(
    rf"(?<![^\s:;|\])>\"=-])(?:\[ *pid *\] +uid|\[\s{{0,12}}\d{{1,10}}\](?:\s+\d+){{4}}|{_ZONE} +free:|{_ZONE}: \d+\*\d"
    r"|\S{1,15} cpuset=\S{1,512} mems_allowed="
    r"|CPU: \d{1,5} .{0,40}?PID: \d|Pid: \d+, comm: |memory: usage \d|Task in /|Tasks in /|Memory cgroup |oom-kill:con"
    r"|Out of [Mm]emory|Killed process|oom_reaper: |Kernel panic - |No available memory|System is deadlocked"
    r"|sending SIG\w+ to process|low memory! |mem avail: |(?:earlyoom )?Low memory! Killing|process \d+ exited after"
    r"|process exited after|process \d+ did not exit|kill failed: |Memory pressure for /|oomd attempting|Marked /"
    r"|Killed /|Considered \d+ cgroups|oomd kill: |\"?[Ee]viction manager: |The node was low on resource: "
    r"|System OOM encountered|\"?Got sys oom event|send sigkill to|\d{1,6} Workers \(tasks|Killing '"
    r"|Detected \d{1,9} oom[-_]kill|(?:StepId=|Step |Job )\S{1,64} exceeded|Exceeded (?:step|job) memory limit"
    r"|Mem-[Ii]nfo:|Call [Tt]race:|lowmem_reserve\[|Free swap |Total swap "
    r"|\d+ pages (?:of )?(?:RAM|reserved|swap cached)|\d+ reserved pages|(?:memory\+swap|swap|kmem): usage \d"
    r"|(?:active_anon|active_file|unevictable|slab_reclaimable|mapped|free|Active|slab):\d+(?!\d|kB))",
    _A,
)
# The next most of it: rows with the commonest prefixes, which the pieces would read the same, in ten times the time.
_ROW = re.compile(
    rf"(?=[A-Z\[])(?:(?P<stamp>[A-Z][a-z][a-z] [ \d]\d \d\d:\d\d:\d\d) (?P<host>[\w.-]{{1,64}}) kernel: )?"
    rf"(?:\[ {{0,12}}(?P<t_s>{_SECONDS})\] )?(?P<row>\[ {{0,12}}\d{{1,7}}\] [ \w.:;()/-]{{1,400}})\s{{0,8}}",
    _A,
)
# A bare row, with nothing in its name that stamps, clocks, dates and other blanks can't do without.
_BARE_ROW = re.compile(r"\[ {0,12}\d{1,7}\] [^.:\[\xa0&<\x1b\\]*", re.ASCII)
_LONGEST_NAME = 15  # TASK_COMM_LEN without its NUL
_INVOKED = re.compile(r"(.{0,200}?) ?invoked oom-killer")
_BEFORE_ANY_NAME = re.compile(r"\s*(?:\d{1,7}[:\t]|[:;|>\"'=\]]+\s*)(?=\S)", re.ASCII)
_BEFORE_A_NAME = re.compile(r".*(?:kernel:|[;|>\]]|\s-|\S:(?=\s))\s*(?=\S)|.*\s", re.DOTALL)


class Line(NamedTuple):
    """A physical line: its text, what its prefix told, and its raw width (mail wraps by width)."""

    text: str
    stamp: Stamp
    host: str | None
    program: str | None
    prefixed: bool
    width: int

    @property
    def t_s(self) -> float | None:
        """printk's seconds since boot."""
        return self.stamp.t_s


_NO_STAMP = Stamp()


def split(raw: str) -> Line:
    """Part a raw line from its prefix; a line without one comes back with `prefixed` false."""
    if _BARE_ROW.fullmatch(raw):  # most of a long log
        raw = raw.rstrip()
        return Line(raw, _NO_STAMP, None, None, False, len(raw))
    if row := _ROW.fullmatch(raw):
        t_s = None if row["t_s"] is None else float(row["t_s"])
        program = row["host"] and "kernel"
        return Line(row["row"].rstrip(), Stamp(t_s, row["stamp"]), row["host"], program, True, len(raw))
    raw = cleaned(raw)
    told: dict[str, str] = {}
    begin = quote.end() if (quote := _QUOTE.match(raw)) else 0
    begin += len(raw) - begin - len(raw[begin:].lstrip())
    at = _peel(raw, told, begin)
    if "t_s" not in told and (printk := _PRINTK.search(raw, at, at + _STAMP_WITHIN)):
        told["t_s"] = printk["t_s"]  # a console writes it wherever the program before it stopped printing
        at = _peel(raw, told, printk.end())
    at = _anchor(raw, at)
    return Line(raw[at:].strip(), _stamp(told), told.get("host"), told.get("program"), at > begin, len(raw))


def _peel(raw: str, told: dict[str, str], at: int) -> int:
    """Take known pieces off, note what they tell, and say where the rest begins."""
    while at < len(raw):
        match = next((match for piece in _PIECES if (match := piece.match(raw, at))), None)
        if match is None and not told:
            match = _CONTAINER.match(raw, at)
        if match is None and not told.keys() & {"stamp", "unix", "t_s", "us", "since"}:
            match = _STAMP.match(raw, at)
        if match is None and "stamp" in told:
            match = _LOGCAT.match(raw, at)
        if match is None:
            break
        for name, value in match.groupdict().items():
            if value is not None:
                told.setdefault(name, value)
        at = match.end()
    return at


def _anchor(raw: str, at: int) -> int:
    """Where the kernel's line, or a killer's, begins behind a prefix that isn't known."""
    if invoked := _INVOKED.match(raw, at):
        before = _BEFORE_A_NAME.match(invoked[1].rstrip()) if len(invoked[1].strip()) > _LONGEST_NAME else None
        at += before.end() if before else 0
        number = _BEFORE_ANY_NAME.match(raw, at)
        return number.end() if number else at
    text = raw[at:]  # so that nothing stands before its beginning
    anchor = _ANCHOR.search(text)
    return at + anchor.start() if anchor else at


def _stamp(told: dict[str, str]) -> Stamp:
    if not told:
        return _NO_STAMP
    t_s = float(told["t_s"]) if "t_s" in told else int(told["us"]) / 1e6 if "us" in told else None
    since = float(told["since"]) if "since" in told else None
    return Stamp(t_s, told.get("stamp", told.get("unix")), since)
