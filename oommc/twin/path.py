"""The OOM path, made of the policy's mechanisms: docs/model.md §5.

    enter → recheck → gate → gate test → recheck → report → mutex → scan → recheck → report → kill → pause

Each function is one stage and calls the next; where time passes a stage sets the thread's state and returns,
and the engine goes on with the next stage at the thread's event.

A thread that is killed inside the allocator ends its timed piece, gives back gate and mutex, and goes on at
step 1 (docs/model.md §3): the attempt that it was in kills nobody any more. One that has SIGKILL but no mark and
comes here again is, as in 2.6.17, a caller like any other: the kernel's loop doesn't look at signals.

A preemption is drawn at each recheck that fails. (One draw an ask, as for the pass, would make all retries alike
and a hang cheap under every policy; but it loses the race of serialize-v1, whose losers fail the check again and
again until one of them is preempted at the wrong moment.)
"""

from . import allocate, badness, console, memcg, oom_kill, pcp, processors, turns
from . import exit as exit_
from .draws import Purpose
from .world import NEVER, Mm, State, Thread, World


def enter(w: World, t: Thread) -> None:
    """An ask comes to the OOM path."""
    w.count("oom_calls")
    w.tell("oom", t)
    t.starved |= t.marked and w.policy.starved == "reclaims"
    if t.domain:
        return memcg_gate(w, t)
    if w.policy.on_timeout == "panic" and w.overdue():
        return panic(w, t)
    if w.policy.costly_orders != "kill" and allocate.costly(t):
        if not t.nofail or w.policy.costly_orders == "fail":
            return allocate.fail(w, t)
        if w.policy.costly_orders == "nofail_loops":
            return allocate.attempt(w, t)
    if "before_gate" not in w.policy.recheck:
        return gate(w, t)
    if not recheck(w, t):
        preempt(w, t, gate)


def recheck(w: World, t: Thread, mark: str | None = None) -> bool:
    """The last try, for one page. If it fails, any kill that follows is judged by this instant."""
    if t.domain:
        if t.domain.margin() >= t.unit:
            w.count("cancelled")
            w.tell("recheck", t, passed=True)
            restart(w, t)
            return True
        t.failed_at = w.now
        w.tell("recheck", t, passed=False)
        return False
    if "last_try" in w.policy.drain:
        pcp.drain(w)
    for node in w.allowed(t):
        if node.free - t.unit >= getattr(node, mark or w.policy.recheck_mark) + node.boost:
            w.count("cancelled")
            w.tell("recheck", t, passed=True)
            release(w, t)
            allocate.take_one(w, t, node)
            return True
    t.failed_at = w.now
    w.tell("recheck", t, passed=False)
    return False


def preempt(w: World, t: Thread, stage) -> None:
    """Perhaps lose the CPU, then go on with `stage`."""
    number = t.rechecks
    t.rechecks += 1
    if not w.draws.happens(w.machine.preempt_p, Purpose.PREEMPT_P, t.id, number):
        return stage(w, t)
    processors.wait(w)
    t.stage, t.state = stage, State.PREEMPT
    t.when = w.now + w.draws.value(w.machine.preempt, Purpose.PREEMPT, t.id, number)
    w.tell("preempted", t)


def end_nap(w: World, t: Thread) -> None:
    """20 ms later: another pass, without a look at what is free; from the top for who was killed meanwhile."""
    if t.abandon and not allocate.blind(w, t):
        restart(w, t)
    elif allocate.ignores_marks(w, t):
        allocate.above_min(w, t)
    else:
        allocate.reclaim(w, t)


def next_stage(w: World, t: Thread) -> None:
    """After a preemption or a report. A killed owner of the console prints to the end, too."""
    if t is w.printer and not console.printed(w, t):
        return
    if t.abandon and not t.rescans:
        return restart(w, t)
    assert t.stage is not None
    t.stage(w, t)


def memcg_gate(w: World, t: Thread) -> None:
    """A group's limit failed: try its lock, wait for the machine's gate, or go on at once."""
    t.failed_at = w.now
    assert t.domain is not None
    if memcg.tries(w) and memcg.sleeps(w, t, t.domain):
        return
    if memcg.takes_oom_lock(w):
        if closed(w, 0):
            return wait_in_line(w, t)
        w.gates[0] = t
        w.tell("gate", t)
    memcg_locked(w, t)


