"""One report as each tool keeps it: whatever stands before its lines, and however they were packed, it reads the same."""

import bz2
import gzip
import html
import json
import lzma
import textwrap
from datetime import timedelta

import pyarrow
import pytest
from incident_forms import BEGIN, LINES, REPORT, each, printk, told

from oommc.incident import read_file

NOISE = ["usb 1-1: new device", "systemd[1]: Started Session 4 of user root."] * 3


def relative(i, when):
    return f"[May 1 {when:%H:%M}] " if i == 0 else "[  +0.000010] "


def entries(lines, make):
    return [part for i, line in enumerate(lines) for part in make(i, line)]


def verbose(i, line):
    clock = f"{BEGIN + timedelta(microseconds=i):%a %Y-%m-%d %H:%M:%S.%f}"
    yield f"{clock} UTC [s=ab12;i={i:x};b=cd;m=ef;t=12;x=34]"
    yield from ("    _TRANSPORT=kernel", "    PRIORITY=4", f"    MESSAGE={line}", "    _HOSTNAME=host-a")


def export(i, line):
    yield from (f"__CURSOR=s=ab;i={i}", f"__REALTIME_TIMESTAMP={1714557600000000 + i}", "_TRANSPORT=kernel")
    yield from (f"_SOURCE_MONOTONIC_TIMESTAMP={100000000 + i}", "_HOSTNAME=host-a", f"MESSAGE={line}", "")


def journal(i, line):
    return {"_TRANSPORT": "kernel", "MESSAGE": line, "_HOSTNAME": "a", "_SOURCE_MONOTONIC_TIMESTAMP": str(10**8 + i)}


def kmsg(i, line):
    yield f"4,{100 + i},{5000000 + 10 * i},-;{line}"
    yield from (" SUBSYSTEM=memory", " DEVICE=+memory:0") if i == 3 else ()


