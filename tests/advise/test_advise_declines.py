"""Where `oommc advise` recommends nothing, and says why; and what it may recommend at all."""

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "incident"))
from incident_texts import ERA_2_6_32, HEADLESS_2_6_16, MEMCG_3_7, MODERN

from oommc.advise import measure
from oommc.advise.incident import last
from oommc.advise.part import Part
from oommc.advise.settings import settings
from oommc.advise.text import _cell, answer
from oommc.cli import main
from oommc.incident import read, to_scenario
from oommc.scenario import Scenario


def one(text):
    (report,) = read(text.splitlines(keepends=True))
    return report


def incident(text):
    return last(enumerate(read(text.splitlines(keepends=True)), 1))


def advised(tmp_path, capsys, text, *words):
    path = tmp_path / "kern.log"
    path.write_text(text)
    assert main(["advise", str(path), "--json", "--schedules", "4", *words]) == 0
    return json.loads(capsys.readouterr().out)


def later(seconds, text=MODERN):
    """The same report again, so much later."""
    return text.replace("[  100.", f"[  {100 + seconds}.")


@pytest.mark.parametrize(
    "cause, text",
    [
        ("sysrq", MODERN.replace("order=0", "order=-1")),
        ("no_killable", MODERN[: MODERN.index("<6>[  100.500016]")] + "Out of memory and no killable processes...\n"),
        ("unknown", "".join(line for line in MODERN.splitlines(keepends=True) if " min:" not in line)),
        (
            "zone",
            MODERN.replace("0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO)", "0xcc1(GFP_KERNEL|GFP_DMA)")
            .replace("free:13000kB", "free:13kB")
            .replace("free:59000kB", "free:590000kB"),
        ),
    ],
    ids=["sysrq", "no_killable", "unknown", "zone"],
)
def test_where_no_setting_helps_nothing_is_simulated(tmp_path, capsys, monkeypatch, cause, text):
    monkeypatch.setattr("oommc.advise.answer.reproduce", None)
    said = advised(tmp_path, capsys, text)
    why = said.pop("why_not")
    assert said == {"cause": cause, "reproduced": None, "recommendation": None, "enough": [], "settings": []}
    assert "o setting of a killer" in why and "Look" in why