def wait_in_line(w: World, t: Thread) -> None:
    """The gate's queue, first come first served."""
    w.gate_queue.append(t)
    t.state, t.when = State.GATE_QUEUE, NEVER
    w.tell("gate wait", t)


def memcg_locked(w: World, t: Thread) -> None:
    if w.policy.memcg == "lock" and recheck(w, t):
        return
    preempt(w, t, out_of_memory)


def slots(w: World, t: Thread) -> list[int]:
    """The gates that an ask needs: the global one, or that of each node, its own or (cpuset) all of its zonelist."""
    if w.policy.gate == "zonelist_trylock" and t.spec.cpuset:
        return list(range(len(w.nodes)))
    return sorted(t.spec.nodes[: t.spec.n_nodes]) if w.policy.gate in ("zonelist_trylock", "node_trylock") else [0]


def closed(w: World, slot: int) -> bool:
    """Whether somebody holds a gate: an attempt, the reaper, or a victim whose time isn't up."""
    holder = w.gates[slot]
    return holder is not None and not (isinstance(holder, Mm) and w.lets_through(holder))


def gate(w: World, t: Thread) -> None:
    """Take the gate, or do what the policy does with those whom it refuses."""
    if w.policy.gate == "none":
        return gate_test(w, t)
    if any(closed(w, slot) for slot in slots(w, t)):
        if w.policy.refused == "queue":
            return wait_in_line(w, t)
        w.count("refused")
        w.tell("refused", t)
        if w.policy.refused == "spin":
            t.spinning = True
            return allocate.attempt(w, t)
        if w.policy.refused == "wait" and not t.marked:
            t.state, t.when = State.SHUT_OUT, w.now + w.policy.timeout if w.policy.timeout else NEVER
            return
        return pause(w, t)
    for slot in slots(w, t):
        w.gates[slot] = t
    w.tell("gate", t)
    gate_test(w, t)


def gate_test(w: World, t: Thread) -> None:
    """Any marked thread, up to memdie_until, is a kill in progress. Then the recheck under the gate."""
    if w.policy.gate_test == "memdie":
        clock = w.policy.memdie_until
        if any(q.marked and not oom_kill.over(w, q, clock) and not w.expired(q.mm) for q in w.threads):
            w.count("aborted")
            w.tell("aborted", t)
            return finish(w, t, None)
    if "under_gate" not in w.policy.recheck:
        return out_of_memory(w, t)
    if not recheck(w, t):
        preempt(w, t, out_of_memory)


def out_of_memory(w: World, t: Thread) -> None:
    """A dying current marks itself (2.6.36 on), or has its mark already (4.12 on);
    else the report, where it comes first, and the mutex.

    An ask of one who dumps core fails instead (4.2 on: "coredumps can quickly deplete all memory reserves").
    """
    if t.mm.dumper is t and w.policy.core_dump == "discounted" and not t.domain:
        release(w, t)
        return allocate.fail(w, t)
    if t.starved and not t.mm.skip:  # task_will_free_mem()
        return finish(w, t, None)
    if marks_itself(w, t):
        oom_kill.take_mark(w, t, t)
        return finish(w, t, None)
    if w.policy.report == "on_call" and may_print(w):
        return report(w, t, mutex)
    mutex(w, t)


def marks_itself(w: World, t: Thread) -> bool:
    """Whether a dying current, still without a mark, takes it before anybody is looked for."""
    if w.policy.self_mark == "no" or t.marked:
        return False
    return t.signalled or (w.policy.self_mark == "yes" and oom_kill.going(w, t))


def may_print_at(w: World) -> int:
    """When the limiter lets the next report through, if that isn't now."""
    if w.policy.limiter == "none":
        return w.now
    if w.policy.limiter == "window":
        return w.now if w.printed < w.machine.ratelimit_burst else w.tokens_at + w.machine.ratelimit_interval
    return w.tokens_at + w.machine.ratelimit_interval - w.tokens


