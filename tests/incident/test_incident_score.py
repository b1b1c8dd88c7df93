"""The kernel's score, era by era, from invented tables."""

import pytest
from incident_texts import ERA_2_6_32, HEADLESS_2_6_16, MODERN

from oommc.incident import read
from oommc.incident.model import Report, Task
from oommc.incident.score import choice, design, scores, total_pages, version
from oommc.incident.text import text


def one(text):
    (report,) = read(text.splitlines(keepends=True))
    return report


def score(kernel, **changes):
    """Of one task, where there are 10,000 pages."""
    given = {"pid": 1, "tgid": 1, "uid": 1000, "comm": "x", "total_vm": 5000, "rss": 1000, "swapents": 200}
    task = Task(**given | {"oom_score_adj": 0, "page_tables_kb": 40} | changes)
    return scores(Report("kernel", kernel=kernel, tasks=[task]), 10_000).get(1)


@pytest.mark.parametrize(
    ("kernel", "user", "root", "raised", "lowered"),
    [
        ("2.6.36", 121, 91, 221, 21),  # permille; root less 30
        ("3.7.0", 1210, 910, 2210, 210),  # pages; root less 30 permille
        ("3.16.0", 1210, 1174, 2210, 210),  # root less 3 % of its own
        ("4.17", 1210, 1210, 2210, 210),  # root as anybody
    ],
)
def test_eras(kernel, user, root, raised, lowered):
    assert score(kernel) == user
    assert score(kernel, uid=0) == root
    assert score(kernel, oom_score_adj=100) == raised
    assert score(kernel, oom_score_adj=-100) == lowered
    assert score(kernel, oom_score_adj=-1000) is None


def test_no_floor_since_5_9():
    assert score("5.8", oom_score_adj=-500) == 1
    assert score("5.9", oom_score_adj=-500) == 1210 - 5000


def test_the_report_s_choice():
    report = one(MODERN)
    assert total_pages(report) == (15360 + 4000000) // 4
    found = choice(report)
    assert found.agrees and found.why == ""
    assert [t.comm for t in found.best] == ["ld"]
    assert "  by score  ld (pid 3001)\n" in text(report, 1)


def test_another_choice_is_explained():
    report = one(MODERN.replace("process 3001 (ld)", "process 600 ((sd-pam))"))
    found = choice(report)
    assert not found.agrees
    assert "the kernel chose another: the table doesn't tell why; a task that was killed before" in text(report, 1)
    assert choice(one(MODERN.replace("process 3001 (ld)", "process 77 (x)"))).why == "it isn't in the table"


@pytest.mark.parametrize("mark", ["...", "[...]"])
def test_a_cut_between_table_and_kill_may_join_two_reports(mark):
    at = MODERN.rindex("\n", 0, MODERN.index("oom-kill:constraint")) + 1
    text = MODERN[:at] + mark + "\n" + MODERN[at:].replace("process 3001 (ld)", "process 600 ((sd-pam))")
    assert choice(one(text)).why == "the log is cut between the table and the kill, which may be another report's"
    assert not one(MODERN).cut


def test_no_score_where_the_table_says_too_little():
    assert choice(one(HEADLESS_2_6_16)) is None
    report = one(MODERN.partition("<6>[  100.500011]")[2])  # no size of memory, and one task that is raised
    assert [t.oom_score_adj for t in report.tasks if t.oom_score_adj > 0] == [100]
    assert choice(report) is None


def test_era_by_version_or_by_columns():
    assert design(one(MODERN)) == "mainline-6"
    assert version(one(MODERN)) == (6, 8)
    unnamed = one(MODERN.replace("6.8.0-rc1+", ""))
    assert (unnamed.kernel, unnamed.era, design(unnamed)) == (None, "6.8", "mainline-6")
    old = one(ERA_2_6_32)
    assert design(old) == "badness-2.6.36"
    assert design(Report("kernel")) is None


def test_the_choice_s_own_line_rules_older_kernels_out():
    """`oom-kill:` came with 5.0, so that columns of 4.15 don't make it one of 4.14."""
    said = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),global_oom,task_memcg=/u,task=ld,pid=3001,uid=1000\n"
    table = (
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
        "[   3001]  1000  3001   900000   790000  6097728        5             0 ld\n"
    )
    assert design(one(table)) == "alloc-oom-4.14"
    assert design(one(table + said)) == design(one(said)) == "boost-5.0"
