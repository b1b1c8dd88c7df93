"""Android's lmkd: PSI reports stalls, and rules on swap, thrashing and free memory are looked through in their order.

lmkd.cpp, mp_event_psi(); its PSI monitors are the kernel's triggers (kernel/sched/psi.c, window_update()): a second's
window, looked at ten times in it, that tells of stalls as long as a threshold at most once. After a report it looks for
a second, every 10 ms while swap is low or it has just killed, else every 100 ms. Thrashing is the share of the page
cache, in percent, that was read again since the last reset, a second ago at most. That of the window before is added,
in full if it was over the limit in just one window (nobody could be killed then), else halved with each.
"""

from libc.stdint cimport int32_t, int64_t

from policy cimport PERCEPTIBLE_SPARED, MonitorSpec
from world cimport PSI_WINDOW, Lmkd, Trigger, World

cdef enum:
    UPDATES_PER_WINDOW = 10
    PERCEPTIBLE_APP_ADJ = 200
    WHOLE = 10000  # percentages are in hundredths


cdef inline void start(World *w) noexcept nogil:
    cdef Trigger fresh = Trigger(start=0, value=0, growth=0, told_at=-PSI_WINDOW)
    cdef Lmkd *s = &w.lmkd
    s.triggers[0] = s.triggers[1] = fresh
    s.psi_due = PSI_WINDOW // UPDATES_PER_WINDOW
    s.poll_until = -1
    s.reset_at = -64 * PSI_WINDOW  # long ago: the first look resets
    s.poll_due = s.killed = s.base = s.start = s.carried = s.cuts = s.checks_cache = s.least_adj = 0
    s.refaults = s.direct = s.kswapd = 0
    s.limit = w.policy.monitor.thrashing


cdef inline int64_t due(const World *w) noexcept nogil:
    """When it has to look next."""
    if w.lmkd.poll_due <= w.lmkd.poll_until:
        return min(w.lmkd.psi_due, w.lmkd.poll_due)
    return w.lmkd.psi_due


cdef inline bint told(Trigger *t, int64_t now, int64_t value, int64_t threshold) noexcept nogil:
    """window_update(): what came up in this window, and of the one before the share that it still reaches into."""
    cdef int64_t elapsed = now - t.start, growth = value - t.value
    if elapsed > PSI_WINDOW:
        t.start, t.value, t.growth = now, value, growth
    else:
        growth += t.growth * (PSI_WINDOW - elapsed) // PSI_WINDOW
    if growth < threshold or now < t.told_at + PSI_WINDOW:
        return False
    t.told_at = now
    return True


cdef inline bint look(World *w) noexcept nogil:
    """Whether somebody has to die now."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef Lmkd *s = &w.lmkd
    cdef bint some = False, full = False, after_kill, swap_low, direct, idle, kills
    cdef int64_t cache = 0, tick = PSI_WINDOW // UPDATES_PER_WINDOW
    cdef int32_t n
    if w.now >= s.psi_due:
        s.psi_due = (w.now // tick + 1) * tick
        some = told(&s.triggers[0], w.now, w.pressures[0].total, m.partial_stall)
        full = told(&s.triggers[1], w.now, w.pressures[1].total, m.complete_stall)
    if not (some or full or (s.poll_due <= s.poll_until and w.now >= s.poll_due)):
        return False
    after_kill = s.killed
    swap_low = w.swap_free * WHOLE < m.swap_kill * w.machine.swap
    for n in range(w.n_nodes):
        cache += w.nodes[n].cache
    if after_kill:
        s.killed = 0
        s.base, s.start, s.reset_at, s.carried = cache, w.refaults, w.now, 0
    direct = w.scanned_direct > s.direct
    idle = not direct and w.scanned_kswapd == s.kswapd and w.refaults == s.refaults
    s.direct = w.scanned_direct
    s.kswapd = w.scanned_kswapd
    kills = not idle and rules(w, after_kill, full, swap_low, direct, cache)
    if some or full or direct:
        s.poll_until = w.now + PSI_WINDOW
    s.poll_due = w.now + (m.poll if swap_low else m.poll_most)
    return kills


cdef inline bint rules(World *w, bint after_kill, bint full, bint swap_low, bint direct, int64_t cache) noexcept nogil:
    """The first that is met decides who may be killed."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef Lmkd *s = &w.lmkd
    cdef int64_t thrashing = thrashes(w, cache), above_min = 0, above_low = 0
    cdef int64_t spared = PERCEPTIBLE_APP_ADJ + 1 if m.perceptible == PERCEPTIBLE_SPARED else 0
    cdef int32_t n
    for n in range(w.n_nodes):
        above_min += w.nodes[n].free - w.nodes[n].min
        above_low += w.nodes[n].free - w.nodes[n].low
    s.cuts = s.least_adj = 0
    if (after_kill and above_min < 0) or full:
        return True
    if swap_low and (thrashing > m.thrashing or above_low < 0):
        s.checks_cache |= thrashing > m.thrashing
        s.least_adj = spared if above_min >= 0 and thrashing < m.thrashing_critical else 0
        return True
    if thrashing > s.limit and (above_low < 0 or direct):
        s.cuts = s.checks_cache = 1
        s.least_adj = spared if thrashing < m.thrashing_critical else 0
        return True
    if s.checks_cache:
        s.checks_cache = cache < m.filecache_min
        s.least_adj = spared
    return s.checks_cache


cdef inline int64_t thrashes(World *w, int64_t cache) noexcept nogil:
    """In percent of the page cache at the last reset."""
    cdef Lmkd *s = &w.lmkd
    cdef int64_t now = (w.refaults - s.start) * 100 // (s.base + 1), windows = (w.now - s.reset_at) // PSI_WINDOW
    s.refaults = w.refaults
    if w.now - s.reset_at <= PSI_WINDOW:
        return now + s.carried
    s.carried = now if windows == 1 and now >= s.limit else now >> min(windows, <int64_t>62)
    s.base, s.start, s.reset_at, s.limit = cache, w.refaults, w.now, w.policy.monitor.thrashing
    return s.carried


cdef inline void shot(World *w) noexcept nogil:
    """Somebody dies: the limit is lowered until thrashing ends, and it goes on looking."""
    w.lmkd.killed = 1
    if w.lmkd.cuts:
        w.lmkd.limit = w.lmkd.limit * (WHOLE - w.policy.monitor.thrashing_decay) // WHOLE


cdef inline void resume(World *w) noexcept nogil:
    """The victim is gone, or has had its time."""
    w.lmkd.poll_due = w.now + w.policy.monitor.poll
    w.lmkd.poll_until = w.now + PSI_WINDOW


cdef inline bint quiet(const World *w) noexcept nogil:
    """Whether it has nothing to do any more if nobody waits from now on:
    its windows hold no stall, and it doesn't look.
    """
    cdef const Trigger *t
    cdef int32_t k
    if w.lmkd.poll_due <= w.lmkd.poll_until:
        return False
    for k in range(2):
        t = &w.lmkd.triggers[k]
        if t.growth or t.value != w.pressures[k].total:
            return False
    return True
