"""memory.high: who has taken a group over it reclaims, and sleeps, before its program goes on.

mm/memcontrol.c, mem_cgroup_handle_over_high(), on the way back to user space. try_charge() notes each batch of pages
that it charges to a group above its `high`, or in one. For each there is a pass, and a sleep that is the longer the
further the group is above: calculate_overage() and calculate_high_delay() (5.8 on). Sleeps of a request are one here,
and its 16 passes in vain are one. Who is killed doesn't sleep on.
"""

from . import processors, swap
from .charge import line
from .draws import Purpose
from .world import Memcg, State, Thread, World

CHARGE_BATCH = 64  # MEMCG_CHARGE_BATCH (6.1 on; 32 before)
PRECISION = 20  # MEMCG_DELAY_PRECISION_SHIFT
SCALING = 14  # MEMCG_DELAY_SCALING_SHIFT
LONGEST = 2  # seconds, a batch: MEMCG_MAX_HIGH_DELAY_JIFFIES
LARGEST = 1 << 24  # overages above are as this one, whose delay is the longest at any HZ
SHORTEST = 1000  # ns: as of any pass
NS = 1_000_000_000


def begins(w: World, t: Thread) -> bool:
    """Whether a request that is granted took a group over its high: then a pass begins. 5.9 on (`memcg=lock`)."""
    group = w.memcg(t) if w.policy.memcg == "lock" else None
    if beyond(group) <= 0:
        return False
    t.asked_at = w.now
    begin_pass(w, t)
    w.tell("over high", t)
    return True


def begin_pass(w: World, t: Thread) -> None:
    """All passes of a request last as long."""
    length = w.draws.value(w.machine.memcg_pass, Purpose.HIGH_PASS, t.id, t.asks - 1)
    processors.burn(w, t, State.OVER_HIGH, max(SHORTEST, length))


def writes(w: World, t: Thread) -> bool:
    """Whether its pass found pages to swap, in the first group upwards that is above its high (reclaim_high())."""
    more = min(w.machine.reclaim_batch, swap.swappable(w, w.nodes, above_high(w, t)))
    if more:
        t.state, t.when = State.HIGH_OUT, swap.transfer(w, more)
    return more > 0


def passes_again(w: World, t: Thread) -> bool:
    """They are written: if it would have to sleep still, another pass follows."""
    out = swap.swap_out(w, t, w.nodes, w.machine.reclaim_batch, above_high(w, t))
    if out == 0 or penalty(w, t) == 0:
        return False
    begin_pass(w, t)
    return True


def above_high(w: World, t: Thread) -> Memcg | None:
    """The group that its pass is for."""
    return next((group for group in line(w.memcg(t)) if group.usage() > group.high), w.memcg(t))


def sleeps(w: World, t: Thread) -> bool:
    """Whether it sleeps after its pass: in whole ticks, as schedule_timeout_killable() does."""
    ticks = penalty(w, t)
    if ticks == 0:
        return False
    t.state, t.when = State.THROTTLED, w.ticks_from_now(ticks)
    w.tell("throttled", t)
    return True


def penalty(w: World, t: Thread) -> int:
    """Ticks for all that the request took above high; a batch's HZ/100 or less isn't worth it."""
    group = w.memcg(t)
    hz = NS // w.machine.tick
    ratio = min(LARGEST, max((((g.usage() - g.high) << PRECISION) // g.high for g in line(group)), default=0))
    batch = ratio * ratio * hz >> PRECISION + SCALING if ratio > 0 else 0
    if batch <= hz // 100:
        return 0
    return min(batch, LONGEST * hz) * min(sum(t.taken), beyond(group)) // CHARGE_BATCH


def beyond(group: Memcg | None) -> int:
    """Pages by which a group, or one that it lies in, is above its high; 0 if none is."""
    return max((other.usage() - other.high for other in line(group)), default=0)
