"""What ran out, by the allocator's rules."""

import pytest
from incident_texts import MODERN, SHARED

from oommc.incident import Report, Trigger, Zone, read, read_file
from oommc.incident.cause import cause
from oommc.incident.zones import highest, node_list

# Read by hand. A whole table: the cause of each report in turn, and for some a word of what shows it.
REAL = {
    "002": ["memory"],
    "003": ["memory"] * 3,
    "006": ["memory"],
    "007": ["memory", "memory", "unknown", *["memory"] * 17],  # the third lost its head
    "008": ["kernel"],  # slab 1.3 GB and stacks 0.6 GB of 2 GB
    "010": ["limit", "limit"],
    "012": ["limit"],
    "014": ["memory"],
    "016": ["sysrq"],  # a worker with moom_callback, order 0
    "018": ["memory", "memory"],
    "019": ["unknown"],  # a table and a kill alone
    "020": ["limit"],
    "022": ["order"],  # order 3, nothing in blocks of 32 kB
    "026": ["limit"],
    "028": ["limit", "limit"],
    "030": ["limit"],
    "032": ["memory"] * 3,
    "034": ["memory", "unknown"],  # the second is a head without its memory report
    "036": ["zone", "zone", "unknown"],
    "038": ["limit"],
    "040": ["limit"],
    "042": ["sysrq"],
    "044": ["limit", "unknown"],  # the second: 9 GB free, from pagefault_out_of_memory()
    "046": ["nodes"],
    "048": ["limit"],
    "050": ["memory"],
    "054": ["nodes", "nodes"],
    "056": ["limit"],
    "060": ["limit"],
    "062": ["memory"],
    "064": ["limit"],
    "066": ["unknown"],
    "068": ["memory"],
    "070": ["limit"],
    "072": ["unknown"],
    "078": ["unknown", "unknown"],
}


@pytest.mark.skipif(not (SHARED / "oom-reports").is_dir(), reason="the real reports are not here")
@pytest.mark.parametrize("name", REAL)
def test_real_reports(name):
    (path,) = (SHARED / "oom-reports").glob(f"{name}-*.log")
    assert [cause(report).kind for report in read_file(path)] == REAL[name]


def one(text):
    (report,) = read(text.splitlines())
    return report


