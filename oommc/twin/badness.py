"""How bad a task is: who may be chosen at all, and the selectors of each era (mm/oom_kill.c)."""

from math import isqrt

from .charge import lies_in
from .draws import Purpose
from .world import NEVER, Memcg, Process, State, Thread, World

OOM_DISABLE = -17
OOM_SCORE_ADJ_MIN = -1000
NS = 1_000_000_000


def protected(w: World, t: Thread) -> bool:
    """Whether nobody may choose it: init, and by oom_adj to 2.6.35, by oom_score_adj from 2.6.36 on."""
    if t.spec.init:
        return True
    if w.policy.selector == "badness_2006":
        return t.spec.oom_adj == OOM_DISABLE
    return t.spec.oom_score_adj == OOM_SCORE_ADJ_MIN


def swapoff(t: Thread) -> bool:
    """PF_SWAPOFF: it is inside swapoff(2), from its start on; a killed task leaves that on its way out."""
    return t.spec.swapoff and t.is_leader and t.state is not State.START and not t.exiting


def meets(w: World, t: Thread, r: Thread) -> bool:
    """Whether the nodes of two threads meet."""
    return any(node in w.allowed(r) for node in w.allowed(t))


def member(t: Thread, domain: Memcg | None) -> bool:
    """Whether a task belongs to the group whose limit failed, if one did."""
    return domain is None or lies_in(t.process.memcg, domain)


def out_of_reach(w: World, t: Thread, r: Thread) -> bool:
    """Whether a scan inside the ask's group or nodes passes this task by."""
    if r.domain:
        return not member(t, r.domain)
    return w.policy.constrained == "scan_inside" and not meets(w, t, r)


def total_pages(w: World, r: Thread) -> int:
    """Pages that the scores are measured by: the group's limit, or swap and the ask's or all nodes.

    constrained_alloc() (mm/oom_kill.c, 2.6.36 on): totalram_pages, what the kernel uses itself too, + total_swap_pages.
    """
    if r.domain:  # mem_cgroup_get_max()
        return r.domain.limit + max(0, min(r.domain.swap_max, w.machine.swap))
    nodes = r.spec.nodes[: r.spec.n_nodes] if w.policy.constrained == "scan_inside" else range(len(w.nodes))
    return sum(w.managed[n] for n in nodes) + w.machine.swap


def divide(a: int, b: int) -> int:
    """Division towards zero, as C does it."""
    return a // b if a >= 0 else -(-a // b)


def virtual_size(process: Process) -> int:
    """total_vm: what the scenario says, or the pages held where that is more; no mm is without a page of stack."""
    return max(1, process.spec.total_vm, process.mm.size + process.mm.shared)


def badness_2006(w: World, t: Thread) -> int:
    """badness() of Linux 2.6.17, integer division at each step; 0 without an mm."""
    if not t.has_mm:
        return 0
    spec = t.spec
    points = virtual_size(t.process)
    if t.is_leader:  # children hang on the thread that forked them
        for child in t.process.children:
            if child.mm is not t.mm and child.threads[0].has_mm:
                points += virtual_size(child) // 2 + 1
    jiffies = (spec.cpu_time // len(t.process.threads) + t.burned) // w.machine.tick
    cpu = isqrt(jiffies >> (w.machine.shift_hz + 3))
    if cpu:
        points //= cpu
    run = isqrt(isqrt((spec.run_time + w.now) // NS >> 10))
    if run:
        points //= run
    if spec.nice > 0:
        points *= 2
    if spec.root:
        points //= 4
    if spec.rawio:
        points //= 4
    return points << spec.oom_adj if spec.oom_adj > 0 else points >> -spec.oom_adj


def score(w: World, t: Thread, r: Thread) -> int | None:
    """How bad a task is, by a selector of the kernel's; None is never."""
    selector = w.policy.selector
    if selector == "nobody":
        return None
    if w.policy.swapoff == "first" and swapoff(t):
        return 1000 if selector == "rss_permille" else NEVER
    if selector == "badness_2006":
        points = badness_2006(w, t)
        # 2.6.24: a cpuset that doesn't meet the ask's makes a victim less likely, not impossible
        eighth = w.policy.constrained == "kill_current_if_mempolicy" and not meets(w, t, r)
        return points // 8 if eighth else points
    if selector == "random":
        return w.draws.word(Purpose.RANDOM, t.id, w.record["kills"]) >> 1
    if selector == "newest":
        return -t.spec.run_time
    rss = sum(t.mm.pages) + t.mm.shared
    if selector == "largest_rss":
        return rss
    if selector == "oracle":
        return rss if r.domain else sum(t.mm.pages[n] for n in r.spec.nodes[: r.spec.n_nodes])
    rss += t.mm.swapped
    total = total_pages(w, r)
    if selector == "rss_permille":
        points = rss * 1000 // total - (30 if t.spec.root else 0) + t.spec.oom_score_adj
        return max(1, min(1000, points))
    points = rss + (rss + 511) // 512  # page tables: one page maps 512
    if selector == "rss_adj_root" and t.spec.root:
        points -= points * 3 // 100
    points += divide(t.spec.oom_score_adj * total, 1000)
    return max(1, points) if selector in ("rss_adj_root", "rss_adj_floor") else points
