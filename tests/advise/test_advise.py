"""`oommc advise` on invented reports, and on a real one where it is here."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "incident"))
from incident_texts import ERA_2_6_32, HEADLESS_2_6_16, MEMCG_3_7, MODERN

from oommc.advise import answer, measure
from oommc.advise.assumed import ASSUMED, SPAN, drawn
from oommc.advise.settings import kernel, settings, victim
from oommc.cli import main
from oommc.incident import read, to_scenario
from oommc.incident.drafting.scenario import draft
from oommc.scenario import Scenario
from oommc.units import duration, rate

REAL = Path(__file__).resolve().parents[2] / "../shared/data/oom-reports/014-3.13-ubuntu-mysqld-python.log"
AS_IT_WAS = "as it was"


def one(text):
    (report,) = read(text.splitlines(keepends=True))
    return report


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "kern.log"
    path.write_text(HEADLESS_2_6_16 + MODERN)
    return path


def test_a_machine_of_today_has_all_settings():
    assert kernel(one(MODERN)).name == "mainline-6"
    assert [s.name for s in settings(one(MODERN))] == [
        AS_IT_WAS,
        "oom_score_adj=500 for cc1",
        "vm.oom_kill_allocating_task=1",
        "vm.panic_on_oom=1",
        "earlyoom",
        "earlyoom -m 5",
        "earlyoom -m 20",
        "systemd-oomd",
        "systemd-oomd, limit 30 % for 10 s",
    ]


def test_an_old_kernel_has_those_of_its_time():
    names = [s.name for s in settings(one(ERA_2_6_32))]
    assert kernel(one(ERA_2_6_32)).name == "badness-2.6.36"
    assert "vm.oom_kill_allocating_task=1" in names
    assert not {"earlyoom", "systemd-oomd"} & set(names)
    oldest = one(MODERN.replace("6.8.0-rc1+", "2.6.16"))
    names = [s.name for s in settings(oldest)]
    assert names[:3] == [AS_IT_WAS, "oom_adj=8 for cc1", "Linux 2.6.19 or later"]
    assert names[-1] == "Linux 5.18 or later"


def test_a_group_s_limit_is_beyond_what_watches_the_machine():
    names = [s.name for s in settings(one(MEMCG_3_7))]
    assert names[:3] == [AS_IT_WAS, "oom_score_adj=500 for tmux: server", "Linux 4.2 or later"]
    assert not [name for name in names if "earlyoom" in name or name.startswith("vm.")]


def test_no_victim_told_no_victim_protected():
    cut = one(MODERN[: MODERN.index("<6>[  100.500016]")])
    assert victim(cut) is None
    assert not any(s.variant == "protected" for s in settings(cut))


def test_what_the_owner_protected_stays_so():
    """Neither is the daemon with -250 sent to die first, nor is what grew hidden."""
    report = one(MODERN.replace("            0 cc1\n", "         -900 cc1\n"))
    names = [s.name for s in settings(report)]
    assert not [name for name in names if "cc1" in name or "systemd-journal" in name or "for ld" in name]
    assert "oom_score_adj=500 for (sd-pam)" in names


def test_a_bystander_that_died_is_protected_and_what_grew_goes_first():
    report = one(
        MODERN.replace("process 3001 (ld)", "process 600 ((sd-pam))").replace("task=ld,pid=3001", "task=x,pid=600")
    )
    runs = measure.run(Scenario.from_dict(to_scenario(report)), settings(report), 8)
    names = list(runs.found)
    assert names[1:3] == ["oom_score_adj=-1000 for (sd-pam)", "oom_score_adj=500 for ld"]
    assert runs.hog_dies(AS_IT_WAS) == (8, 8)  # ld, so that the log isn't reproduced


def test_watching_another_process_changes_counts_only():
    report = one(MODERN)
    table = to_scenario(report)
    own, giant, daemon = (
        measure.run(scenario, settings(report)[:1], 8)
        for scenario in (
            Scenario.from_dict(table),
            answer._watching(Scenario.from_dict(table), "ld"),
            answer._watching(Scenario.from_dict(table), "systemd-journal"),
        )
    )
    before, after = (runs.block("incident-ld", AS_IT_WAS, 0, ["kills", "ttr_ns", "end_ns"]) for runs in (own, daemon))
    for column, values in before.items():
        assert np.array_equal(values, after[column])
    assert giant.hog_dies(AS_IT_WAS) == (8, 8)
    assert daemon.hog_dies(AS_IT_WAS) == (0, 8)


def test_all_that_is_assumed_is_drawn_together():
    table = Scenario.from_dict(to_scenario(one(MODERN))).to_dict()
    places = list(drawn(table, 16, 1))
    assert table == Scenario.from_dict(to_scenario(one(MODERN))).to_dict()
    assert places == list(drawn(table, 16, 1)) != list(drawn(table, 16, 2))
    for what, holders in ASSUMED.items():
        values = [json.dumps([holder[key] for holder, key in holders(place)]) for place in places]
        assert len(set(values)) == 16, what
        for (changed, key), (old, _) in zip(holders(places[0]), holders(table), strict=True):
            factor = _amount(changed[key]) / _amount(old[key])
            assert 1 / SPAN * 0.99 < factor < SPAN * 1.01, what
    assert all(Scenario.from_dict(place) for place in places)


def _amount(law):
    """A probability, a rate, or a time of a law."""
    if isinstance(law, float):
        return law
    if isinstance(law, dict):
        return duration(law.get("median") or law["mean"])
    return rate(law) if law.endswith("/s") else duration(law)


def test_the_command(log, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["advise", str(log), "--schedules", "4", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "Report 2 of " in said and "simulated as mainline-6" in said
    assert "log: 1 kill, ld; simulated: 1 kill, ld." in said
    assert "ld dies" in said and ("Take: " in said or "Change nothing" in said)
    assert "On 4 machines with all of it drawn anew together" in " ".join(said.split())
    assert (out / "report" / "index.html").read_text("utf-8").startswith("<!")
    assert {p.name: p.oom_score_adj for p in Scenario.load(out / "incident-ld-sacrificed.toml").processes}["cc1"] == 500


def test_a_group_that_dies_together():
    """On a kernel with memory.oom.group, nobody of the group is left, and nobody is without it."""
    report = one(MEMCG_3_7.replace("3.7.0", "6.1.0"))
    offered = [s for s in settings(report) if s.name in (AS_IT_WAS, "memory.oom.group=1")]
    assert len(offered) == 2
    scenario = Scenario.from_dict(to_scenario(report))
    runs = measure.run(scenario, offered, 8)
    kills = {s.name: runs.block(scenario.name, s.name, 0, ["kills"])["kills"] for s in offered}
    assert (kills[AS_IT_WAS] == 1).all()
    assert (kills["memory.oom.group=1"] == sum(p.count for p in scenario.processes)).all()


def test_a_group_dies_together_whoever_grew():
    """Names are given in order, so that they differ with who is taken to have grown."""
    report = one(MEMCG_3_7.replace("3.7.0", "6.1.0").replace("tmux: server", "eater"))
    scenario = Scenario.from_dict(draft(report, grower=1900).table)
    (together,) = (s for s in settings(report, 1900) if s.name == "memory.oom.group=1")
    assert {p.memcg for p in together.applied(scenario).processes} == {"group"}


def test_the_page_needs_nothing_and_escapes_what_the_log_says(tmp_path, capsys):
    import html5lib

    path, log = tmp_path / "page.html", tmp_path / "<b>kern.log"
    log.write_text(
        MODERN.replace("(ld)", "(<script>x)")
        .replace(" ld\n", " <script>x\n")
        .replace("cc1 invoked", "</pre><i> invoked")
    )
    assert main(["advise", str(log), "--schedules", "4", "-o", str(path)]) == 0
    assert str(path) in capsys.readouterr().out
    text = path.read_text("utf-8")
    page = html5lib.HTMLParser(strict=True).parse(text)
    tags = {node.tag.rpartition("}")[2] for node in page.iter() if isinstance(node.tag, str)}
    assert not tags & {"script", "i", "b", "link", "img"} and not re.findall("(?:src|href)=[^#]*http", text)
    assert text.index("Change nothing") < text.index("<svg") < text.index("What would have happened")
    for said in (
        "upper bound",
        "preset server",
        "&lt;script&gt;x",
        "Change nothing: no setting tested is clearly better.",
        "What the log says",
        "Rests on".lower(),
        "mainline-6",
    ):
        assert said in text
    assert main(["advise", str(log), "--schedules", "4", "-o", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, told",
    [
        (["nowhere.log"], "nowhere.log: can't be read"),
        (["LOG", "--set", "machine.cpus"], "--set machine.cpus: KEY=VALUE"),
        (["LOG", "--set", "machine.cpus=none"], "machine.cpus"),
        (["LOG", "--set", "nowhere=1"], "nowhere"),
        (["LOG", "--report", "7"], "--report 7: there are only 2"),
        (["LOG", "--report", "x"], "--report"),
        (["LOG", "--schedules", "0"], "schedules"),
        (["LOG", "--out", "LOG"], "exists already"),
    ],
)
def test_bad_input_is_one_line(log, capsys, words, told):
    assert main(["advise", *(str(log) if word == "LOG" else word for word in words)]) == 2
    said = capsys.readouterr()
    assert told in said.err and said.err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the real reports are not here")
def test_a_real_report(capsys):
    assert main(["advise", str(REAL), "--schedules", "4"]) == 0
    assert "simulated as badness-2.6.36" in capsys.readouterr().out