def may_print(w: World) -> bool:
    """Whether the limiter lets a report through."""
    burst, interval = w.machine.ratelimit_burst, w.machine.ratelimit_interval
    if w.policy.limiter == "none":
        return True
    if w.policy.limiter == "window":
        if w.now - w.tokens_at >= interval:
            w.tokens_at, w.printed = w.now, 0
        w.printed += 1
        return w.printed <= burst
    w.tokens = min(w.tokens + w.now - w.tokens_at, burst * interval)
    w.tokens_at = w.now
    if w.tokens < interval:
        return False
    w.tokens -= interval
    return True


def report(w: World, t: Thread, stage) -> None:
    """Print, or leave that to who prints already; then go on with `stage`.

    The n-th report of a schedule takes as long under each policy, whoever makes it: so policies differ by what they
    do, and not by who comes first.
    """
    w.tell("report", t)
    ns = w.draws.value(w.machine.report, Purpose.REPORT, 0, w.reports)
    w.reports += 1
    t.stage = stage
    if not console.say(w, t, ns):
        stage(w, t)


def mutex(w: World, t: Thread) -> None:
    """The cpuset mutex, first come first served."""
    if w.policy.mutex == "no" or t.domain:
        return scan(w, t)
    if w.mutex is not None:
        w.mutex_queue.append(t)
        t.state, t.when = State.MUTEX_QUEUE, NEVER
        w.tell("mutex wait", t)
        return
    w.mutex = t
    scan(w, t)


def handed(w: World, t: Thread) -> None:
    """A queued thread has been handed the semaphore or the mutex that it waited for."""
    if t.abandon:
        return restart(w, t)
    if t.state is State.MUTEX_HELD:
        scan(w, t)
    elif t.domain:
        memcg_locked(w, t)
    else:
        gate_test(w, t)


def kills_itself(w: World, t: Thread) -> bool:
    """Where current dies: no scan and no abort test."""
    if t.domain:  # the sysctls and bindings are the machine's matter (mm/oom_kill.c: !is_memcg_oom(oc))
        return False
    if w.policy.selector == "allocating_task":
        return not badness.protected(w, t)
    if w.policy.constrained == "kill_current_if_mempolicy":
        return w.constrained(t) and not t.spec.cpuset
    return w.policy.constrained == "kill_current" and w.constrained(t)


def scan(w: World, t: Thread) -> None:
    """Look at every task of the list; the choice happens at the end, on the state of that instant."""
    if kills_itself(w, t):
        return decide(w, t)
    t.state, t.when = State.SCAN, w.now + w.machine.scan_per_task * listed(w, t)


def listed(w: World, t: Thread) -> int:
    """How many tasks a scan looks at."""
    return sum(q.state is not State.REAPED and badness.member(q, t.domain) for q in w.threads)


