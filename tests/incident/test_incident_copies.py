"""One report as people copy it and collectors keep it: kills, victims, tasks and cause come out as from the plain log."""

import json

import pytest
from incident_copies import BYTES, COLLECTED, HOST, LINES_OF_A_COPY, WITHOUT_A_HOST
from incident_forms import LINES, told
from incident_texts import ERA_2_6_32, MEMCG_3_7, MODERN

from oommc.errors import InputError
from oommc.incident import read_file
from oommc.incident.cause import cause
from oommc.incident.reading.prefix import split


@pytest.mark.parametrize("name", LINES_OF_A_COPY)
def test_copies_of_lines(name, expected, tmp_path):
    path = tmp_path / "log"
    path.write_text("\n".join(LINES_OF_A_COPY[name](LINES)) + "\n")
    assert told(path) == expected


@pytest.mark.parametrize("name", [*COLLECTED, *WITHOUT_A_HOST])
def test_collectors(name, expected, tmp_path):
    path = tmp_path / "log"
    path.write_text("\n".join((COLLECTED | WITHOUT_A_HOST)[name](LINES)) + "\n")
    assert told(path) == expected
    (report,) = read_file(path)
    assert report.host == (HOST if name in COLLECTED else report.host)


@pytest.mark.parametrize("name", BYTES)
def test_copies_of_bytes(name, expected, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(BYTES[name](LINES))
    assert told(path) == expected


def entry(host, i, line):
    return {"host": {"name": host}, "@timestamp": f"2024-05-01T10:00:00.{i:06}Z", "message": line}


@pytest.mark.parametrize(
    "kept",
    [
        lambda entries: [json.dumps(one) for one in entries],
        lambda entries: json.dumps(entries, indent=2).splitlines(),
        lambda entries: [json.dumps({"hits": {"hits": [{"_source": one} for one in entries]}})],
    ],
)
def test_hosts_that_take_turns_in_a_collector(kept, tmp_path):
    other = [line.replace("3001", "4001").replace("tmux: server", "pig") for line in LINES]
    pairs = enumerate(zip(LINES, other, strict=True))
    both = [entry(host, i, line) for i, (ours, theirs) in pairs for host, line in (("a", ours), ("b", theirs))]
    path = tmp_path / "log"
    path.write_text("\n".join(kept(both)) + "\n")
    found = {report.host: report for report in read_file(path)}
    assert {host: [v.pid for v in report.victims] for host, report in found.items()} == {"a": [3001], "b": [4001]}
    assert [len(report.tasks) for report in found.values()] == [4, 4]


def test_an_array_of_any_length(tmp_path):
    """It is read in parts; what stands before it holds for all of them. One that is cut is read as far as it goes."""
    noise = ["usb 1-1: new device of some name"] * 5000
    values = [[str(1714557600 * 10**9 + i), line] for i, line in enumerate(noise + LINES + noise)]
    whole = json.dumps({"data": {"result": [{"stream": {"host": "a"}, "values": values}]}})
    path = tmp_path / "log"
    for text in (whole, whole[:-2000]):
        path.write_text(text)
        (report,) = read_file(path)
        assert (report.host, len(report.tasks), [v.pid for v in report.victims]) == ("a", 4, [3001])


@pytest.mark.parametrize("line", ["{", '{"a', "[", '["a", ', '{"a": [1, 2}', "[[", '{"log": ' + "[" * 100])
def test_what_only_begins_like_a_document(line, expected, tmp_path):
    path = tmp_path / "log"
    path.write_text("\n".join([line, *LINES]) + "\n")
    assert told(path) == expected


def test_lines_that_lost_their_ends(tmp_path):
    """A terminal has cut them at its width: who asked, who died, and how large each task was."""
    path = tmp_path / "log"
    path.write_text("".join(f"[  100.{i:06}] {line}"[:80] + "\n" for i, line in enumerate(LINES)))
    (report,) = read_file(path)
    assert (report.trigger.comm, report.trigger.gfp, report.trigger.order) == ("Web Content", "0x140dca", None)
    assert [(v.pid, v.comm) for v in report.victims] == [(3001, "tmux: server")]
    assert [(t.pid, t.rss, t.comm) for t in report.tasks] == [
        (500, 350, "?"), (600, 1600, "?"), (3000, 130000, "?"), (3001, 780000, "tmux: server"),
    ]  # fmt: skip


def test_an_export_that_is_cut_within_a_field(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"__CURSOR=a\nMESSAGE\n" + (99).to_bytes(8, "little") + b"x")
    with pytest.raises(InputError, match="a field of the journal's export is longer than the file"):
        list(read_file(path))


@pytest.mark.slow
@pytest.mark.parametrize("text", [ERA_2_6_32, MEMCG_3_7, MODERN], ids=["2.6.32", "3.7", "6.8"])
@pytest.mark.parametrize("name", [*LINES_OF_A_COPY, *COLLECTED, *WITHOUT_A_HOST, *BYTES])
def test_copies_of_other_eras(name, text, tmp_path):
    lines = [split(line).text for line in text.splitlines()]
    path = tmp_path / "log"
    path.write_text("\n".join(lines) + "\n")
    bare = told(path)
    if name in BYTES:
        path.write_bytes(BYTES[name](lines))
    else:
        path.write_text("\n".join((LINES_OF_A_COPY | COLLECTED | WITHOUT_A_HOST)[name](lines)) + "\n")
    assert told(path) == bare


@pytest.mark.parametrize("lost", [1, 3, 7])
def test_a_memory_report_whose_beginning_is_lost(lost, tmp_path):
    """It is the OOM's whose table follows; who asked isn't told."""
    path = tmp_path / "log"
    path.write_text("".join(f"[  100.{i:06}] {line}\n" for i, line in enumerate(LINES)))
    (whole,) = read_file(path)
    path.write_text("".join(f"[  100.{i:06}] {line}\n" for i, line in enumerate(LINES) if i >= lost))
    (report,) = read_file(path)
    assert (report.trigger.comm, report.zones, report.tasks) == (None, whole.zones, whole.tasks)
    assert (cause(report).kind, report.headless) == ("memory", False)


def test_a_failed_allocation_s_memory_report_is_no_report(tmp_path):
    path = tmp_path / "log"
    memory = [
        line for line in LINES if LINES.index("Mem-Info:") <= LINES.index(line) < LINES.index("25158 pages reserved")
    ]
    kill = "Out of memory: Killed process 7 (a) total-vm:9kB, anon-rss:4kB"
    path.write_text("\n".join(["a: page allocation failure: order:4", *memory, kill]) + "\n")
    (report,) = read_file(path)
    assert (report.zones, [v.pid for v in report.victims]) == ([], [7])


def test_what_is_logged_twice_is_told_once(tmp_path):
    """By a console and the log of it, or in kern.log and syslog."""
    path = tmp_path / "log"
    lines = [f"May  1 10:00:00 host-a kernel: [  100.{i:06}] {line}" for i, line in enumerate(LINES)]
    path.write_text("\n".join(lines) + "\n")
    (once,) = read_file(path)
    for twice in (lines + lines, [line for line in lines for _ in (0, 1)]):
        path.write_text("\n".join(twice) + "\n")
        assert list(read_file(path)) == [once]
