"""How a log was kept: compressed, or as the journal's JSON."""

import bz2
import gzip
import io
import json
import lzma

import pytest
from incident_texts import ERA_2_6_32, MODERN

from oommc.cli import main
from oommc.errors import InputError
from oommc.incident import read, read_file
from oommc.incident.reading.prefix import split

EARLYOOM = 'sending SIGTERM to process 27541 uid 1000 "bash": badness 300, VmRSS 1000 MiB'


def told(reports):
    return [report.to_json() for report in reports]


@pytest.mark.parametrize("packed", [gzip.compress, lzma.compress, bz2.compress])
def test_compressed_is_the_same(packed, tmp_path):
    path = tmp_path / "kern.log.1"
    path.write_bytes(packed(MODERN.encode()))
    assert told(read_file(path)) == told(read(MODERN.splitlines(keepends=True)))


def test_standard_input_too(monkeypatch, capsys):
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(gzip.compress(ERA_2_6_32.encode()))))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["incident", "-", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: data[:40] + b"\xff" * 40 + data[80:]]
)
@pytest.mark.parametrize("packed", [gzip.compress, lzma.compress, bz2.compress])
def test_damage_is_one_line(packed, damage, tmp_path):
    path = tmp_path / "kern.log.gz"
    path.write_bytes(damage(packed(MODERN.encode() * 3)))
    with pytest.raises(InputError, match=r"kern.log.gz: can't be read: ") as error:
        list(read_file(path))
    assert "\n" not in str(error.value)


def entries(text, **more):
    for line in text.splitlines():
        stamped = split(line)
        message = line[line.index("]") + 1 :].split("] ", 1)[-1]
        us = str(round((stamped.t_s or 0) * 1e6))
        yield json.dumps({"_TRANSPORT": "kernel", "MESSAGE": message, "_SOURCE_MONOTONIC_TIMESTAMP": us, **more})


def test_the_journal_s_json(tmp_path):
    text = MODERN.partition("\n")[2] if not MODERN.startswith("<") else MODERN
    stamped = [line for line in text.splitlines() if split(line).t_s is not None]
    path = tmp_path / "journal.json"
    path.write_text("\n".join(entries("\n".join(stamped))))
    (journal,), (log,) = read_file(path), read(line + "\n" for line in stamped)
    assert (journal.t_s, journal.trigger, journal.victims) == (log.t_s, log.trigger, log.victims)
    assert journal.tasks == log.tasks


def test_a_killer_s_entry(tmp_path):
    path = tmp_path / "journal.json"
    entry = {
        "MESSAGE": EARLYOOM,
        "SYSLOG_IDENTIFIER": "earlyoom",
        "_PID": "7",
        "__REALTIME_TIMESTAMP": "1700000000000000",
    }
    path.write_text(
        json.dumps(entry) + "\n" + json.dumps(entry | {"MESSAGE": list(EARLYOOM.replace("27541", "5").encode())})
    )
    first, second = read_file(path)
    assert first.source == "earlyoom" and first.stamp.startswith("2023-11-14T22:13:20")
    assert [v.pid for r in (first, second) for v in r.victims] == [27541, 5]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "{}",
        '{"MESSAGE": null}',
        '{"MESSAGE": [999, "x"]}',
        '{"MESSAGE": "x", "_TRANSPORT": "kernel", "__MONOTONIC_TIMESTAMP": -1}',
        "{" * 60000,
    ],
)
def test_what_is_no_entry_is_text(line, tmp_path):
    path = tmp_path / "x"
    path.write_text(line + "\n" + MODERN)
    assert len(list(read_file(path))) == 1
