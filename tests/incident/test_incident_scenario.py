"""Reports as scenarios, from invented texts."""

import tomllib

import pytest
from incident_texts import ERA_2_6_32, HEADLESS_2_6_16, MEMCG_3_7, MODERN

from oommc.errors import InputError
from oommc.incident import Report, Task, Trigger, Victim, read, scenario_toml, to_scenario
from oommc.incident.drafting.era import preset_of
from oommc.incident.drafting.toml import dumps
from oommc.units import size


def one(text):
    (report,) = read(text.splitlines(keepends=True))
    return report


def held(table):
    return sum(size(p["rss"]) * p["count"] for p in table["process"])


def grower(table):
    (hog,) = (p for p in table["process"] if p["role"] == "hog")
    return hog


def node_of(table):
    (node,) = table["machine"]["node"]
    return {key: size(value) for key, value in node.items()}


@pytest.mark.parametrize("text", [ERA_2_6_32, MEMCG_3_7, MODERN])
def test_loads_and_is_the_table(text):
    from oommc.scenario import Scenario

    toml = scenario_toml(one(text))
    assert tomllib.loads(toml) == to_scenario(one(text))
    Scenario.from_toml(toml)


@pytest.mark.parametrize("text", [ERA_2_6_32, MEMCG_3_7, MODERN])
def test_begins_above_high_and_adds_up(text):
    table = to_scenario(one(text))
    node = node_of(table)
    free = node["memory"] - node["reserved"] - node["page_cache"] - held(table)
    assert free > node["high"] > node["low"] > node["min"] > 0
    hog = grower(table)
    assert size(hog["program"]["target"]) >= node["memory"]  # it never gets there: it runs into the incident


def test_machine_is_the_report_s():
    table = to_scenario(one(MODERN))
    node = node_of(table)
    assert node["memory"] == (15360 + 4000000) // 4
    assert (node["min"], node["low"], node["high"]) == (
        (68 + 59100) // 4,
        (84 + 74000) // 4,
        (100 + 88000) // 4,
    )
    assert node["page_cache"] == 51 + 569
    assert table["machine"]["cpus"] == 6
    assert table["machine"]["latency"]["report"]["median"] == "1000 us"  # from its first line to the kill
    assert table["machine"]["preset"] == "server"


def test_processes_are_the_report_s():
    table = to_scenario(one(MODERN))
    by_name = {p["name"]: p for p in table["process"]}
    assert list(by_name) == ["systemd-journal", "sd-pam", "cc1", "ld"]  # the table's order decides between equals
    node = node_of(table)
    # The grower begins with less, by exactly what is free more than at the report.
    free = node["memory"] - node["reserved"] - node["page_cache"] - held(table)
    assert size(by_name["ld"]["rss"]) == 790000 - (free - (13000 + 59000) // 4)
    assert size(by_name["cc1"]["rss"]) == 130000
    assert by_name["cc1"]["total_vm"] == 140000
    assert by_name["cc1"]["program"]["kind"] == "churn"
    assert (by_name["sd-pam"]["oom_score_adj"], by_name["sd-pam"]["oom_adj"]) == (100, 1)
    assert by_name["systemd-journal"]["oom_score_adj"] == -250
    assert (by_name["ld"]["uid"], by_name["systemd-journal"]["uid"]) == (1000, 0)
    assert [p["role"] for p in table["process"]] == ["daemon"] * 3 + ["hog"]


def test_protected_in_every_era():
    udevd = next(p for p in to_scenario(one(ERA_2_6_32))["process"] if p["name"] == "udevd")
    assert (udevd["oom_adj"], udevd["oom_score_adj"]) == (-17, -1000)
    row = "[ 1] 0 1 2700 100 1 -17 init\n"  # 2.6.2x: no oom_score_adj yet
    table = to_scenario(one(ERA_2_6_32.partition("Jan 03 10:00:00 box kernel: [ pid ]")[0] + row))
    assert (table["process"][0]["oom_adj"], table["process"][0]["oom_score_adj"]) == (-17, -1000)


def test_memcg_is_a_machine_of_its_limit():
    toml = scenario_toml(one(MEMCG_3_7))
    node = node_of(tomllib.loads(toml))
    assert node["memory"] == 102400 // 4
    assert (node["min"], node["low"], node["high"]) == (1, 2, 3)
    assert "# The limit of the memory cgroup /A was hit." in toml


def test_shared_pages_are_scaled_down():
    rows = "".join(
        f"<6>[  100.500015] [   {pid}]  1000  {pid}   900000   790000   789000     1000         0  "
        f"6097728        5             0 web\n"
        for pid in range(4000, 4010)
    )
    report = one(MODERN.replace("<6>[  100.500016]", rows + "<6>[  100.500016]"))
    toml = scenario_toml(report)
    node, table = node_of(tomllib.loads(toml)), tomllib.loads(toml)
    assert "All rss are the report's times 0." in toml
    assert held(table) < node["memory"] - node["high"]
    first, second = (size(p["rss"]) for p in table["process"] if p["name"] in ("web", "web-2"))
    assert first == second > size(grower(table)["rss"])  # alike at the report; the grower still has to grow


def test_many_tasks_are_few_classes_with_the_same_sum():
    rows = "".join(
        f"<6>[  100.500015] [   {4000 + i}]  {i % 3}  {4000 + i}   9000   {10 + i % 7}   9     1         0  "
        f"6097728        5             {-1000 * (i % 50 == 0)} name-{i % 60}\n"
        for i in range(900)
    )
    report = one(MODERN.replace("<6>[  100.500016]", rows + "<6>[  100.500016]"))
    table = to_scenario(report)
    assert len(table["process"]) <= 40
    assert sum(p["count"] for p in table["process"]) == 904
    without_hog = held(table) - size(grower(table)["rss"])
    assert without_hog == pytest.approx(sum(t.rss for t in report.tasks) - 790000, rel=0.01)
    at_work = [p for p in table["process"] if p["program"]["kind"] == "churn"]
    assert "cc1" in [p["name"] for p in at_work]  # it asked
    assert sum(p["count"] for p in at_work) <= 9  # a class of hundreds at work would be another incident
    protected = [p for p in table["process"] if p.get("oom_score_adj") == -1000]
    assert sum(p["count"] for p in protected) == 18


def test_threads_of_old_tables_are_one_process():
    row = "Jan 03 10:00:00 box kernel: [ {}]   500  1600  1000000   200000   0       0             0 java\n"
    text = ERA_2_6_32.replace(
        "Jan 03 10:00:00 box kernel: Out",
        row.format(1601) + row.format(1602) + "Jan 03 10:00:00 box kernel: Out",
    )
    java = grower(to_scenario(one(text)))
    assert (java["name"], java["count"], java["threads"]) == ("java", 1, 3)


def test_a_dwarf_of_a_victim_is_not_what_grew():
    """A child is sacrificed, or all else is protected: the giant is taken."""
    report = one(MODERN.replace("process 3001 (ld)", "process 600 ((sd-pam))").replace("PID: 3000", "PID: 500"))
    assert grower(to_scenario(report))["name"] == "ld"


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (("order=0", "order=-1"), "SysRq-f"),
        (("order=0", "order=3"), "fragmentation"),
        (("CONSTRAINT_NONE", "CONSTRAINT_CPUSET"), "bound to some of the memory (cpuset)"),
    ],
)
def test_what_is_left_out_is_said(change, note):
    assert note in scenario_toml(one(MODERN.replace(*change)))
    assert note not in scenario_toml(one(MODERN))


