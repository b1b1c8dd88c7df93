"""Android's lmkd: PSI reports stalls, and rules on swap, thrashing and free memory are looked through in their order.

lmkd.cpp, mp_event_psi(); its PSI monitors are the kernel's triggers (kernel/sched/psi.c, window_update()): a second's
window, looked at ten times in it, that tells of stalls as long as a threshold at most once. After a report it looks for
a second, every 10 ms while swap is low or it has just killed, else every 100 ms. Thrashing is the share of the page
cache, in percent, that was read again since the last reset, a second ago at most. That of the window before is added,
in full if it was over the limit in just one window (nobody could be killed then), else halved with each.
"""

from dataclasses import dataclass, field

from ..policies.value import hundredths
from .world import World

WINDOW = 1_000_000_000  # PSI_WINDOW_SIZE_MS, THRASHING_RESET_INTERVAL_MS
TICK = WINDOW // 10  # UPDATES_PER_WINDOW
PERCEPTIBLE_APP_ADJ = 200


@dataclass(slots=True)
class Trigger:
    """A PSI monitor: the stalls of one kind within a window that slides."""

    from_: int = 0
    value: int = 0
    growth: int = 0  # in the window before
    told_at: int = -WINDOW


@dataclass(slots=True)
class Lmkd:
    """What it keeps from one look to the next."""

    triggers: list[Trigger] = field(default_factory=lambda: [Trigger(), Trigger()])  # some, full
    psi_due: int = TICK
    poll_due: int = 0
    poll_until: int = -1
    killed: bool = False
    base: int = 0  # pages of page cache at the last reset
    start: int = 0  # refaults then
    reset_at: int = -64 * WINDOW  # long ago: the first look resets
    carried: int = 0  # thrashing of the windows before
    limit: int = 0
    cuts: bool = False  # the kill that is due lowers the limit
    refaults: int = 0  # at the last look; so the next two
    direct: int = 0
    kswapd: int = 0
    checks_cache: bool = False
    least_adj: int = 0  # who may be killed now


def due(s: Lmkd) -> int:
    """When it has to look next."""
    return min(s.psi_due, s.poll_due) if s.poll_due <= s.poll_until else s.psi_due


def told(w: World, s: Lmkd) -> tuple[bool, bool]:
    """Whether PSI tells of partial stalls, and of complete ones."""
    if w.now < s.psi_due:
        return False, False
    s.psi_due = (w.now // TICK + 1) * TICK
    m = w.monitor
    kinds = zip(s.triggers, w.pressures, (m.partial_stall, m.complete_stall), strict=True)
    some, full = [grew(t, w.now, p.total) >= threshold and tell(t, w.now) for t, p, threshold in kinds]
    return some, full


def grew(t: Trigger, now: int, value: int) -> int:
    """window_update(): what came up in this window, and of the one before the share that it still reaches into."""
    elapsed, growth = now - t.from_, value - t.value
    if elapsed > WINDOW:
        t.from_, t.value, t.growth = now, value, growth
        return growth
    return growth + t.growth * (WINDOW - elapsed) // WINDOW


def tell(t: Trigger, now: int) -> bool:
    """Once a window at most."""
    if now < t.told_at + WINDOW:
        return False
    t.told_at = now
    return True


def look(w: World, s: Lmkd) -> bool:
    """Whether somebody has to die now."""
    some, full = told(w, s)
    if not (some or full or (s.poll_due <= s.poll_until and w.now >= s.poll_due)):
        return False
    m = w.monitor
    after_kill = s.killed
    swap_low = w.swap_free * 10_000 < hundredths(m.swap_kill) * w.machine.swap
    cache = sum(node.cache for node in w.nodes)
    if after_kill:
        s.killed = False
        s.base, s.start, s.reset_at, s.carried = cache, w.refaults, w.now, 0
    direct = w.scanned["direct"] > s.direct
    idle = not direct and w.scanned["kswapd"] == s.kswapd and w.refaults == s.refaults
    s.direct, s.kswapd = w.scanned["direct"], w.scanned["kswapd"]
    kills = not idle and rules(w, s, after_kill, full, swap_low, direct, cache)
    if some or full or direct:
        s.poll_until = w.now + WINDOW
    s.poll_due = w.now + (m.poll if swap_low else m.poll_most)
    return kills


def rules(w: World, s: Lmkd, after_kill: bool, full: bool, swap_low: bool, direct: bool, cache: int) -> bool:
    """The first that is met decides who may be killed."""
    m = w.monitor
    thrashing = thrashes(w, s, cache)
    free = sum(node.free for node in w.nodes)
    below_min, below_low = free < sum(node.min for node in w.nodes), free < sum(node.low for node in w.nodes)
    spared = PERCEPTIBLE_APP_ADJ + 1 if m.perceptible == "spared" else 0
    s.cuts, s.least_adj = False, 0
    if (after_kill and below_min) or full:
        return True
    if swap_low and (thrashing > m.thrashing or below_low):
        s.checks_cache |= thrashing > m.thrashing
        s.least_adj = spared if not below_min and thrashing < m.thrashing_critical else 0
        return True
    if thrashing > s.limit and (below_low or direct):
        s.cuts = s.checks_cache = True
        s.least_adj = spared if thrashing < m.thrashing_critical else 0
        return True
    if s.checks_cache:
        s.checks_cache = cache < m.filecache_min
        s.least_adj = spared
    return s.checks_cache


def thrashes(w: World, s: Lmkd, cache: int) -> int:
    """In percent of the page cache at the last reset."""
    s.refaults = w.refaults
    windows = (w.now - s.reset_at) // WINDOW
    now = (w.refaults - s.start) * 100 // (s.base + 1)
    if w.now - s.reset_at <= WINDOW:
        return now + s.carried
    s.carried = now if windows == 1 and now >= s.limit else now >> min(windows, 62)
    s.base, s.start, s.reset_at, s.limit = cache, w.refaults, w.now, w.monitor.thrashing
    return s.carried


def shot(w: World, s: Lmkd) -> None:
    """Somebody dies: the limit is lowered until thrashing ends, and it goes on looking."""
    s.killed = True
    if s.cuts:
        s.limit = s.limit * (10_000 - hundredths(w.monitor.thrashing_decay)) // 10_000


def resume(w: World, s: Lmkd) -> None:
    """The victim is gone, or has had its time."""
    s.poll_due, s.poll_until = w.now + w.monitor.poll, w.now + WINDOW
