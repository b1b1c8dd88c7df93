"""Ways in which people and collectors copy a log: from bare lines to the text, or the bytes, of the copy."""

import html
import json
import re
import textwrap

from incident_forms import each, printk

HOST = "host-a"
STAMP = "2024-05-01T10:00:00.{:06}Z"


def stamped(lines):
    return [printk(i) + line for i, line in enumerate(lines)]


def chopped(width, lines):
    return [line[at : at + width] for line in lines for at in range(0, len(line) or 1, width)]


def behind(tail):
    return lambda lines: [line + tail for line in stamped(lines)]


def changed(old, new):
    return lambda lines: [line.replace(old, new) for line in stamped(lines)]


PREFIXES = {
    "syslog with microseconds": lambda i, when: f"{when:%b %e %H:%M:%S.%f} {HOST} kernel: ",
    "syslog with a year": lambda i, when: f"{when:%b %e %Y %H:%M:%S} {HOST} kernel: ",
    "the year first": lambda i, when: f"{when:%Y %b %e %H:%M:%S} {HOST} kernel: ",
    "as date(1) has it": lambda i, when: f"{when:%a %b %e %H:%M:%S} UTC 2024 {HOST} kernel: {printk(i)}",
    "an address": lambda i, when: f"{when:%b %e %H:%M:%S} 2001:db8::7 kernel: {printk(i)}",
    "klogd": lambda i, when: f"{when:%b %e %H:%M:%S} {HOST} klogd: ",
    "twelve hours": lambda i, when: f"{when:%m/%d/%Y %I:%M:%S %p} {HOST} kernel: ",
    "day, month, year": lambda i, when: f"{when:%d.%m.%Y %H:%M:%S} {HOST} kernel: ",
    "seconds since 1970": lambda i, when: f"1714557600 {HOST} kernel: {printk(i)}",
    "in brackets": lambda i, when: "[1714557600] ",
    "French": lambda i, when: f"[mer. mai  1 {when:%H:%M:%S} 2024] ",
    "Russian": lambda i, when: f"[Ср мая  1 {when:%H:%M:%S} 2024] ",
    "Japanese": lambda i, when: f"[水  5月  1 {when:%H:%M:%S} 2024] ",
    "Chinese": lambda i, when: f"2024年 05月 01日 星期三 {when:%H:%M:%S} CST {HOST} kernel: ",
    "Arabic": lambda i, when: f"مايو 01 {when:%H:%M:%S} {HOST} kernel: ",
    "ts": lambda i, when: f"{when:%b %d %H:%M:%S} {printk(i)}",
    "kubectl logs --prefix": lambda i, when: f"[pod/x-0/main] {STAMP.format(i)} {printk(i)}",
    "stern": lambda i, when: f"x-0 main {printk(i)}",
    "logcat -v brief": lambda i, when: "W/kernel  (    0): ",
    "MediaTek": lambda i, when: f"<4>{printk(i)} (2)[3000:cc1] ",
    "Samsung": lambda i, when: f"<4>{printk(i)} [3:            cc1: 3000] ",
    "a caller alone": lambda i, when: "[    T123] ",
    "a CPU alone": lambda i, when: "[C1] ",
    "cat -n": lambda i, when: f"{i + 1:6}\t",
    "diff": lambda i, when: f"+{printk(i)}",
    "supercite": lambda i, when: f"joe> {printk(i)}",
    "a bar": lambda i, when: f"| {printk(i)}",
    "indented": lambda i, when: "    ",
    "separated": lambda i, when: f"{STAMP.format(i)};{HOST};kernel;{printk(i)}",
}
LINES_OF_A_COPY = {
    **{name: each(prefix) for name, prefix in PREFIXES.items()},
    **{f"chopped at {width}": lambda lines, w=width: chopped(w, stamped(lines)) for width in (48, 80, 100, 132)},
    **{f"chopped at {width}, bare": lambda lines, w=width: chopped(w, lines) for width in (80, 100)},
    "chopped behind syslog": lambda lines: chopped(80, [f"May  1 10:00:00 {HOST} kernel: {x}" for x in stamped(lines)]),
    "a terminal's copy": lambda lines: [part.rstrip() for part in chopped(100, stamped(lines))],
    "a quoted terminal": lambda lines: [f"> {part}" for part in chopped(80, stamped(lines))],
    "indented continuations": lambda lines: [
        part
        for line in stamped(lines)
        for part in textwrap.wrap(line, 72, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    ],
    "cat -A": behind("$"),
    "cat -v": behind("^M"),
    "code": lambda lines: [f"`{line}`" for line in stamped(lines)],
    "a list of strings": lambda lines: [f"{line!r}," for line in stamped(lines)],
    "grep --color": changed("oom", "\x1b[01;31m\x1b[Koom\x1b[m\x1b[K"),
    "erased to the right": lambda lines: [f"\x1b[33m{line}\x1b[m\x1b[K" for line in stamped(lines)],
    "colours without escapes": lambda lines: [f"[32m{printk(i)}[0m[33m{line}[0m" for i, line in enumerate(lines)],
    "Markdown": lambda lines: [re.sub(r"([][_*])", r"\\\1", line) for line in stamped(lines)],
    "blanks squeezed": lambda lines: [" ".join(line.split()) for line in stamped(lines)],
    "wide blanks": changed("  ", "\u2003"),
    "no width": lambda lines: [f"\u200b{line}" for line in stamped(lines)],
    "a fence": lambda lines: ["Here it is:", "", "```", *stamped(lines), "```", "", "Any idea?"],
    "a page's table": lambda lines: [f'<td id="LC1" class="x">{html.escape(line)}</td>' for line in stamped(lines)],
    "a page's spans": lambda lines: [f'<span class="a"><span>{html.escape(x)}</span></span>' for x in stamped(lines)],
    "escaped twice": lambda lines: [html.escape(html.escape(f"<4>{line}")) for line in stamped(lines)],
    "suppressed lines told": lambda lines: [
        part for line in stamped(lines) for part in (line, "[  100.1] printk: 12 messages suppressed.")
    ],
    "another program between": lambda lines: [
        part
        for line in lines
        for part in (f"May  1 10:00:00 {HOST} kernel: {line}", f"May  1 10:00:00 {HOST} sshd[77]: Accepted publickey")
    ],
}


def noted(make, **form):
    """An entry for each line."""
    return lambda lines: [json.dumps(make(i, line), **form) for i, line in enumerate(stamped(lines))]


def answer(make, **form):
    """One document of all."""
    return lambda lines: json.dumps(make(list(enumerate(stamped(lines)))), **form).splitlines()


def rows(head, row):
    return lambda lines: [head, *(row(i, line.replace('"', '""')) for i, line in enumerate(stamped(lines)))]


def yaml(lines):
    for i, line in enumerate(stamped(lines)):
        yield from ("---", f"insertId: x{i}", "labels:", f"  compute.googleapis.com/resource_name: {HOST}")
        yield from ("resource:", "  type: gce_instance", f"textPayload: '{line}'", f"timestamp: '{STAMP.format(i)}'")


def fluentd(i, line):
    return {"host": HOST, "ident": "kernel", "message": line}


def beat(i, line):
    log = {"file": {"path": "/var/log/kern.log"}, "offset": i}
    return {"@timestamp": STAMP.format(i), "log": log, "host": {"name": HOST}, "message": line}


def found(i, line):
    return {"_index": "x", "_id": str(i), "_source": beat(i, line)}


def telemetry(lines):
    records = [{"timeUnixNano": str(1714557600 * 10**9 + i), "body": {"stringValue": line}} for i, line in lines]
    of = {"attributes": [{"key": "host.name", "value": {"stringValue": HOST}}]}
    return {"resourceLogs": [{"resource": of, "scopeLogs": [{"logRecords": records}]}]}


def loki(lines):
    values = [[str(1714557600 * 10**9 + i), line] for i, line in lines]
    return {"status": "success", "data": {"result": [{"stream": {"host": HOST}, "values": values}]}}


def insights(lines):
    return {
        "results": [
            [
                {"field": "@timestamp", "value": STAMP.format(i)},
                {"field": "@message", "value": line},
                {"field": "host", "value": HOST},
            ]
            for i, line in lines
        ],
        "status": "Complete",
    }


COLLECTED = {
    "Fluentd": noted(fluentd),
    "Fluentd's file": lambda lines: [f"{STAMP.format(0)}\tkern.warn\t{line}" for line in noted(fluentd)(lines)],
    "Fluent Bit": noted(lambda i, line: {"log": f"{line}\n", "kubernetes": {"host": HOST, "pod_name": "p"}}),
    "Vector": noted(lambda i, line: {"appname": "kernel", "host": HOST, "message": line, "timestamp": STAMP.format(i)}),
    "Filebeat": noted(beat),
    "Logstash": noted(lambda i, line: {"host": {"hostname": HOST}, "event": {"original": line}, "message": line}),
    "syslog-ng": noted(lambda i, line: {"PROGRAM": "kernel", "MESSAGE": line, "HOST": HOST, "DATE": "May  1 10:00:00"}),
    "GELF": noted(lambda i, line: {"host": HOST, "short_message": line, "timestamp": 1714557600 + i / 1000}),
    "Elasticsearch": answer(lambda lines: {"took": 3, "hits": {"hits": [found(i, line) for i, line in lines]}}),
    "Elasticsearch, indented": answer(lambda lines: {"hits": {"hits": [found(i, x) for i, x in lines]}}, indent=2),
    "elasticdump": noted(found),
    "Splunk": noted(
        lambda i, line: {"preview": False, "result": {"_raw": line, "host": HOST, "_time": STAMP.format(i)}}
    ),
    "Splunk's CSV": rows('"_time","host","_raw"', lambda i, line: f'"{STAMP.format(i)}","{HOST}","{line}"'),
    "Graylog's CSV": rows('"timestamp","source","message"', lambda i, line: f'"{STAMP.format(i)}","{HOST}","{line}"'),
    "columns without quotes": rows(
        "@timestamp,host,@message", lambda i, line: f'2024-05-01 10:00:00.1,{HOST},"{line}"'
    ),
    "Datadog": noted(lambda i, line: {"id": "A", "attributes": {"host": HOST, "message": line}}),
    "logcli": noted(lambda i, line: {"labels": {"host": HOST}, "line": line, "timestamp": STAMP.format(i)}),
    "Loki": answer(loki),
    "Loki, newest first": answer(lambda lines: loki(lines[::-1])),
    "Loki, indented": answer(loki, indent=2),
    "Grafana": answer(
        lambda lines: [
            {"line": x, "timestamp": f"{1714557600 * 10**9 + i}", "fields": {"host": HOST}} for i, x in lines
        ],
        indent=2,
    ),
    "Google Cloud": answer(
        lambda lines: [
            {"jsonPayload": {"message": x}, "labels": {"node_name": HOST}, "severity": "A B"} for _, x in lines
        ],
        indent=2,
    ),
    "Google Cloud's YAML": yaml,
    "CloudWatch's answers": answer(insights, indent=4),
    "Azure": answer(lambda lines: [{"Computer": HOST, "SyslogMessage": x, "ProcessName": "kernel"} for _, x in lines]),
    "OpenTelemetry": answer(telemetry),
    "a node's events": answer(
        lambda lines: {
            "items": [{"message": x, "source": {"component": "kernel-monitor", "host": HOST}} for _, x in lines]
        },
        indent=4,
    ),
}
WITHOUT_A_HOST = {
    "CloudWatch": answer(lambda lines: {"events": [{"timestamp": 1714557600000 + i, "message": x} for i, x in lines]}),
    "EC2's console": answer(lambda lines: {"InstanceId": "i-0", "Output": "\r\n".join(x for _, x in lines)}, indent=4),
    "a string": lambda lines: [json.dumps("\n".join(stamped(lines)))],
    "line ends as text": lambda lines: ["\\n".join(stamped(lines))],
    "a name of its own": answer(lambda lines: {"kernel_log": "\n".join(x for _, x in lines)}),
    "Fluent Bit's output": lambda lines: [
        f'[{i}] kmsg.0: [[1714557600.{i:09}, {{}}], {{"priority"=>4, "msg"=>"{line}"}}]' for i, line in enumerate(lines)
    ],
    "a row without a head": lambda lines: [f'{STAMP.format(i)},kern,"{line}"' for i, line in enumerate(stamped(lines))],
    "entries behind each other": lambda lines: ["".join(noted(fluentd)(lines))],
    "entries behind each other, indented": lambda lines: "".join(noted(fluentd, indent=2)(lines)).splitlines(),
    "logfmt in quotes": lambda lines: [f'level=info ts={STAMP.format(0)} msg="{line}"' for line in stamped(lines)],
}


def exported(lines, binary):
    """The journal's export format, with some fields as bytes."""
    text = b""
    for i, line in enumerate(lines):
        message, when = line.encode(), 1714557600 * 10**6 + i
        text += f"__CURSOR=s=ab;i={i}\n__REALTIME_TIMESTAMP={when}\n_TRANSPORT=kernel\n_HOSTNAME={HOST}\n".encode()
        text += f"_SOURCE_MONOTONIC_TIMESTAMP={10**8 + i}\n".encode()
        text += b"BLOB\n" + (266).to_bytes(8, "little") + bytes(range(256)) + b"\n" * 10 + b"\n"
        as_bytes = b"MESSAGE\n" + len(message).to_bytes(8, "little") + message + b"\n"
        text += (as_bytes if binary(i) else b"MESSAGE=" + message + b"\n") + b"\n"
    return text


def joined(lines, end="\n"):
    return end.join(stamped(lines)) + end


BYTES = {
    "export, some fields as bytes": lambda lines: exported(lines, lambda i: i % 3 == 0),
    "export, messages as bytes": lambda lines: exported(lines, lambda i: True),
    "a serial console": lambda lines: joined(lines, "\r\r\n").encode(),
    "line ends the other way round": lambda lines: joined(lines, "\n\r").encode(),
    "script(1)": lambda lines: (
        b'Script started on 2024-05-01 10:00:00+00:00 [TERM="xterm"]\n\x1b[?2004h\x1b]0;root\x07root# dmesg\r\n\x1b[?2004l\r'
        + "".join(f"\x1b[32m{printk(i)}\x1b[0m{line}\r\n" for i, line in enumerate(lines)).encode()
    ),
    "UTF-32": lambda lines: joined(lines).encode("utf-32"),
    "UTF-16-BE without a mark": lambda lines: joined(lines, "\r\n").encode("utf-16-be"),
    "Windows-1252": lambda lines: ("“log” – Märchen\n" + joined(lines)).encode("cp1252"),
    "zeros of a crash": lambda lines: b"\0" * 4096 + joined(lines).encode(),
}
