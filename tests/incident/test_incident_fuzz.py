"""Whatever a log holds: reports, or none, and never an exception."""

import json
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st
from incident_texts import ERA_2_6_32, HEADLESS_2_6_16, KILL_2_6_16, MEMCG_3_7, MODERN

from oommc.errors import InputError
from oommc.incident import read, read_file, to_scenario
from oommc.incident.cause import entry
from oommc.incident.overview import Overview
from oommc.incident.text import text

TEXTS = [ERA_2_6_32, HEADLESS_2_6_16 + KILL_2_6_16, MEMCG_3_7, MODERN]
USERSPACE = (
    "low memory! at",
    'sending SIGTERM to process 1 uid 2 "x": badness 3, VmRSS 4 MiB',
    "oomd attempting to kill 7 with",
    "Killed /a due to memory",
    "process exited after 1.5 seconds",
    "Memory pressure for /a is 1% > 1% for > 2s",
    "Marked /a for killing due to memory used (9) / total (1) and swap used (9) / total (1) being",
    'sending SIGKILL to process 1 uid 2 "x": oom_score -3, oom_score_adj -9, VmRSS 4 MiB, cmdline "y"',
    "process 1 did not exit",
    "kill failed: Timer expired",
    "PID: 1, Name: x, badness: 3",
    "MemAvailable [0 MiB, 0.0 %] <=",
    "Sending SIGTERM to the victim",
    "The victim died in 0.2s",
    "lowmemorykiller: Kill 'x' (1), uid 2, oom_adj 9 to free 3kB",
    "lowmemorykiller: Process 1 was reaped in 2ms",
    "Memory on the node (IP: x) where the task (pid=1, memory used=1GB) was running was 1GB / 0GB",
    "slurmstepd: error: Detected 1 oom_kill event in StepId=1.",
    "slurmstepd: error: StepId=1 exceeded memory limit (2 > 0), being killed",
    "memory: usage 0kB, limit 0kB, failcnt 0",
    "memory+swap: usage 1kB, limit 9007199254740988kB, failcnt 0",
    "lowmem_reserve[]: 0 1 2 3 4",
    "Node 0 Normal: 1*4kB (U) 0*8kB (C) = 4kB",
    "Node 0 hugepages_total=1 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB",
    "a invoked oom-killer: gfp_mask=0x2(GFP_X), order=3, oom_score_adj=0",
    "a cpuset=b mems_allowed=0-9999,1",
    " mem_cgroup_out_of_memory+0x1/0x2",
    "oom_reaper: unable to reap pid:1 (x)",
    "oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=0-3,cpuset=/,mems_allowed=1,task=x,pid=1,uid=2",
)
PREFIXES = [
    *(
        "kernel: ",
        "4,1,5000000,-;",
        "<6>1 2024-05-01T10:00:00Z h kernel - - - ",
        "[May 1 10:00] ",
        "[  +0.5] ",
        "{",
        "}",
    ),
    *(
        '\t"MESSAGE" : "',
        "__CURSOR=a",
        "MESSAGE=",
        "<br/>",
        "\x1b[32m",
        "May 32 99:99:99 h kernel: ",
        "9999-99-99 10:00:00 ",
    ),
    *(
        "Wed 2024-05-01 10:00:00.0 UTC [s=a",
        "x | ",
        "05-01 10:00:00.1 1 2 I x: ",
        "\x1e{",
        "data: {",
        "> ",
        "&lt;",
        "\ufeff",
    ),
]
PIECES = [line for text in TEXTS for line in text.splitlines()] + list(USERSPACE)


def check(lines):
    told(read(lines))


def told(reports):
    overview = Overview()
    for number, report in enumerate(reports, 1):
        json.dumps(entry(report))
        text(report, number)
        overview.add(report)
        try:
            to_scenario(report)
        except InputError as error:
            assert "\n" not in str(error)
    json.dumps(overview.to_json())
    overview.text()


@given(st.lists(st.text() | st.binary().map(lambda b: b.decode(errors="replace"))))
@settings(max_examples=100, deadline=None)
def test_any_text(lines):
    check(lines)


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_order_of_lines(lines):
    check(lines)


@given(st.lists(st.tuples(st.lists(st.sampled_from(PREFIXES), max_size=3), st.sampled_from(PIECES)), max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_prefix(lines):
    check(["".join(prefixes) + line for prefixes, line in lines])


@given(st.sampled_from(TEXTS), st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1"]), st.data())
@settings(max_examples=100, deadline=None)
def test_any_bytes(text, encoding, data):
    packed = bytearray(text.replace("\n", data.draw(st.sampled_from(["\n", "\r", "\r\n"]))).encode(encoding))
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(packed)))
        packed[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    with tempfile.NamedTemporaryFile() as file:
        file.write(data.draw(st.sampled_from([b"", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x1f\x8b"])) + packed)
        file.flush()
        try:
            told(read_file(file.name))
        except InputError as error:
            assert "\n" not in str(error)


@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(
            st.integers(0, 2000),
            st.integers(0, 40),
            st.sampled_from(
                [
                    "",
                    "\n",
                    "\n\n",
                    " ",
                    "(",
                    ")",
                    "[",
                    "]",
                    "٣",
                    "²",
                    "\x00",
                    "9" * 30,
                    "-",
                    "kB",
                    " invoked oom-killer: ",
                ]
            ),
        ),
        max_size=8,
    ),
)
@settings(max_examples=300, deadline=None)
def test_damaged_reports(text, damages):
    for at, length, instead in damages:
        text = text[:at] + instead + text[at + length :]
    check(text.splitlines(keepends=True))


def test_long_lines_take_no_longer_than_they_should():
    """No pattern backtracks: a line of a megabyte is read at once, whatever it is made of."""
    for piece in (
        "oom-kill ",
        "(",
        "[ 1] 1 1 1 1 1 ",
        "Killed process 1 (",
        "a invoked oom-killer",
        " ",
        "1 ",
        "> ",
        "[ 1.1]",
    ):
        check([piece * (1_000_000 // len(piece))])
        check(
            [
                "Killed process 1 (" + piece * 10_000,
                "oom-kill:constraint=CONSTRAINT_NONE,oom_memcg=" + piece * 10_000,
            ]
        )
