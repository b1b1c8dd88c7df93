"""The console: one owner prints what everybody says (kernel/printk.c, vprintk(), release_console_sem()).

Who finds it free prints its own text and all that is added meanwhile; who finds it owned adds its text and goes on.
With `preemption = "none"` the owner keeps its processor. On a machine of one nothing else happens meanwhile
(`events.next_event`), and CPU work in progress ends so much later.
"""

from libc.stdint cimport int32_t, int64_t

from events cimport LONGEST, runnable, sleep_until
from processors cimport burn
from teardown cimport let_notify
from turns cimport start_turns
from world cimport (
    NEVER, NOBODY, PREEMPT, PRINT, REPORT, SEARCHING,
    World, killer_entity, reaper_entity,
)


cdef inline bint printed(World *w, int32_t i) noexcept nogil:
    """The owner is through, unless others have added text. Whether it gives the console back."""
    cdef int64_t ns = w.text
    if ns > 0:
        w.text = 0
        begin_text(w, i, ns)
        return False
    w.printer = NOBODY
    let_notify(w)
    return True


cdef inline void begin_text(World *w, int32_t i, int64_t ns) noexcept nogil:
    """The owner begins to print."""
    if w.machine.preemption:
        burn(w, i, REPORT, ns)
        return
    ns = min(ns, LONGEST)
    w.threads[i].burned += ns
    sleep_until(w, i, PRINT, w.now + ns)
    if w.machine.scheduler:
        start_turns(w, i, ns, True)
    elif w.machine.cpus == 1:
        put_all_off(w, ns)


cdef inline void put_all_off(World *w, int64_t ns) noexcept nogil:
    """Whoever works on the only processor does."""
    cdef int32_t s, k
    for s in range(w.spans):
        for k in range(w.awake[s].first, w.awake[s].end):
            if runnable(w.threads[k].state) and w.threads[k].state != PREEMPT:
                put_off(w, k, ns)
    for k in range(w.n_pins):
        if w.pins[k].tearing and w.mms[w.pins[k].mm].freed_at < 0:
            put_off(w, w.n_threads + w.n_nodes + k, ns)
    for k in range(w.n_reapers):
        if w.reapers[k].reaping or (w.reapers[k].tearing and w.mms[w.reapers[k].mm].freed_at < 0):
            put_off(w, reaper_entity(w, k), ns)
    if w.policy.monitor.on and w.killer.doing == SEARCHING:
        put_off(w, killer_entity(w), ns)


cdef inline void put_off(World *w, int32_t entity, int64_t ns) noexcept nogil:
    """CPU work in progress gets nothing done for so long."""
    if w.when[entity] != NEVER:
        w.when[entity] += ns


cdef inline bint prints(World *w, int32_t i, int64_t ns) noexcept nogil:
    """Text of such a length: whether this thread has to print it, because nobody owns the console."""
    if w.printer != NOBODY:
        w.text = min(LONGEST, w.text + ns)
        return False
    w.printer = i
    begin_text(w, i, ns)
    return True
