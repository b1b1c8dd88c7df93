"""A user's victim function: the task that it sees (`oommc_victim.h`), and its score beside the kernel's."""

from math import inf, isnan

from ..policies.victim import Task
from .badness import score, total_pages, virtual_size
from .world import Thread, World


def see(w: World, t: Thread, r: Thread) -> Task:
    """What the function may know of a task when `r`'s ask has failed."""
    group, spec, memcg = t.process, t.spec, w.memcg(t)
    classes = list(dict.fromkeys(id(process.spec) for process in w.processes))
    return Task(
        thread=t.id,
        process=w.processes.index(group),
        parent=next((n for n, p in enumerate(w.processes) if group in p.children), -1),
        cls=classes.index(id(spec)),
        threads=sum(q.has_mm for q in group.threads),
        children=sum(child.threads[0].has_mm for child in group.children),
        current=int(group is r.process),
        has_mm=int(t.has_mm),
        rss=sum(t.mm.pages) + t.mm.shared,
        swap=t.mm.swapped,
        total_vm=virtual_size(group),
        mlocked=t.mm.mlocked,
        oom_adj=spec.oom_adj,
        oom_score_adj=spec.oom_score_adj,
        nice=spec.nice,
        root=spec.root,
        rawio=spec.rawio,
        cpu_ns=spec.cpu_time + sum(q.burned for q in group.threads),
        run_ns=spec.run_time + w.now,
        memcg=w.memcgs.index(memcg) if memcg else -1,
        nodes=sum(1 << n for n in spec.nodes[: spec.n_nodes]),
        signalled=int(t.signalled),
        marked=int(t.marked),
        exiting=int(t.exiting),
        victim=int(t.mm.condemned_at >= 0),
        now_ns=w.now,
        kills=w.record["kills"],
        free=r.domain.margin() if r.domain else sum(node.free for node in w.allowed(r)),
        total=total_pages(w, r),
    )


def points(w: World, t: Thread, r: Thread) -> float | None:
    """How bad a task is for this caller, by the policy's selector; None is never."""
    if w.policy.selector != "function":
        return score(w, t, r)
    assert w.policy.victim is not None
    answer = w.policy.victim(see(w, t, r))
    return None if isnan(answer) or answer == -inf else answer