def scan_again(w: World, t: Thread) -> None:
    """`goto retry`: select_bad_process() once more, gate, mutex and tasklist_lock held: its choice can't be killed.

    Rounds in which nothing else happens end as this one: the next that counts is the first after another's event, or
    after the limiter lets a report through.
    """
    t.rescans = True
    w.tell("scans again", t)
    ns = max(allocate.SHORTEST, w.machine.scan_per_task * listed(w, t))
    turns.hand_out(w)  # so that each event is known
    change = min((when for when, entity in w.events() if entity != t.id), default=NEVER)
    if w.policy.report == "on_kill":
        change = min(change, may_print_at(w))
    rounds = max(1, -(-(change - w.now) // ns))
    t.state, t.when = State.RESCAN, NEVER if change == NEVER else w.now + rounds * ns


def comes_first(w: World, t: Thread) -> bool:
    """Whether current goes by itself, and so is the choice (2.6.19 on)."""
    return w.policy.exiting_victim != "killed" and oom_kill.going(w, t)


def spared(w: World, t: Thread) -> bool:
    """Whether a task that is chosen needs no kill but only the mark, because it goes by itself."""
    return w.policy.exiting_victim == "marked" and oom_kill.going(w, t)


def decide(w: World, t: Thread) -> None:
    """Abort, or choose; then kill, after the report where it comes between."""
    if t.abandon and not t.rescans:  # the loop doesn't look at signals
        return restart(w, t)
    t.chosen = t
    if not kills_itself(w, t):
        if w.policy.abort_test == "first" and oom_kill.kill_under_way(w, t):
            return abort(w, t)
        t.chosen = t if comes_first(w, t) else oom_kill.select(w, t)
        if t.chosen is None:
            if w.policy.abort_test == "if_nobody" and oom_kill.kill_under_way(w, t):
                return abort(w, t)
            if oom_kill.kernel_threads(w):
                return scan_again(w, t)
            if t.domain:  # the charge fails
                release(w, t)
                return allocate.fail(w, t)
            if w.policy.on_no_victim == "panic":
                return panic(w, t)
            return finish(w, t, None)
    if "after_selection" in w.policy.recheck and recheck(w, t, "min"):
        return
    if w.policy.panic_on_oom == "yes" and not t.domain:
        return panic(w, t)
    if spared(w, t.chosen):
        oom_kill.take_mark(w, t.chosen, t)
        return finish(w, t, None)
    if w.policy.report == "on_kill" and may_print(w):
        return report(w, t, shoot)
    shoot(w, t)


def abort(w: World, t: Thread) -> None:
    """Somebody releases memory: nobody is killed."""
    w.count("aborted")
    w.tell("aborted", t)
    finish(w, t, None)


def panic(w: World, t: Thread) -> None:
    """The run ends here."""
    w.panicked = True
    w.tell("panic", t)


def shoot(w: World, t: Thread) -> None:
    """oom_kill_process(), after its report where there is one.

    From 2.6.24 to 3.3 that looks only now whether the task exits already, mm or not, and only marks it then.
    """
    assert t.chosen is not None
    if w.policy.exiting_victim == "marked_after_report" and t.chosen.exiting:
        oom_kill.take_mark(w, t.chosen, t)
        finish(w, t, None)
    elif w.policy.unkillable == "scans_again" and not kills_itself(w, t) and oom_kill.unkillable(w, t, t.chosen):
        scan_again(w, t)
    else:
        finish(w, t, oom_kill.kill(w, t, t.chosen))


def finish(w: World, t: Thread, shot: Mm | None) -> None:
    """out_of_memory() returns: the gate stays with the victim or opens, and the caller takes its pause."""
    gone = shot and shot.skip and w.policy.gate_opens == "skip"
    if shot and w.policy.gate_life == "victim" and not gone:
        w.gates = [shot if holder is t else holder for holder in w.gates]
    pauses = w.policy.killer_sleep == "tick" or (w.policy.killer_sleep == "tick_if_killed" and shot)
    held = not (t.domain and w.policy.memcg == "group_lock")  # mem_cgroup_handle_oom() pauses without it
    if w.policy.gate_life == "attempt_and_pause" and pauses and held and not t.marked:
        release_mutex(w, t)  # the gate opens at the end of the pause
    else:
        release(w, t)
    if pauses:
        pause(w, t)
    else:
        allocate.attempt(w, t)


def pause(w: World, t: Thread) -> None:
    """schedule_timeout_uninterruptible(1), which a marked thread skips, unless even the reserves had nothing;
    then step 1.
    """
    if t.marked and not t.starved:
        return allocate.attempt(w, t)
    t.state, t.when = State.PAUSE, w.ticks_from_now(1)


def restart(w: World, t: Thread) -> None:
    """Give up the attempt and start again at step 1."""
    release(w, t)
    allocate.attempt(w, t)


def release_mutex(w: World, t: Thread) -> None:
    """Give back the mutex, if held; its queue hands over to the first."""
    if w.mutex is t:
        w.mutex = w.mutex_queue.popleft() if w.mutex_queue else None
        if w.mutex:
            w.mutex.state, w.mutex.when = State.MUTEX_HELD, w.now


def release(w: World, t: Thread) -> None:
    """Give back tasklist_lock, mutex and gates, if held."""
    if t.rescans:
        t.rescans = False
        exit_.let_notify(w)
    release_mutex(w, t)
    memcg.unlock(w, t)
    exit_.open_gates(w, t)
