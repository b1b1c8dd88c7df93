"""`oommc incident`, called as the command line calls it."""

import argparse
import json
import tomllib

import pytest
from incident_texts import HEADLESS_2_6_16, MODERN

from oommc.commands import incident
from oommc.errors import InputError

OLD_KEYS = {"source", "kernel", "t_s", "trigger", "constraint", "memcg", "nodes", "page_cache_kb", "swap_total_kb"}
OLD_KEYS |= {"swap_free_kb", "tasks", "memcgs", "victims", "ended"}


def run(*words):
    parser = argparse.ArgumentParser()
    incident.add_arguments(parser)
    return incident.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "kern.log"
    path.write_text(HEADLESS_2_6_16 + MODERN)
    return path


def test_words(log, capsys):
    assert run(log) == 0
    out = capsys.readouterr().out
    assert "report 2: kernel, Linux 6.8.0-rc1+ at 100.500000 s\n" in out
    assert "  asked     cc1 (pid 3000) for 2**0 pages, gfp_mask 0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO)\n" in out
    assert "  killed    ld (pid 3001), 3082.0 MiB anonymous, at 100.501000 s, reaped at 100.601000 s\n" in out
    assert "    zone           free kB    min    low   high\n" in out
    assert "    Node 0 Normal    59000  59100  74000  88000\n" in out
    assert "  4 tasks with 3601.4 MiB rss together" in out
    assert "    ld               3001  1000   3085.9       3515.6     0  killed\n" in out
    assert "    cc1              3000  1000    507.8        546.9     0   asked\n" in out


def test_one_report(log, capsys):
    assert run(log, "--report", 2) == 0
    assert "report 1" not in capsys.readouterr().out


def test_json(log, capsys):
    assert run(log, "--json") == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["ended"], second["ended"]) == ("no_victim", "kill")
    assert set(second) >= OLD_KEYS | {"cause", "cause_text", "cause_numbers", "cpuset", "mems_allowed", "attempts"}
    assert (first["overview"], second["overview"]["kills"], second["overview"]["reports"]) == (None, 1, 2)
    assert (first["cause"], second["cause"]) == ("kernel", "memory")
    assert second["cause_numbers"]["free_kb"] == 72000
    assert second["tasks"][3] == {
        "pid": 3001,
        "tgid": 3001,
        "uid": 1000,
        "comm": "ld",
        "total_vm": 900000,
        "rss": 790000,
        "swapents": 5,
        "oom_score_adj": 0,
    }
    assert second["nodes"][1] == {
        "zone": "Node 0 Normal",
        "free_kb": 59000,
        "min_kb": 59100,
        "low_kb": 74000,
        "high_kb": 88000,
        "boost_kb": 8,
    }
    assert (second["page_cache_kb"], second["swap_total_kb"]) == (2480, None)
    (victim,) = second["victims"]
    assert victim.items() >= {
        ("pid", 3001), ("comm", "ld"), ("t_s", 100.501), ("anon_rss_kb", 3156000), ("reaped_t_s", 100.601), ("uid", 1000)
    }  # fmt: skip
    assert victim["reaped_after_s"] == pytest.approx(0.1)
    assert run(log, "--json", "--report", 1) == 0
    assert json.loads(capsys.readouterr().out) == [first]
    assert second["overview"]["reaped_after_s"]["of"] == 1


def test_scenario_of_the_first_report_that_tells_enough(log, tmp_path, capsys):
    output = tmp_path / "made.toml"
    assert run(log, "-o", output) == 0
    assert tomllib.loads(output.read_text())["name"] == "incident-ld"
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"{output}: report 2 of {log}\n"


def test_what_is_written_can_be_run(tmp_path):
    row = "<6>[  100.500015] [   {}]  1000  {}   9000   10   9     1         0  6097728        5             0 one\n"
    rows = "".join(row.format(pid, pid) for pid in range(5000, 9100))
    path = tmp_path / "kern.log"
    path.write_text(MODERN.replace("<6>[  100.500016]", rows + "<6>[  100.500016]"))
    with pytest.raises(InputError, match=r"report 1: its scenario: process.one.count: 4100 is not"):
        run(path, "-o", tmp_path / "x.toml")
    assert not (tmp_path / "x.toml").exists()


def test_never_overwrites(log, tmp_path):
    output = tmp_path / "made.toml"
    output.write_text("mine")
    with pytest.raises(InputError, match=f"^{output}: exists already"):
        run(log, "-o", output)
    assert output.read_text() == "mine"


def test_wrong_use(log, tmp_path, capsys):
    def refusal(*words):
        with pytest.raises(InputError) as error:
            run(*words)
        return str(error.value)

    empty = tmp_path / "empty"
    empty.write_text("nothing\n")
    for form in ([], ["--json"], ["-o", tmp_path / "x.toml"]):
        assert refusal(empty, *form).startswith(f"{empty}: no OOM report found. Reports are read of kernels 2.6.16 to")
    empty.write_text("mykiller: OOM kill of \x1b[31mx\n" * 5)
    assert refusal(empty).endswith(
        ". Lines that look like one: " + ", ".join(["'mykiller: OOM kill of \\x1b[31mx'"] * 3)
    )
    assert capsys.readouterr().out == ""
    assert refusal(log, "--report", 3) == f"{log}: --report 3: there are only 2"
    assert refusal(log, "--report", 1, "-o", tmp_path / "x.toml") == (
        f"{log}: report 1: no scenario can be built from this report: it has no task table"
    )
    assert refusal(log, "-o", tmp_path / "no" / "x.toml").endswith(": can't be written: No such file or directory")
    assert not (tmp_path / "x.toml").exists()
    for words in (["--report", "0"], ["--report", "x"], ["--json", "-o", "x"]):
        with pytest.raises(SystemExit) as end:
            run(log, *words)
        assert end.value.code == 2
