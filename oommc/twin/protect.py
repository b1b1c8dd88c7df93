"""What control groups say of swapping: memory.low and memory.min protect, memory.swap.max limits.

Protection is that of mem_cgroup_calculate_protection() and effective_protection() (mm/memcontrol.c): what a group may
keep is shared out among those in it by what they use of their own, and what none of them claims goes to the rest
(memory_recursiveprot, which systemd mounts). The group whose limit is the reason has none, nor has one around it.
"""

from .charge import lies_in, line
from .memcg import takes_oom_lock
from .world import Memcg, World


def may_leave(w: World, group: Memcg | None, domain: Memcg | None, last: bool) -> int | None:
    """Pages of a group that reclaim for a domain, of the machine None, may swap; None: as many as there are.

    memory.low gives way where reclaim has found nothing else (`last`). Where no group around has memory.swap.max, only
    the machine's reclaim swaps.
    """
    if group is None or not takes_oom_lock(w):
        return None if domain is None else 0
    if domain and not (lies_in(group, domain) and any(other.swap_max >= 0 for other in line(group))):
        return 0
    room = [other.swap_max - sum(mm.swapped for mm in other.mms) for other in line(group) if other.swap_max >= 0]
    kept = max(effective(w, group, domain, key) for key in (("min",) if last else ("min", "low")))
    return max(0, min([group.usage() - kept, *room])) if room or kept else None


def effective(w: World, group: Memcg, domain: Memcg | None, key: str) -> int:
    """Pages that memory.min or memory.low protects of a group."""
    if domain and lies_in(domain, group):
        return 0
    own, parent = claim(group, key), group.above
    if parent is domain:
        return own
    assert parent is not None
    claimed = sum(claim(other, key) for other in w.memcgs if other.above is parent)
    offered = effective(w, parent, domain, key)
    if claimed > offered:
        return own * offered // claimed
    rest = parent.usage() - claimed
    return own + ((offered - claimed) * (group.usage() - own) // rest if rest > 0 else 0)


def claim(group: Memcg, key: str) -> int:
    """Its own part of that."""
    return min(group.usage(), getattr(group, key))