def test_that_no_setting_helps_comes_first(tmp_path, capsys):
    path = tmp_path / "kern.log"
    path.write_text(MODERN.replace("order=0", "order=-1"))
    assert main(["advise", str(path), "-o", str(tmp_path / "page.html")]) == 0
    said = capsys.readouterr().out
    assert said.index("No setting of a killer helps") < said.index("  cat /proc/sys/kernel/sysrq")
    assert said.index("/proc/sys/kernel/sysrq") < said.index("Somebody asked for this kill") < said.index("page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count("No setting of a killer helps") == 1 and "cat /proc/sys/kernel/sysrq" in page


def test_a_log_that_isn_t_reproduced_gets_no_recommendation(tmp_path, capsys):
    text = MODERN.replace("process 3001 (ld)", "process 600 ((sd-pam))").replace("task=ld,pid=3001", "task=x,pid=600")
    said = advised(tmp_path, capsys, text)
    assert not said["reproduced"]["agrees"] and said["recommendation"] is None and said["settings"] == []
    assert "log: 1 kill, (sd-pam); simulated: " in said["why_not"]
    assert said["reproduced"]["tried"] == ["cc1 grew", "(sd-pam) grew", "ld grew", "all that died grew"]
    assert said["reproduced"]["log"] == {"kills": 1, "victims": ["(sd-pam)"], "span_s": None}


def test_what_is_shown_of_a_simulation_that_differs_differs(tmp_path, capsys):
    """A kernel of 2006 kills more than one in most schedules, but not in all."""
    text = MODERN.replace("6.8.0-rc1+", "2.6.20")
    said = advised(
        tmp_path, capsys, "".join(line for line in text.splitlines(keepends=True) if "oom-kill:" not in line)
    )
    assert not said["reproduced"]["agrees"] and said["reproduced"]["simulated"]["kills"] > 1


def test_a_log_that_is_reproduced_gets_settings(tmp_path, capsys):
    said = advised(tmp_path, capsys, MODERN)
    assert said["cause"] == "memory" and said["reproduced"]["agrees"]
    names = [of["setting"] for of in said["settings"]]
    assert names[0] == "as it was" and said["settings"][0]["command"] is None
    alike = [name for of in said["settings"] for name in of["same_as_this"]]
    assert len(set(names + alike)) == len(names) + len(alike) == len(settings(one(MODERN)))
    assert (said["recommendation"] is None) == (said["why_not"] is not None)


def test_a_cascade_is_one_incident_and_simulated_from_its_first_report():
    found = incident(later(0) + later(30) + later(70))
    assert (found.number, found.reports, [v.comm for v in found.victims]) == (1, 3, ["ld"] * 3)
    assert found.span_s == pytest.approx(70)


def test_another_incident_is_apart():
    found = incident(later(0) + later(100) + later(130))
    assert (found.number, found.reports) == (2, 2)
    assert incident(MODERN + HEADLESS_2_6_16).number == 1  # the last that has a table


def test_a_group_s_limit_that_isn_t_told_is_asked_for(tmp_path, capsys):
    text = MEMCG_3_7.replace("memory: usage 102400kB, limit 102400kB, failcnt 57\n", "\n").replace(
        "memory+swap: usage 102400kB, limit 102400kB, failcnt 0\n", "\n"
    )
    said = advised(tmp_path, capsys, text)
    assert said["cause"] == "limit" and "--limit" in said["why_not"] and said["reproduced"] is None
    assert advised(tmp_path, capsys, text, "--limit", "100 MiB")["reproduced"]["agrees"]


def test_no_table_no_simulation(tmp_path, capsys):
    text = MODERN[: MODERN.index("<6>[  100.500010]")] + MODERN[MODERN.index("<6>[  100.500016]") :]
    said = advised(tmp_path, capsys, text)
    assert said["cause"] == "memory" and "no task table" in said["why_not"]


def test_an_ask_bound_to_nodes_that_aren_t_told_isn_t_simulated(tmp_path, capsys):
    said = advised(tmp_path, capsys, MODERN.replace("CONSTRAINT_NONE", "CONSTRAINT_MEMORY_POLICY"))
    assert said["cause"] == "nodes" and "bound to some nodes" in said["why_not"] and said["reproduced"] is None


def test_a_table_that_isn_t_whole_isn_t_simulated(tmp_path, capsys):
    """Who else could have died isn't there."""
    said = advised(tmp_path, capsys, MODERN.replace("<6>[  100.500014]", "[...]\n<6>[  100.500014]"))
    assert "lines of the report are missing" in said["why_not"] and said["reproduced"] is None


def test_progress_goes_to_stderr(tmp_path, capsys):
    path = tmp_path / "kern.log"
    path.write_text(MODERN)
    assert main(["advise", str(path), "--schedules", "4"]) == 0
    assert f"{len(settings(one(MODERN)))} settings on 4 schedules each" in capsys.readouterr().err


def test_a_killer_that_had_no_reason_to_act_isn_t_offered():
    """Where page cache makes more than a tenth available, or a tenth of swap is free, earlyoom waits."""

    def killers(text):
        return [s.name for s in settings(one(text)) if "earlyoom" in s.name]

    assert killers(MODERN) == ["earlyoom", "earlyoom -m 5", "earlyoom -m 20"]
    assert killers(MODERN.replace("active_file:51 ", "active_file:130000 ")) == ["earlyoom -m 20"]
    swap = "<4>[  100.500008] Free swap  = {}kB\n<4>[  100.500008] Total swap = 1000000kB\n<4>[  100.500008]"
    assert killers(MODERN.replace("<4>[  100.500008]", swap.format(150_000))) == []
    assert len(killers(MODERN.replace("<4>[  100.500008]", swap.format(50_000)))) == 3


def test_full_swap_looks_full_to_a_killer():
    """Its thresholds are shares of all swap, and the scenario has all of it, in use."""
    swap = "<4>[  100.500008] Free swap  = 84kB\n<4>[  100.500008] Total swap = 25165820kB\n<4>[  100.500008]"
    report = one(MODERN.replace("<4>[  100.500008]", swap))
    scenario = Scenario.from_dict(to_scenario(report))
    swap = scenario.machine.swap
    assert swap.size == 25165820 // 4
    assert swap.size - swap.used - sum(p.swapped * p.count for p in scenario.processes) == 84 // 4
    (earlyoom,) = (s for s in settings(report) if s.name == "earlyoom")
    runs = measure.run(scenario, [earlyoom], 2)
    assert (runs.block(scenario.name, "earlyoom", 0, ["preventive"])["preventive"] > 0).all()


def test_a_newer_kernel_is_one_setting_each():
    names = [s.name for s in settings(one(ERA_2_6_32))]
    assert names[names.index("Linux 2.6.39 or later") :] == [
        f"Linux {version} or later" for version in ("2.6.39", "4.2", "4.6", "4.9", "4.14", "4.19", "5.0", "5.18")
    ]


def test_rotated_files_are_one_log(tmp_path, capsys):
    older, newer = tmp_path / "kern.log.1", tmp_path / "kern.log"
    older.write_text(later(0))
    newer.write_text(later(30).replace("order=0", "order=-1"))
    for order in ([newer, older], [older, newer]):
        assert main(["advise", *map(str, order), "--json", "--report", "2"]) == 0
        assert json.loads(capsys.readouterr().out)["cause"] == "sysrq"


def test_the_arrow_is_the_recommendation_s(tmp_path, capsys):
    """A setting with the least may still not be clearly better; then what was stays marked."""
    path = tmp_path / "kern.log"
    path.write_text(MODERN)
    assert main(["advise", str(path), "--schedules", "20"]) == 0
    said = capsys.readouterr().out
    (marked,) = (line.partition(" ←")[0] for line in said.splitlines() if " ←" in line)
    assert said.index("The answer") < said.index("What would have happened")  # and its table
    assert ("Change nothing" in said) == (marked == "as it was")
    assert "Change nothing" in said or f"Take: {marked}. " in said


def test_commands_and_paths_stay_whole():
    command = "echo 1 > /sys/fs/cgroup/kubepods.slice/" + "pod-with-a-name-" * 10 + "/memory.oom.group"
    assert command in str(Part("title", commands=(command,)))
    assert command.split()[-1] in str(Part("title", ("Path: " + command,)))


def test_the_answer_is_two_sentences_and_a_command():
    found = {"setting": "earlyoom -m 5", "command": "earlyoom -m 5", "why": "the number of kills falls from 3 to 1"}
    assert str(answer(found, None)).splitlines() == [
        "The answer",
        "Take: earlyoom -m 5. With it the number of kills falls from 3 to 1.",
        "  earlyoom -m 5",
    ]
    assert str(answer(None, None)) == "The answer\nChange nothing: no setting tested is clearly better."


def test_how_large_memory_is_may_be_said_where_the_log_doesn_t(tmp_path, capsys):
    text = re.sub(r" present:\d+kB(?: managed:\d+kB)?", "", MODERN)
    text = "".join(line for line in text.splitlines(keepends=True) if "pages RAM" not in line)
    said = advised(tmp_path, capsys, text)
    assert said["cause"] == "memory" and "--ram" in said["why_not"] and said["reproduced"] is None
    assert advised(tmp_path, capsys, text, "--ram", "3922 MiB")["reproduced"]["agrees"]


def test_no_more_than_all_schedules_hang():
    """A bound of a mean of sums may be above 1; a schedule ends in one way."""
    assert _cell("livelock + panic", 0.9, [0.57, 1.43]).beside == "[0.57, 1.00]"
    assert _cell("collateral", 0.9, [0.57, 1.43]).beside == "[0.57, 1.43]"
