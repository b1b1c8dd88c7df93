"""The OOM locks of a memory cgroup (mm/memcontrol.c): who may kill for a group's limit, and who sleeps meanwhile.

2.6.25 kills with no lock that lasts. From 2.6.34 on (867578cbccb0) mem_cgroup_handle_oom(), and from 3.12 on
mem_cgroup_oom_synchronize(), try the group's own lock. Who doesn't get it sleeps on memcg_oom_waitq, until its holder
is through, or a page of the group is uncharged (memcg_oom_recover()). From 4.2 on (dc56401fc9f2) the holder waits for
oom_lock, too. From 4.19 on (29ef680ae7c2) nobody sleeps at the group's lock any more, which only orders notifications
(read in 5.0): all wait for oom_lock. 5.9 looks at the margin under it (1378b37d03e8).

The lock is that of a whole hierarchy: mem_cgroup_oom_trylock() marks the group and all in it, and fails where one of
them is marked. So who kills for a group shuts out all whose group lies in it, or in which it lies, and to the same the
wake-ups go (memcg_oom_wake_function()).
"""

from .charge import line, related
from .world import NEVER, Memcg, Mm, State, Thread, World


def tries(w: World) -> bool:
    """Whether the group's lock is tried."""
    return w.policy.memcg in ("group_lock", "group_and_oom_lock")


def takes_oom_lock(w: World) -> bool:
    """Whether who kills for a group's limit holds the machine's gate."""
    return w.policy.memcg in ("group_and_oom_lock", "oom_lock", "lock")


def sleeps(w: World, t: Thread, group: Memcg) -> bool:
    """Take the group's lock; or sleep, if another has it."""
    if not any(other.lock and related(other, group) for other in w.memcgs):
        group.lock = t
        return False
    w.tell("gate wait", t)
    t.state, t.when = State.SHUT_OUT, NEVER
    return True


def unlock(w: World, t: Thread) -> None:
    """Give the group's lock back, if held."""
    for group in line(t.process.memcg):
        if group.lock is t:
            group.lock = None
            wake(w, group)


def uncharged(w: World, mm: Mm, pages: int) -> None:
    """Pages of an mm have gone back."""
    group = mm.owner.memcg
    if pages and group and tries(w):
        wake(w, group)


def wake(w: World, group: Memcg) -> None:
    """Who sleeps at the group's lock tries its charge again."""
    if w.frozen:
        return
    for t in w.threads:
        if t.state is State.SHUT_OUT and related(t.domain, group):
            t.when = w.now
