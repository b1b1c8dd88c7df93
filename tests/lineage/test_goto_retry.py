"""`goto retry` in out_of_memory(): an attempt whose choice can't be killed scans again, with all that it holds.

mm/oom_kill.c. To 2.6.18 tasks without an mm are no less candidates than others (5081dde33f7), and a kernel thread, of
score 0, stands before all others in the list: where nobody has a higher score it is chosen, and oom_kill_task() can't
kill it. From 2.6.21 to 2.6.35 a protected task on the victim's mm forbids the kill. select_bad_process() then runs
again, under tasklist_lock, cpuset mutex and gate, without a look at what is free, until it meets somebody who exits.
3.4 goes back to the allocator instead (<alpine.DEB.2.00.1201111922500.3982@chino.kir.corp.google.com>).

The clockwork world: the hog comes to the OOM path at 2.1 ms; a report takes 1 ms, a scan 1 us a task.
"""

import pytest
from test_versions import PROTECTED, QUICK, idle, told
from worlds import GONE, both, clockwork, daemon, hog, late, story

from oommc.policies.eras import policy_of

LIVELOCK, PANIC = 2, 4
LEAVER = {"kind": "grow", "start": 0, "think": "1 us", "chunk": 1, "target": 20, "hold": "8 ms"}


def world(*processes: dict, **machine):
    """All but the leaver are OOM_DISABLE. It goes by itself at 8.020 ms, with 20 pages."""
    protected = [process | PROTECTED for process in processes]
    leaver = idle("leaver", rss=0, program=LEAVER, exit=GONE, oom_adj=-16)
    return clockwork(hog(**PROTECTED), leaver, *protected, latency=QUICK, **machine)


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [("baseline", LIVELOCK), ("patched", LIVELOCK), ("2.6.19", PANIC), ("patched-reaper", PANIC)],
)
def test_2_6_17_never_panics_for_want_of_a_victim(policy, outcome):
    record = both(clockwork(hog(**PROTECTED), daemon(**PROTECTED), latency=QUICK), policy)
    assert (record["outcome"], record["kills"], record["aborted"]) == (outcome, 0, 0)


def test_nobody_of_score_0_is_chosen_by_2_6_17():
    """Twenty pages at oom_adj −16 score 0: 2.6.19 shoots the leaver, 2.6.17 a kernel thread, in vain."""
    assert told(world(), "2.6.19", "kill")[:1] == [(3_102, "kill", "leaver")]
    assert told(world(), "2.6.17", "kill") == []


def test_the_loop_ends_with_a_scan_that_meets_somebody_who_exits():
    """The hog scans each 2 us from 3.100 ms on. The leaver is PF_EXITING from 8.021 to 9.041, PF_DEAD then."""
    steps = told(world(), "2.6.17", "exiting", "aborted")
    assert steps[:2] == [(8_020, "exiting", "leaver"), (8_022, "aborted", "hog")]


def test_it_keeps_the_gate_of_the_patch():
    """The daemon asks at 3 ms, and is refused each 100 us by the hog's attempt.

    That scans three tasks, each 3 us from 3.103 ms on; at 8.020 it looks before the leaver goes, so at 8.023 again.
    """
    asking = world(daemon(program=late("3 ms", 300)["program"]))
    both(asking, "patched")
    steps = [(step, who) for _, step, who in story(asking, "patched", "refused", "aborted", "gate opens")]
    assert steps[:52] == [*[("refused", "daemon")] * 50, ("aborted", "hog"), ("gate opens", "hog")]
    assert story(asking, "patched", "refused")[0][0] == 3_100
    assert story(asking, "patched", "aborted")[0] == (8_023, "aborted", "hog")


