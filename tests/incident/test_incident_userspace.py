"""What earlyoom, systemd-oomd and oomd log."""

from oommc.incident import read


def reports(text):
    return list(read(text.splitlines(keepends=True)))


def test_earlyoom():
    text = """\
Feb 16 13:58:29 box earlyoom[12]: mem avail:  2430 of 31808 MiB ( 7.64%), swap free: 1419 of 15903 MiB ( 8.93%)
Feb 16 13:58:29 box earlyoom[12]: low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%
Feb 16 13:58:29 box earlyoom[12]: sending SIGTERM to process 294 uid 1000 "the big one": badness 1264, VmRSS 23964 MiB
Feb 16 13:58:29 box earlyoom[12]: process exited after 0.5 seconds
Feb 16 13:58:30 box earlyoom[12]: low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%
Feb 16 13:58:30 box earlyoom[12]: sending SIGTERM to process 294 uid 1000 "java": oom_score 869, VmRSS 17 MiB, cmdline "x"
Feb 16 13:58:40 box earlyoom[12]: kill failed: Timer expired
Feb 16 13:58:40 box earlyoom[12]: low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%
Feb 16 13:58:40 box earlyoom[12]: no killable process found
"""
    first, second, third = reports(text)
    assert {r.source for r in (first, second, third)} == {"earlyoom"}
    victim = first.victims[0]
    assert (victim.pid, victim.comm, victim.rss_kb, victim.gone_after_s) == (
        294,
        "the big one",
        23964 * 1024,
        0.5,
    )
    assert (first.swap_free_kb, first.swap_total_kb) == (1419 * 1024, 15903 * 1024)
    (told,) = first.to_json()["victims"]
    assert (told["pid"], told["comm"], told["rss_kb"], told["uid"]) == (294, "the big one", 23964 * 1024, 1000)
    assert (told["signal"], told["oom_score"], told["reaped_after_s"]) == ("SIGTERM", 1264, 0.5)
    assert second.victims == []
    assert (second.attempts[0].comm, second.attempts[0].cmdline) == ("java", "x")
    assert second.attempts[0].failure == "Timer expired"
    assert first.mem_kb == (2430 * 1024, 31808 * 1024)
    assert [r.ended for r in (first, second, third)] == ["kill", "attempt", "no_victim"]


def test_old_earlyoom_and_its_notification():
    text = """\
low memory! at or below SIGTERM limits: mem 10 %, swap 10 %
killing process 27541 "bash" with signal 15: badness 550, VmRSS 7609 MiB
Feb 27 09:34:06 host root[7509]: dialog-warning earlyoom Low memory! Killing process 27541 bash
process 27541 exited after 1.9 seconds
Feb 27 09:34:06 host root[7511]: dialog-warning earlyoom Low memory! Killing process 26773 firefox
"""
    first, second = reports(text)
    assert [(v.pid, v.gone_after_s) for v in first.victims] == [(27541, 1.9)]
    assert [(v.pid, v.comm) for v in second.victims] == [(26773, "firefox")]


def test_systemd_oomd():
    text = """\
Sep 10 14:59:49 box systemd-oomd[34]: Memory pressure for /w.slice is 64.15% > 1.00% for > 30s with reclaim activity
Sep 10 14:59:49 box systemd-oomd[34]: oomd attempting to kill 63 with KILL
Sep 10 14:59:49 box systemd-oomd[34]: oomd attempting to kill 66 with KILL
Sep 10 14:59:49 box systemd-oomd[34]: Killed /w.slice/a.service due to memory pressure for /w.slice being 64.15% > 1.00%
Sep 10 15:00:49 box systemd-oomd[34]: Killed /b.scope due to memory used (9) / total (10) being more than 90.00%
Sep 10 15:01:49 box systemd-oomd[34]: Memory pressure for /c.slice is 64.15% > 1.00% for > 30s with reclaim activity
Sep 10 15:02:49 box systemd-oomd[34]: Killed /d.service due to memory pressure for /d.slice being 64.15% > 1.00%
"""
    found = reports(text)
    assert {r.source for r in found} == {"systemd-oomd"}
    assert [[v.pid for v in r.victims] for r in found] == [[63, 66], [], [], []]
    assert [r.memcg for r in found] == ["/w.slice/a.service", "/b.scope", "/c.slice", "/d.service"]
    assert [r.ended for r in found] == ["kill", "kill", "truncated", "kill"]


def test_oomd():
    line = (
        "[  9.5] oomd kill: 81.28 80.05 42.78 w.slice/a.scope 137490 ruleset:[low swap] detectorgroup:[x] killer:{} "
        "v2\n"
    )
    real, dry = reports(line.format("kill_by_swap_usage") + line.format("(dry)kill_by_swap_usage"))
    assert (real.source, real.t_s, real.memcg, real.ended) == ("oomd", 9.5, "w.slice/a.scope", "kill")
    assert dry.ended == "truncated"
