"""Files and arguments made to hurt: each gets one line and status 2, soon, in little memory, whatever reads it."""

import gzip
import os
import subprocess
import sys
import threading
import time

import pytest

from oommc import reading, toml
from oommc.cli import main
from oommc.errors import InputError
from oommc.scenario import Scenario

DIGITS = "1" * 5000
HEX = "0x" + "f" * 5000
USEMEM = Scenario.load("usemem").to_toml()
POLICY = '[policy.mine]\nbase = "patched"\n'


def refused(capsys, *argv) -> str:
    """The line that a command says no with."""
    assert main([str(arg) for arg in argv]) == 2
    said = capsys.readouterr().err
    assert said.startswith("oommc: error: ") and said.count("\n") == 1 and "report this" not in said, said
    return said


def run(tmp_path, scenario="usemem", *more) -> list:
    return ["run", scenario, "--schedules", 1, "--quiet", "--out", tmp_path / "out", *more]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('horizon = "30 s"', f'horizon = "{DIGITS} s"'),
        ('horizon = "30 s"', f"horizon = {HEX}"),
        ('horizon = "30 s"', f"horizon = {DIGITS}"),
        ('horizon = "30 s"', f"horizon = [{HEX}]"),
        ("cpus = 2", f"cpus = {HEX}"),
        ("cpus = 2", f"cpus = {{ a = {HEX} }}"),
        ("schema = 1", f"schema = {HEX}"),
        ("schema = 1", f"schema = 1\n{'a.' * 16000}b = 1"),
        ("schema = 1", f"schema = 1\n[{'a.' * 16000}b]"),
        ("schema = 1", f"schema = 1\nx = {{{'a.' * 2000}b = 1}}"),
        ('horizon = "30 s"', f'horizon = "30{" " * 100_000}s!"'),
        ('horizon = "30 s"', f'horizon = "{"1_" * 100_000} s"'),
        ('rss = "700 MiB"', 'rss = { dist = "data", file = "a\\u0000b", column = "x" }'),
        ('rss = "700 MiB"', 'rss = { dist = "data", file = "/dev/zero", column = "x" }'),
        ('rss = "700 MiB"', 'rss = { dist = "data", file = "fifo", column = "x" }'),
        ('rss = "700 MiB"', 'rss = { dist = "data", file = "/proc/self/mem", column = "x" }'),
        ('rss = "700 MiB"', 'rss = { dist = "data", file = "fifo.parquet", column = "x" }'),
        ('rss = "700 MiB"', 'rss = { dist = "data", file = ".", column = "x" }'),
        ("[machine]\n", '[machine]\npreset = "fifo.toml"\n'),
        ("[machine]\n", '[machine]\npreset = "a\\u0000b.toml"\n'),
    ],
)
def test_scenarios(tmp_path, capsys, was, now):
    assert was in USEMEM
    path = tmp_path / "s.toml"
    path.write_text(USEMEM.replace(was, now))
    os.mkfifo(tmp_path / "fifo")
    os.mkfifo(tmp_path / "fifo.toml")
    os.mkfifo(tmp_path / "fifo.parquet")
    began = time.process_time()
    said = refused(capsys, *run(tmp_path, path))
    assert str(path) in said and len(said) < 1000 and time.process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        f"timeout = {HEX}",
        f'timeout = "{DIGITS} s"',
        f"passes = {HEX}",
        f"about = {HEX}",
        'selector = "/dev/zero:score"',
        'selector = "fifo:score"',
        'selector = "a\\u0000b:score"',
        'selector = "/proc/self/mem:score"',
        f"{'a.' * 16000}b = 1",
    ],
)
def test_policy_files(tmp_path, capsys, text):
    path = tmp_path / "p.toml"
    path.write_text(POLICY + text)
    os.mkfifo(tmp_path / "fifo")
    said = refused(capsys, *run(tmp_path, "usemem", "--policy-file", path, "--policies", "mine"))
    assert str(path) in said and len(said) < 1000


@pytest.mark.parametrize("special", ["/dev/zero", "/proc/self/mem", "fifo", ".", "a\0b", "", "large"])
def test_special_files(tmp_path, capsys, monkeypatch, special):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    with open("large", "wb") as file:
        file.truncate(20 << 20)
    for argv in (run(tmp_path, special), run(tmp_path, "usemem", "--policy-file", special)):
        assert refused(capsys, *argv).count("can't be read") <= 1