@pytest.mark.parametrize(
    ("version", "outcome"),
    [("2.6.19", 1), ("2.6.21", LIVELOCK), ("2.6.31", LIVELOCK), ("2.6.36", 1), ("3.16", 1)],
)
def test_a_protected_task_on_the_victim_s_mm(version, outcome):
    """Nobody but the hog is worth a kill. With 2.6.21 its peer forbids that, for ever."""
    peer = idle("peer", shares_mm_with="hog", **PROTECTED)
    del peer["rss"]
    shared = clockwork(hog(), peer, daemon(), latency=QUICK)
    record = both(shared, policy_of(version))
    if outcome == LIVELOCK:
        assert (record["outcome"], record["kills"]) == (LIVELOCK, 0)
    else:
        assert record["kills"] >= 1


def test_nobody_passes_exit_notify_meanwhile():
    """From 2.6.19 on who has no mm doesn't stop the scan. The daemon, 9 ms in its tail, would be PF_DEAD at 17.031 ms.

    The peer of the hog's mm forbids its kill. The leaver is PF_EXITING for 10 us, without an mm after that, which the
    scan doesn't meet between two rounds of 40 us; it waits in exit_notify().
    """
    peer = idle("peer", shares_mm_with="hog", **PROTECTED)
    del peer["rss"]
    leaver = idle("leaver", rss=0, program=LEAVER, exit=GONE)
    shared = clockwork(hog(), peer, leaver, latency=QUICK, scan_per_task="10 us")
    for version, dead in (("2.6.20", True), ("2.6.21", False)):
        both(shared, policy_of(version))
        assert bool([who for _, _, who in story(shared, policy_of(version), "dead") if who == "leaver"]) is dead


@pytest.mark.parametrize(
    ("version", "step"),
    [
        ("2.6.23", "aborted"),
        ("2.6.24", "marks itself"),
        ("2.6.36", "marks itself"),
        ("3.3", "marks itself"),
        ("3.4", "kill"),
    ],
)
def test_who_begins_to_exit_during_the_report(version, step):
    """The daemon comes to the OOM path at 1.1 ms; the hog is PF_EXITING from 1.5 ms on, and works for 30 ms then.

    To 2.6.23 the report comes first, and the scan stops at the hog. From 2.6.24 on it has been chosen by then, and is
    looked at after the report. From 3.4 on before it: so it is killed
    (<alpine.DEB.2.00.1201111924050.3982@chino.kir.corp.google.com>).
    """
    program = {"kind": "grow", "start": 0, "think": "1 us", "chunk": 1, "target": 9700, "hold": "1300 us"}
    leaving = hog(program=program, exit=GONE | {"work": {"p": 1, "delay": "30 ms"}})
    steps = told(clockwork(leaving, daemon(), latency=QUICK), version, "exiting", "kill", "aborted", "marks itself")
    assert steps[:2] == [(1_500, "exiting", "hog"), (2_102, step, "daemon" if step == "aborted" else "hog")]


def test_who_has_let_go_of_its_mm_by_then_is_marked_too():
    """`late` asks for nearly all at 5 ms, and would shoot itself, but 2.6.36 scans in vain until the hog is reaped.

    That has no mm from 1.5 ms on, gives it back in 9.7 ms, and is PF_DEAD 20 ms after that. 2.6.35 finds an mm-less
    task, and passes it over as soon as there is something to ask for: a page, a report and a scan after 5.0 ms.
    """
    program = {"kind": "grow", "start": 0, "think": "1 us", "chunk": 1, "target": 9700, "hold": "1300 us"}
    leaving = hog(program=program, exit=GONE | {"tail": "20 ms"})
    full = clockwork(leaving, daemon(), late("5 ms", chunk=9800), latency=QUICK)
    for version, killed in (("2.6.35", 6_103), ("2.6.36", 32_225)):
        steps = told(full, version, "marks itself", "kill", "dead")
        assert steps[0] == (2_103, "marks itself", "hog")
        assert (killed, "kill", "late") in steps
        assert ((31_200, "dead", "hog") in steps[: steps.index((killed, "kill", "late"))]) is (version == "2.6.36")