VARIANTS = {
    "bare": each(lambda i, when: ""),
    "dmesg": each(lambda i, when: printk(i)),
    "dmesg -T": each(lambda i, when: f"[{when:%a %b %e %H:%M:%S %Y}] "),
    "dmesg -T in German": each(lambda i, when: f"[Mi Mai  1 {when:%H:%M:%S} 2024] "),
    "dmesg -T in Chinese": each(lambda i, when: f"[三 5月  1 {when:%H:%M:%S} 2024] "),
    "dmesg -H": each(relative),
    "dmesg -d": each(lambda i, when: f"[{100 + i / 1e5:12.6f} <    0.000010>] "),
    "dmesg -e": each(lambda i, when: f"[May 1 {when:%H:%M}] " if i == 0 else "[  +0.000010] "),
    "dmesg -x": each(lambda i, when: f"kern  :warn  : {printk(i)}"),
    "dmesg -r": each(lambda i, when: f"<4>{printk(i)}"),
    "dmesg --time-format iso": each(
        lambda i, when: f"{when.isoformat(timespec='microseconds')},000000+00:00 ".replace(",000000", "")
    ),
    "dmesg in colours": lambda lines: [
        f"\x1b[32m{printk(i)}\x1b[0m\x1b[33m{line}\x1b[0m" for i, line in enumerate(lines)
    ],
    "with callers": each(lambda i, when: f"[{100 + i / 1e5:12.6f}][ T3000] "),
    "/dev/kmsg": lambda lines: entries(lines, kmsg),
    "kernel:": each(lambda i, when: "kernel: "),
    "RFC 3164": each(lambda i, when: f"<4>{when:%b %e %H:%M:%S} host-a kernel: "),
    "RFC 5424": each(lambda i, when: f"<6>1 {when.isoformat(timespec='microseconds')}+00:00 host-a kernel - - - "),
    "RFC 5424 with data": each(lambda i, when: f'<6>1 {when.isoformat()}Z host-a kernel - ID1 [meta seq="{i}"] \ufeff'),
    "syslog with printk": each(lambda i, when: f"{when:%b %e %H:%M:%S} host-a kernel: {printk(i)}"),
    "syslog without host": each(lambda i, when: f"{when:%b %e %H:%M:%S} kernel: "),
    "syslog in Czech": each(lambda i, when: f"kvě 01 {when:%H:%M:%S} host-a kernel: "),
    "syslog in Japanese": each(lambda i, when: f"5月 01 {when:%H:%M:%S} host-a kernel: "),
    "busybox": each(lambda i, when: f"{when:%b %e %H:%M:%S} host-a user.warn kernel: "),
    "OpenWrt's logread": each(lambda i, when: f"{when:%a %b %e %H:%M:%S %Y} kern.warn kernel: {printk(i)}"),
    "netconsole": each(lambda i, when: f"10.0.0.7 {when:%b %e %H:%M:%S} 10.0.0.7 kernel: {printk(i)}"),
    "netconsole, extended": each(lambda i, when: f"4,{i},{100000000 + i},-,caller=T3000;"),
    "journalctl": each(lambda i, when: f"{when:%b %d %H:%M:%S} host-a kernel: "),
    "journalctl -o cat": each(lambda i, when: ""),
    "journalctl -o short-iso": each(lambda i, when: f"{when.isoformat()}+00:00 host-a kernel: "),
    "journalctl -o short-iso-precise": each(
        lambda i, when: f"{when.isoformat(timespec='microseconds')}+0000 host-a kernel: "
    ),
    "journalctl -o short-full": each(lambda i, when: f"{when:%a %Y-%m-%d %H:%M:%S} UTC host-a kernel: "),
    "journalctl -o short-unix": each(lambda i, when: f"1714557600.{i:06} host-a kernel: "),
    "journalctl -o short-monotonic": each(lambda i, when: f"{printk(i)}host-a kernel: "),
    "journalctl -o short-delta": each(lambda i, when: f"[{100 + i / 1e5:12.6f} <    0.000010 >] host-a kernel: "),
    "journalctl -o with-unit": each(lambda i, when: f"{when:%a %Y-%m-%d %H:%M:%S} UTC host-a init.scope/kernel[0]: "),
    "journalctl -o verbose": lambda lines: entries(lines, verbose),
    "journalctl -o export": lambda lines: entries(lines, export),
    "journalctl -o json": lambda lines: [json.dumps(journal(i, line)) for i, line in enumerate(lines)],
    "journalctl -o json-sse": lambda lines: entries(
        lines, lambda i, line: (f"data: {json.dumps(journal(i, line))}", "")
    ),
    "journalctl -o json-seq": lambda lines: [f"\x1e{json.dumps(journal(i, line))}" for i, line in enumerate(lines)],
    "journalctl -o json-pretty": lambda lines: entries(
        lines, lambda i, line: json.dumps(journal(i, line), indent="\t").splitlines()
    ),
    "docker's JSON": lambda lines: [
        json.dumps({"log": f"{printk(i)}{line}\n", "stream": "stdout", "time": "2024-05-01T10:00:00.1Z"})
        for i, line in enumerate(lines)
    ],
    "CRI": each(lambda i, when: f"{when.isoformat(timespec='microseconds')}123Z stdout F {printk(i)}"),
    "docker compose": each(lambda i, when: f"web-1  | {printk(i)}"),
    "logcat": each(lambda i, when: f"05-01 {when:%H:%M:%S}.123     0     0 W kernel  : "),
    "pdsh": each(lambda i, when: f"node1: {printk(i)}"),
    "grep -Hn": each(lambda i, when: f"/var/log/kern.log:{i}:{when:%b %e %H:%M:%S} host-a kernel: {printk(i)}"),
    "logcli": each(lambda i, when: f'{when.isoformat()}Z {{host="a", job="k"}} '),
    "logfmt": each(lambda i, when: f"time={when.isoformat()}Z level=warn msg="),
    "ESXi": each(lambda i, when: f"{when.isoformat()}Z cpu3:3000)"),
    "a terminal's log": each(lambda i, when: f"[{when:%Y-%m-%d %H:%M:%S.%f}] {printk(i)}"),
    "as a list": each(lambda i, when: " * "),
    "no colon": each(lambda i, when: f"{when:%Y-%m-%d %H:%M:%S} host-a kernel "),
    "RFC 5424 without its level": each(lambda i, when: f"1 {when.isoformat()}Z host-a kernel - - - "),
    "a prefix of our own": each(lambda i, when: f"node7/console#{i} => "),
    "another of our own": each(lambda i, when: f"{{id={i}}} ns=prod level=warn kernel; "),
    "quoted": each(lambda i, when: f"> > {printk(i)}"),
    "<br/>": lambda lines: ["<p>" + "<br/>".join(html.escape(line) for line in lines) + "</p>"],
    "entities": lambda lines: [html.escape(line).replace("  ", "&nbsp; ") for line in lines],
    "hard blanks": lambda lines: [line.replace(" ", "\xa0") for line in lines],
    "mail": lambda lines: [
        part
        for i, line in enumerate(lines)
        for part in textwrap.wrap(printk(i) + line, 76, break_long_words=False, break_on_hyphens=False)
    ],
    "rsyslog's escapes": lambda lines: [f"#033[32m{printk(i)}#033[0m{line}#033[0m" for i, line in enumerate(lines)],
    "a collector's CSV": lambda lines: [
        f'"host-a","{BEGIN.isoformat()}Z","{{line}}"'.replace("{line}", (printk(i) + line).replace('"', '""'))
        for i, line in enumerate(lines)
    ],
    "CSV of the message first": lambda lines: [f'"{line}","{BEGIN.isoformat()}Z","kernel"' for line in lines],
    "newest first": lambda lines: [f"{printk(i)}{line}" for i, line in enumerate(lines)][::-1],
    "newest first in the journal": lambda lines: [f"May 01 10:00:00 host-a kernel: {line}" for line in lines][::-1],
    "newest first as JSON": lambda lines: [json.dumps(journal(i, line)) for i, line in enumerate(lines)][::-1],
}
PACKED = {
    "LF": lambda text: text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR alone": lambda text: text.replace("\n", "\r").encode(),
    "UTF-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16-LE without a mark": lambda text: text.encode("utf-16-le"),
    "UTF-16-BE with a mark": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "Latin-1": lambda text: ("Mär 1 10:00:00 x y: Änderung\n" + text).encode("latin-1", "replace"),
    "gzip": lambda text: gzip.compress(text.encode()),
    "xz": lambda text: lzma.compress(text.encode()),
    "bzip2": lambda text: bz2.compress(text.encode()),
    "zstd": lambda text: pyarrow.compress(text.encode(), codec="zstd", asbytes=True),
    "lz4": lambda text: pyarrow.compress(text.encode(), codec="lz4", asbytes=True),
    "CRLF in UTF-16 in zstd": lambda text: pyarrow.compress(
        text.replace("\n", "\r\n").encode("utf-16"), codec="zstd", asbytes=True
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_form_reads_the_same(name, expected, tmp_path):
    path = tmp_path / "log"
    path.write_text("\n".join(VARIANTS[name](LINES)) + "\n")
    assert told(path) == expected


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in ("mail", "<br/>")])
def test_other_lines_before_and_after_change_nothing(name, expected, tmp_path):
    path = tmp_path / "log"
    path.write_text("\n".join(VARIANTS[name](NOISE + LINES + NOISE)) + "\n")
    assert told(path) == expected


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("name", ["dmesg", "journalctl -o json-pretty", "mail", "newest first"])
def test_every_packing_reads_the_same(name, packed, expected, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(PACKED[packed]("\n".join(VARIANTS[name](LINES)) + "\n"))
    assert told(path) == expected


@pytest.mark.parametrize("inner", ["dmesg", "dmesg -T", "with callers", "journalctl -o short-monotonic", "kernel:"])
@pytest.mark.parametrize("outer", ["RFC 3164", "RFC 5424", "docker compose", "quoted", "journalctl -o json", "CRI"])
def test_one_prefix_before_another(inner, outer, expected, tmp_path):
    path = tmp_path / "log"
    path.write_text("\n".join(VARIANTS[outer](VARIANTS[inner](LINES))) + "\n")
    assert told(path) == expected


@pytest.mark.parametrize("width", [32, 45, 60, 72])
@pytest.mark.parametrize("quote", ["", "> ", "> > "])
@pytest.mark.parametrize("ends", ["LF", "CRLF", "UTF-16", "zstd"])
def test_damage_of_mail_together(width, quote, ends, tmp_path):
    """A narrow mail, quoted, with hard blanks: who asked, who was killed, and each task of the table."""
    lines = [
        quote + part.replace(" ", "\xa0")
        for i, line in enumerate(LINES)
        for part in textwrap.wrap(printk(i) + line, width, break_long_words=False, break_on_hyphens=False)
    ]
    path = tmp_path / "log"
    path.write_bytes(PACKED[ends]("\n".join(lines) + "\n"))
    (report,) = read_file(path)
    assert (report.trigger.comm, report.trigger.pid, report.trigger.order) == ("Web Content", 3000, 0)
    assert [(v.pid, v.comm) for v in report.victims] == [(3001, "tmux: server")]
    assert [task.comm for task in report.tasks] == ["systemd-journal", "(sd-pam)", "Web Content", "tmux: server"]
    assert [zone.free_kb for zone in report.zones] == [13000, 57000]


def test_two_hosts_taking_turns_are_two_reports(expected, tmp_path):
    """Line by line, each with its own table."""
    other = REPORT.replace("3001", "4001").replace("tmux: server", "pig").splitlines()
    lines = []
    for ours, theirs in zip(LINES, other, strict=True):
        lines += [f"May  1 10:00:00 host-a kernel: {ours}", f"May  1 10:00:00 host-b kernel: {theirs}"]
    path = tmp_path / "log"
    for order in (1, -1):
        path.write_text("\n".join(lines[::order]) + "\n")
        found = {report.host: report for report in read_file(path)}
        assert [task.comm for task in found["host-a"].tasks] == [task["comm"] for task in expected["tasks"]]
        assert [v.pid for v in found["host-a"].victims] == [3001]
        assert [v.pid for v in found["host-b"].victims] == [4001]
        assert [task.comm for task in found["host-b"].tasks][-1] == "pig"
