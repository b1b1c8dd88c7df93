"""The faults that are planted, and the quick tests that find each of them."""

from planted import Mutant

PATH, MONITOR, LMKD = "tests/engine/test_path.py", "tests/engine/test_monitor.py", "tests/engine/test_lmkd.py"
VICTIMS, REAPER, TOLD = (
    "tests/engine/test_monitor_victims.py",
    "tests/engine/test_reaper.py",
    "tests/engine/test_watermarks.py",
)
INTERVALS, SURVIVAL = "tests/stats/test_intervals.py", "tests/stats/test_survival.py"
MOMENTS, SKETCH = "tests/stats/test_moments.py", "tests/stats/test_sketch.py"

MUTANTS = [
    Mutant(
        "pyx/pressure.pxd", "new = load * «EXP_10S» +", "(EXP_10S + 1)", f"{MONITOR}::test_the_core_has_the_average"
    ),
    Mutant(
        "pyx/pressure.pxd",
        "«p.stalled_ns * 100 // PERIOD» * FIXED_1",
        "p.stalled_ns * 101 // PERIOD",
        f"{MONITOR}::test_the_core_has_the_average",
    ),
    Mutant(
        "pyx/pressure.pxd",
        "p.stalled = «stalls(w, p.group) and not (p.full and works(w, p.group))»",
        "0",
        f"{MONITOR}::test_pressure_kills_a_group_that_waits",
    ),
    Mutant("pyx/lmkd.pxd", "if «windows == 1 and now >= s.limit» else", "0", LMKD),
    Mutant("pyx/lmkd.pxd", "swap_low = «w.swap_free * WHOLE < m.swap_kill * w.machine.swap»", "0", LMKD),
    Mutant("pyx/lmkd.pxd", "tick = «PSI_WINDOW // UPDATES_PER_WINDOW»", "PSI_WINDOW // 5", LMKD),
    Mutant("pyx/measure.pxd", "if «w.mms[m].last_back > failed_at» or", "0", PATH),
    Mutant("pyx/measure.pxd", "w.nodes[n].listed - «w.nodes[n].high»\n", "w.nodes[n].low", TOLD),
    Mutant("pyx/measure.pxd", "if «spare + owed >= 0»:", "0", REAPER),
    Mutant("pyx/measure.pxd", "if «not spec(w, v).hog»:\n            count", "1", PATH),
    Mutant(
        "pyx/oom_kill.pxd",
        "if «new and decided and suppressed(w)»:",
        "decided and suppressed(w)",
        "tests/engine/test_suppressed.py::test_a_duplicate_is_no_decision",
    ),
    Mutant("pyx/path.pxd", "if «which != RECHECK_MARK_HIGH»:", "1", TOLD),
    Mutant("pyx/path.pxd", "mark = node.low if «which == RECHECK_MARK_LOW» else", "0", TOLD),
    Mutant("pyx/path.pxd", "if «node.free - t.unit >= mark + node.boost»:", "node.free >= mark + node.boost", TOLD),
    Mutant(
        "pyx/path.pxd",
        "«w.policy.abort_test == ABORT_TEST_FIRST and kill_under_way(w, scratch, i)»:",
        "kill_under_way(w, scratch, i)",
        VICTIMS,
    ),
    Mutant(
        "pyx/reaper.pxd",
        "if «reaper.attempts < w.policy.reaper_attempts»:",
        "reaper.attempts <= w.policy.reaper_attempts",
        REAPER,
    ),
    Mutant("pyx/reaper.pxd", "w.now + «w.policy.reaper_interval»\n", "2 * w.policy.reaper_interval", REAPER),
    Mutant(
        "pyx/reaper.pxd", "and «t.has_mm and not (t.signalled or t.exiting)»:\n                return\n", "0", VICTIMS
    ),
    Mutant(
        "pyx/teardown.pxd",
        "ns = «batch_pages(w, mm) * SECOND // rate»",
        "batch_pages(w, mm) * SECOND // rate + 1",
        PATH,
    ),
    Mutant("pyx/monitor.pxd", "if «recovered(w)»:", "0", MONITOR),
    Mutant("pyx/monitor.pxd", "(«in_one and w.threads[i].mm == mm» and", "w.threads[i].mm == mm", VICTIMS),
    Mutant(
        "pyx/monitor.pxd", "m.wait_most and «w.now - k.since >= m.wait_most»", "w.now - k.since > m.wait_most", LMKD
    ),
    Mutant("pyx/badness.pxd", "k, total = «w.machine.swap»\n", "0", "tests/victim/test_total.py"),
    Mutant("oommc/stats/moments.py", "- self.total[metric] ** 2", "- self.total[metric]", INTERVALS),
    Mutant("oommc/stats/moments.py", "np.minimum(self.low, other.low)", "np.maximum(self.low, other.low)", MOMENTS),
    Mutant("oommc/stats/moments.py", "<< _LIMB + 1)", "<< _LIMB)", MOMENTS),
    Mutant("oommc/stats/bounded.py", "w + _log(u / w) / w", "w - _log(u / w) / w", INTERVALS),
    Mutant("oommc/stats/survival.py", "1 - probability + _ROUNDING", "1 - probability", SURVIVAL),
    Mutant("oommc/stats/survival.py", "died / (at_risk * (at_risk - died))", "died / (at_risk * at_risk)", SURVIVAL),
    Mutant(
        "oommc/stats/survival.py",
        "np.cumprod((at_risk - died) / at_risk)",
        "np.cumprod(at_risk / (at_risk + died))",
        SURVIVAL,
    ),
    Mutant(
        "oommc/stats/survival.py",
        "(at_risk - died) / np.maximum(at_risk - 1, 1)",
        "(at_risk - died) / np.maximum(at_risk, 1)",
        SURVIVAL,
    ),
    Mutant("oommc/stats/intervals.py", "least, most, (1 - level) / 2)", "least, most, 1 - level)", INTERVALS),
    Mutant("oommc/stats/intervals.py", "p * (len(known) - rank)", "p * len(known)", INTERVALS),
    Mutant("oommc/stats/intervals.py", "-widest, widest, level", "0.0, widest, level", INTERVALS),
    Mutant("oommc/stats/intervals.py", "2 * float(bdtr(", "float(bdtr(", INTERVALS),
    Mutant("oommc/stats/sketch.py", "DIGITS) + 1, DIGITS)) // 2", "DIGITS) + 3, DIGITS)) // 2", SKETCH),
    Mutant("oommc/stats/tails.py", "2 * ndtr(-abs(z))", "ndtr(-abs(z))", INTERVALS),
]