def test_what_the_shell_pipes_in_is_read():
    out, into = os.pipe()
    os.write(into, USEMEM.encode())
    os.close(into)
    assert toml.read(f"/dev/fd/{out}")["name"] == "usemem"
    os.close(out)


def test_a_file_has_a_largest_size(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert reading.read(path, most=5) == b"12345"
    with pytest.raises(InputError, match="file: can't be read: larger than 0 MiB"):
        reading.read(path, most=4)


@pytest.mark.parametrize(
    "more",
    [
        ["--choose", f"needless within {DIGITS}"],
        ["--choose", f"outage within {DIGITS} ms"],
        ["--choose", "needless within 0.1", "--require", f"outage < {DIGITS} s"],
        ["--policies", f"patched(timeout={DIGITS}s)"],
        ["--policies", f"patched(timeout=1s..2s/{DIGITS})"],
        ["--policies", f"patched(passes={DIGITS})"],
        ["--policies", f"patched(passes=1..{DIGITS})"],
        ["--policies", f"earlyoom(mem_term={DIGITS}%)"],
        ["--seed", DIGITS],
        ["--schedules", DIGITS],
        ["--precision", f"kills={DIGITS}"],
        ["--shard", f"1/{DIGITS}"],
        ["--workers", DIGITS],
    ],
)
def test_arguments(tmp_path, capsys, more):
    refused(capsys, *run(tmp_path, "usemem", *more))


def test_a_sweep_of_too_many_policies(tmp_path, capsys):
    """Half a million pairs took 100 s and 1.9 GB in the first block."""
    said = refused(capsys, *run(tmp_path, "usemem", "--policies", "patched(timeout=1s..500s/900)"))
    assert "200 at most" in said and "make several runs, each with the policy that the others are" in said
    assert not (tmp_path / "out").exists()


def test_zoneinfo_and_cgroups(tmp_path, capsys):
    (tmp_path / "meminfo").write_text("MemTotal: 1 kB\n")
    (tmp_path / "zoneinfo").write_text(f"Node 0, zone Normal\n  pages free {DIGITS}\n  managed {DIGITS}\n")
    refused(capsys, "incident", f"--live={tmp_path}")


def test_a_log_of_empty_lines(tmp_path, capsys):
    """40 KB that unpack to more lines than a minute is enough for; as many that aren't packed are a log."""
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"\n" * (40 << 20)))
    assert "more lines than bytes" in refused(capsys, "incident", path)
    path.write_bytes(b"\n" * 1_100_000)
    assert "more lines" not in refused(capsys, "incident", path)


@pytest.mark.parametrize("special", ["/dev/zero", "/proc/self/mem", ".", "a\0b", ""])
@pytest.mark.parametrize("command", [["incident"], ["advise"], ["fit", "--column", "a_ms"]])
def test_special_logs(capsys, command, special):
    refused(capsys, *command, special)


def test_a_named_pipe_may_be_a_log(tmp_path, capsys):
    os.mkfifo(tmp_path / "log")
    writer = threading.Thread(target=(tmp_path / "log").write_text, args=("nothing\n",))
    writer.start()
    assert "can't be read" not in refused(capsys, "incident", tmp_path / "log")
    writer.join()


SAYS = "import sys\nfrom oommc import cli\ndef broken(*_): raise {}\ncli.parser = broken\nsys.exit(cli.main([]))"


@pytest.mark.parametrize(
    "error", ["ZeroDivisionError('a\\x1b\\nb')", "RecursionError", "MemoryError", "AssertionError"]
)
def test_whatever_is_left_is_one_line(error):
    done = subprocess.run([sys.executable, "-c", SAYS.format(error)], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr and done.stderr.startswith("oommc: error: ")
    assert error.partition("(")[0] in done.stderr and "please report this" in done.stderr


def test_a_traceback_for_who_asks():
    environment = os.environ | {"OOMMC_TRACEBACK": "1"}
    code = SAYS.format("ZeroDivisionError")
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 1 and "Traceback" in done.stderr and "in broken" in done.stderr
