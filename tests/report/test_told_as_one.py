"""Policies that are the same on every schedule stand in one row, wherever people read."""

import json

import pytest

from oommc.cli import main

SAME = "patched(timeout=29s)"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Two policies whose timeout of half a minute, the horizon, no schedule sees, and one that differs."""
    directory = str(tmp_path_factory.mktemp("one") / "out")
    words = ["run", "usemem", "--policies", f"baseline,patched,{SAME}", "--schedules", "100"]
    assert main([*words, "--out", directory, "--quiet"]) == 0
    return directory


@pytest.mark.parametrize("command", ["run", "compare", "choose", "report"])
def test_one_row_and_a_sentence(out, capsys, command):
    words = [command, out]
    if command == "run":
        words = ["run", "usemem", "--policies", f"baseline,patched,{SAME}", "--schedules", "100", "--out", out]
    if command == "report":
        words += ["--format", "markdown"]
    assert main([*words, *(["--quiet"] if command == "run" else [])]) == 0
    text = capsys.readouterr().out
    if command == "report":
        with open(text.strip(), encoding="utf-8") as file:
            text = file.read().replace("\\", "")
    assert f"patched = {SAME}" in text or command == "compare"
    starts = [line.lstrip("| ") for line in text.splitlines()]
    assert not any(line.startswith(f"{SAME} ") for line in starts) and f"patched − {SAME}" not in text
    assert "on every schedule" in text


def test_programs_get_them_all(out, capsys):
    assert main(["compare", out, "--json"]) == 0
    assert SAME in {row["b"] for row in json.loads(capsys.readouterr().out)}
    assert main(["choose", out, "--json"]) == 0
    advice = json.loads(capsys.readouterr().out)["usemem"]
    assert advice["alike"] == [["patched", SAME]] and SAME in advice["policies"]