def test_what_is_assumed_is_said():
    toml = scenario_toml(one(ERA_2_6_32))
    lines = {line.partition(" = ")[0]: line for line in toml.splitlines()}
    for key in ("preset", "program"):
        assert "# assumed" in lines[key], key
    assert (
        "# Of 200 MiB of swap 0 were free. The report doesn't tell whose the rest is, so nobody gives it back." in toml
    )
    assert "# A kill gives back the victim's rss. That is an upper bound: pages shared with others stay." in toml


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEADLESS_2_6_16, "it has no task table"),
        (
            MODERN.partition("<6>[  100.500011]")[2],
            "it tells neither memory zones nor a memory cgroup's limit",
        ),
        (MEMCG_3_7.replace("memory: usage", "something"), "it doesn't tell the memory cgroup's limit"),
        (
            MODERN.replace("present:", "p:").replace("managed:", "m:").replace("1029000 pages RAM", ""),
            "it doesn't tell how large the memory is",
        ),
        (MODERN.replace("free:59000kB", "free:9959000kB"), "it tells more free memory than memory"),
        (MEMCG_3_7.replace("102400kB", "16kB"), "its 16 KiB of memory are too small to stand above HIGH"),
    ],
)
def test_refusals(text, why):
    with pytest.raises(InputError) as refusal:
        to_scenario(one(text))
    assert str(refusal.value) == f"no scenario can be built from this report: {why}"


def test_marks_by_the_kernel_s_formula_where_the_report_has_none():
    text = MODERN.replace("min:", "a:").replace("low:", "b:").replace("high:", "c:")
    node = node_of(to_scenario(one(text)))
    assert node["min"] == 2003  # sqrt(16 · 4015360 kB) = 8015 kB
    assert (node["low"], node["high"]) == (node["min"] * 5 // 4, node["min"] * 3 // 2)


def test_two_nodes():
    more = (
        "<4>[  100.500007][ T3000] Node 1 Normal free:60000kB min:20000kB low:25000kB high:30000kB "
        "present:2000000kB managed:2000000kB\n"
    )
    table = to_scenario(one(MODERN.replace("<4>[  100.500008]", more + "<4>[  100.500008]")))
    nodes = table["machine"]["node"]
    assert [size(node["memory"]) for node in nodes] == [1003840, 500000]
    free = sum(size(n["memory"]) - size(n["reserved"]) - size(n["page_cache"]) for n in nodes) - held(table)
    assert free > sum(size(n["high"]) for n in nodes)


def test_toml_survives_any_name():
    name = 'a "b" \\ # \n [x] 😀 \x7f'
    assert tomllib.loads(dumps({"about": name}, [name], {("about",): "said"})) == {"about": name}


@pytest.mark.parametrize(
    ("name", "why", "report"),
    [
        ("server-2006", "older than 2.6.36", Report("kernel", kernel="2.6.17")),
        (
            "server-serial-console",
            "took 700 ms",
            Report("kernel", trigger=Trigger(gfp="0x1"), t_s=1.0, victims=[Victim(7, "x", 1.7)]),
        ),
        ("desktop", "session", Report("kernel", tasks=[Task(1, 1, 0, "gnome-shell", 9, 9)])),
        ("server", "doesn't tell", Report("kernel")),
    ],
)
def test_the_machine_is_of_the_report_s_time_and_kind(name, why, report):
    found, because = preset_of(report)
    assert found == name and why in because