def machine(gfp="0xcc0(GFP_KERNEL)", order=0, **zones):
    """A report of zones: name → (free, min, blocks of each order or None); marks grow by halves."""
    found = [Zone(name, free, low, low * 5 // 4, low * 3 // 2, 10**6, 10**6, blocks=blocks)
             for name, (free, low, blocks) in zones.items()]  # fmt: skip
    return Report("kernel", kernel="6.1.0", trigger=Trigger("a", 1, gfp, order), constraint="none", zones=found)


@pytest.mark.parametrize(
    ("gfp", "zone"),
    [
        ("0x1", "DMA"), ("0xcc4(GFP_KERNEL|GFP_DMA32)", "DMA32"), ("0xcc0(GFP_KERNEL)", "Normal"),
        ("0x201d2", "HighMem"), ("0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO)", "Movable"), ("0xcc8", "Normal"),
        (None, "Movable"),
    ],
)  # fmt: skip
def test_the_highest_zone_of_a_mask(gfp, zone):
    assert highest(gfp) == zone


@pytest.mark.parametrize(("text", "nodes"), [("0", {0}), ("0-2,5", {0, 1, 2, 5}), ("(null)", None), (None, None)])
def test_lists_of_nodes(text, nodes):
    assert node_list(text) == nodes


def test_zone():
    full, spare = (3000, 8000, None), (500_000, 8000, None)
    assert cause(machine(Normal=full, HighMem=spare)).kind == "zone"
    assert cause(machine("0x201d2", Normal=full, HighMem=spare)).kind != "zone"
    assert cause(machine(Normal=full, HighMem=full)).kind == "memory"
    assert cause(machine("0xcc4", DMA32=full, Normal=spare)).kind == "zone"  # a 32-bit device
    numbers = cause(machine(Normal=full, HighMem=spare)).numbers
    assert numbers["usable"][0]["free_kb"] == 3000 and numbers["others"][0]["free_kb"] == 500_000


def test_what_a_lower_zone_keeps_isn_t_free():
    """DMA has 3,500 kB, but keeps 824 pages of them from asks that may use Normal."""
    report = machine(DMA=(3300, 68, None), Normal=(3000, 8000, None), HighMem=(500_000, 512, None))
    report.zones[0].reserve, report.zones[1].reserve = [0, 824, 1947, 824], [0, 0, 8980, 0]
    assert cause(report).kind == "zone"
    report.zones[0].free_kb = 68 + 4 * 824 + 4
    assert cause(report).kind == "memory"


def test_order():
    free = (40_000, 8000, [10_000, 0, 0, 0])
    assert cause(machine(order=2, Normal=free)).kind == "order"
    assert cause(machine(order=0, Normal=free)).kind == "memory"
    assert cause(machine(order=2, Normal=(7000, 8000, [1750, 0, 0]))).kind == "memory"  # under its mark, too
    assert cause(machine(order=1, Normal=(40_000, 8000, [9_000, 500]))).kind == "memory"  # it had a block
    shown = cause(machine(order=2, Normal=free)).numbers
    assert (shown["order"], shown["free_kb"], shown["in_blocks_kb"]) == (2, 40_000, 0)


def test_before_4_4_a_block_alone_doesn_t_suffice():
    report = machine(order=1, Normal=(9_000, 8000, [2248, 1]))
    assert cause(report).kind == "memory"
    report.kernel = "3.16.0"
    assert cause(report).kind == "order"


def test_blocks_of_other_types_are_not_there():
    blocks = "<4>[  100.5] Node 0 Normal: 900*4kB (UME) 50*8kB (C) 2*16kB (HC) 1*32kB (CU) = 59000kB\n"
    zone = one(MODERN.replace("<4>[  100.500008]", blocks + "<4>[  100.500008]")).zones[1]
    assert zone.blocks == [900, 0, 0, 1]


def test_sysrq_and_nobody():
    assert cause(one(MODERN.replace("order=0", "order=-1"))).kind == "sysrq"
    ended = MODERN.partition("<6>[  100.500016]")[0] + "<6>[  100.7] Out of memory and no killable processes...\n"
    assert cause(one(ended)).kind == "no_killable"
    assert cause(one(ended)).numbers == {"tasks": 4, "protected": 0}


def test_memory_with_its_numbers():
    found = cause(one(MODERN))
    assert (found.kind, found.numbers["free_kb"], found.numbers["min_kb"]) == ("memory", 72_000, 59_168)
    assert found.text.startswith("Memory ran out: 70 MiB of 3,921 MiB free where the marks are 58 MiB")


def test_bound_to_a_node():
    text = MODERN.replace("CONSTRAINT_NONE,nodemask=(null)", "CONSTRAINT_MEMORY_POLICY,nodemask=1")
    text = text.replace("mems_allowed=0", "mems_allowed=0-2")
    report = one(text)
    assert (report.nodemask, report.mems_allowed, cause(report).kind) == ("1", "0-2", "nodes")
    assert cause(report).numbers["allowed"] == [1]


def test_a_limit_of_memory_and_swap():
    text = (
        "memory: usage 8192kB, limit 9007199254740988kB, failcnt 0\n"
        "memory+swap: usage 16384kB, limit 16384kB, failcnt 9\n"
        "Memory cgroup out of memory: Killed process 7 (a) total-vm:9kB, anon-rss:4kB\n"
    )
    found = cause(one(text))
    assert (found.kind, found.numbers) == ("limit", {"of": "memory+swap", "usage_kb": 16384, "limit_kb": 16384})


def test_none_isn_t_said_without_evidence():
    head = "a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
    assert one(head).constraint is None
    assert one(head + "Out of memory: Killed process 7 (a) total-vm:9kB, anon-rss:4kB\n").constraint == "none"
    assert one(head + " ? mem_cgroup_out_of_memory+0x12/0x34\n").constraint is None  # a leftover on the stack
    assert one(head + " mem_cgroup_out_of_memory+0x12/0x34\n").constraint == "memcg"


def test_shared_memory_that_no_task_maps():
    """The lists of anonymous memory and the page tables have 1,004,000 pages, the rows 921,950 at most."""
    pages = (
        "active_anon:600000 inactive_anon:400000 isolated_anon:0",
        " mapped:300 shmem:500000 pagetables:4000",
        " free:17500 free_pcp:50",
    )
    report = one(MODERN.replace("Mem-Info:\n", "Mem-Info:\n" + "".join(f"<4>[  100.5] {line}\n" for line in pages)))
    found = cause(report)
    assert (found.kind, found.numbers["nobodys_kb"]) == ("memory", 4 * (1_004_000 - 921_950))
    assert "no task maps" not in found.text  # not much
    for task in report.tasks:
        task.rss //= 2
    assert "at least 1,953 MiB are shared memory that no task maps" in cause(report).text  # all of shmem
    report.cut = True
    assert cause(report).numbers["nobodys_kb"] is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "systemd-oomd[7]: Killed /a.service due to memory pressure for /x.slice being 64.15% > 50.00% for > 30s with",
            "the memory pressure of /x.slice, 64.15%, above 50.00%",
        ),
        (
            "lowmemorykiller: Kill 'a' (9), uid 1, oom_score_adj 9 to free 8kB rss, 6kB swap; reason: low watermark",
            "low watermark",
        ),
    ],
)
def test_what_a_killer_acted_on(line, reason):
    found = cause(one(line))
    assert (found.kind, found.numbers) == ("unknown", {"reason": reason})
    assert reason in found.text
