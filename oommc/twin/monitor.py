"""A killer in user space, beside the kernel's: it looks, decides, searches, signals and waits (docs/model.md §8).

    poll → search → read again → signal (or a hook first) → wait → poll

Its thread is no task of the scenario: it costs CPU while it searches, asks for no memory but for what `stall` says, and
is nobody's victim. Rules: SIGTERM and SIGKILL by available memory and free swap, SIGKILL by pressure.
"""

from fractions import Fraction

from ..policies.table import OFF
from ..policies.value import hundredths
from . import exit as exit_
from . import lmkd, measure, pressure, processors, reaper
from .charge import lies_in
from .draws import Purpose
from .pressure import Pressure
from .world import NEVER, Memcg, Process, Thread, Work, World

NS = 1_000_000_000
PERCEPTIBLE_APP_ADJ = 200
PREFERENCE = 300  # earlyoom's BADNESS_PREFER
DECAY = 4  # oomd's average_size_decay
OOM_SCORE_ADJ_MIN = -1000
OMIT = -2


class Killer:
    """Where it is. `doing`: idle, searching, waiting, stalled."""

    def __init__(self, w: World) -> None:
        m = w.monitor
        self.doing = "idle"
        self.lmkd = lmkd.Lmkd(limit=m.thrashing) if m.rules == "stalls" else None
        self.mem_due = m.poll if m.watches_memory and not self.lmkd else NEVER
        self.pressure_due = m.pressure_poll if m.pressure != "none" else NEVER
        self.hooks: dict[Process, int] = {}  # when the signal follows
        self.when = lmkd.due(self.lmkd) if self.lmkd else min(self.mem_due, self.pressure_due)
        self.work = Work()
        self.polls = 0
        self.rest_until = self.pressure_rest_until = 0
        self.read_at = -1  # what its kills are judged by
        self.signal = ""  # TERM or KILL
        self.under: Pressure | None = None  # whose pressure is too high, None where memory is short
        self.victims: list[Process] = []
        self.since = 0  # the wait's beginning


def available(w: World) -> int:
    """MemAvailable (mm/page_alloc.c, si_mem_available()): free pages above the high watermarks, and most page cache."""
    cache = sum(node.cache for node in w.nodes)
    spare = cache - min(cache // 2, sum(node.low for node in w.nodes))
    return max(0, sum(node.free - node.high for node in w.nodes) + spare)


def base(w: World) -> int:
    """What available memory is a share of."""
    if w.monitor.mem_of == "total":
        return sum(w.managed)
    return available(w) + sum(sum(mm.pages) for mm in w.mms)


def falls_short(w: World, mem: float, swap: float) -> bool:
    """Whether memory and swap are at these thresholds or below."""
    m = w.monitor
    if mem == OFF or available(w) * 10_000 > hundredths(mem) * base(w):
        return False
    if w.swap_free * 10_000 > hundredths(swap) * w.machine.swap:
        return False
    return m.mem_mark == "none" or all(node.free < getattr(node, m.mem_mark) for node in w.nodes)


def signal_due(w: World) -> str:
    """KILL, TERM, or nothing."""
    m = w.monitor
    if falls_short(w, m.mem_kill, m.swap_kill):
        return "KILL"
    return "TERM" if falls_short(w, m.mem_term, m.swap_term) else ""


def interval(w: World) -> int:
    """How long until the next look at memory: not before it could have filled down to the thresholds."""
    m = w.monitor
    mem, swap = (m.mem_term, m.swap_term) if m.mem_term != OFF else (m.mem_kill, m.swap_kill)
    ns = 0
    if m.mem_fill:
        ns += max(0, available(w) - hundredths(mem) * base(w) // 10_000) * NS // m.mem_fill
    if m.swap_fill:
        ns += max(0, w.swap_free - hundredths(swap) * w.machine.swap // 10_000) * NS // m.swap_fill
    return max(m.poll, min(m.poll_most, ns))


def event(w: World, k: Killer) -> None:
    """Its next step."""
    k.when = NEVER
    if k.doing == "searching":
        processors.end(w, k)
        return searched(w, k)
    if k.doing == "waiting":
        return wait(w, k)
    for process in w.processes:
        if k.hooks.get(process, NEVER) <= w.now:
            del k.hooks[process]
            strike(w, k, process, "KILL")
    poll(w, k)


def poll(w: World, k: Killer) -> None:
    """A look at what is due, unless it must wait for a page itself."""
    m = w.monitor
    k.polls += 1
    if not a_page(w) and w.draws.happens(
        hundredths(m.stall) * (((1 << 63) - 1) // 10_000), Purpose.STALL, 0, k.polls - 1
    ):
        k.doing = "stalled"
        w.tell("killer stalls")
        return
    read(w, k)


def a_page(w: World) -> bool:
    """Whether a node has more than pages_min free."""
    return any(node.free > node.min for node in w.nodes)


def go_on(w: World, k: Killer) -> None:
    """After an event: there is a page again for a killer that waits for one."""
    if k.doing == "stalled" and a_page(w):
        k.doing, k.when = "idle", w.now


def read(w: World, k: Killer) -> None:
    m = w.monitor
    k.signal, k.under, k.read_at = "", None, w.now
    if w.now >= k.pressure_due or m.pressure == "none":
        note(w)
    if k.lmkd and lmkd.look(w, k.lmkd) and w.now >= k.rest_until:  # it looks on while it rests
        k.signal = "KILL"
    if w.now >= k.mem_due:
        k.mem_due = w.now + interval(w)
        if w.now >= k.rest_until:
            k.signal = signal_due(w)
    if w.now >= k.pressure_due:
        k.pressure_due = w.now + m.pressure_poll
        for p in w.pressures:
            before, p.scanned = p.scanned, pressure.scanned(w, p)
            if p.scanned > before:
                p.reclaimed_at = w.now
            if not pressure.above(p, hundredths(m.pressure_limit)):
                p.above_since = -1
            elif p.above_since < 0:
                p.above_since = w.now
        if not k.signal and w.now >= max(k.rest_until, k.pressure_rest_until):
            k.under = next(iter(too_high(w)), None)
    if k.signal or k.under:
        search(w, k)
    else:
        rest(w, k)


def note(w: World) -> None:
    """What the rules of selection compare with the look before."""
    for mm in w.mms:
        mm.rate, mm.seen = mm.scanned - mm.seen, mm.scanned
        size = sum(mm.pages) + mm.shared
        mm.average = size if mm.average < 0 else (mm.average * (DECAY - 1) + size) // DECAY


def too_high(w: World) -> list[Pressure]:
    """Those whose pressure has been too high for long enough, with reclaim at work."""
    m = w.monitor
    found = [p for p in w.pressures if 0 <= p.above_since <= w.now - m.pressure_for]
    return [
        p
        for p in found
        if m.reclaim_within == 0 or (p.reclaimed_at >= 0 and w.now - p.reclaimed_at <= m.reclaim_within)
    ]


def rest(w: World, k: Killer) -> None:
    """Until something is due."""
    own = lmkd.due(k.lmkd) if k.lmkd else NEVER
    k.doing, k.when = "idle", max(w.now, min([k.mem_due, k.pressure_due, own, *k.hooks.values()]))


def search(w: World, k: Killer) -> None:
    """Looks at every process, which takes CPU time."""
    ns = w.monitor.search * sum(process.alive > 0 for process in w.processes)
    w.tell("killer searches", pressure=k.under is not None)
    k.doing = "searching"
    processors.start(w, k, ns)


def searched(w: World, k: Killer) -> None:
    """Reads again, chooses, and signals."""
    m = w.monitor
    if m.reread == "yes":
        k.read_at = w.now
        if recovered(w, k):
            w.count("cancelled")
            w.tell("killer recovers")
            return rest(w, k)
    k.victims = []
    if not choose(w, k):
        k.mem_due = max(k.mem_due, w.now + m.poll_most)
        w.tell("killer finds nobody")
        return rest(w, k)
    if k.under:
        k.pressure_rest_until = w.now + m.pressure_rest
    k.rest_until = w.now + m.rest
    if k.lmkd:
        lmkd.shot(w, k.lmkd)
    if m.wait != "nothing":
        k.doing, k.since = "waiting", w.now
        return wait(w, k)
    if k.mem_due != NEVER:
        k.mem_due = w.now + m.poll
    if k.lmkd:
        lmkd.resume(w, k.lmkd)
    rest(w, k)


def recovered(w: World, k: Killer) -> bool:
    """Whether what it decided by is over. If not the signal stays the one that was due then (earlyoom's main.c)."""
    if k.under:
        return not pressure.above(k.under, hundredths(w.monitor.pressure_limit))
    return not k.lmkd and not signal_due(w)


def act(w: World, k: Killer, process: Process) -> None:
    """The signal, or the hook before it."""
    k.victims.append(process)
    if w.monitor.hook:
        k.hooks[process] = w.now + w.monitor.hook
        w.tell("killer asks its hook", process.threads[0])
    else:
        strike(w, k, process, k.signal or "KILL")


def candidates(w: World, group: Memcg | None) -> list[Process]:
    """Processes whose first thread has an mm, as /proc shows them."""
    spared = PERCEPTIBLE_APP_ADJ if w.monitor.perceptible == "spared" and a_page(w) else OOM_SCORE_ADJ_MIN
    least = w.killer.lmkd.least_adj if w.killer.lmkd else spared + 1
    found = [p for p in w.processes if p.threads[0].has_mm and not (p.spec.init or p.mm.spared)]
    found = [p for p in found if p.spec.oom_score_adj != OOM_SCORE_ADJ_MIN]
    if w.monitor.preference != "ignored":
        found = [p for p in found if p.spec.preference != OMIT]
    found = [p for p in found if group is None or lies_in(p.memcg, group)]
    return [p for p in found if p.spec.oom_score_adj >= least]


def choose(w: World, k: Killer) -> bool:
    """Somebody dies, or is pending and counts as dying;
    of several under pressure the first below which there is one.
    """
    m = w.monitor
    if not k.under:
        return enough(w, k) if m.at_once == "enough" else one(w, k, None, m.victim)
    return any(one(w, k, p.group, m.pressure_victim) for p in too_high(w))


def one(w: World, k: Killer, group: Memcg | None, rule: str) -> bool:
    """The worst dies, or is pending and counts as dying."""
    found = best(w, [p for p in candidates(w, group) if not k.lmkd or p.mm.condemned_at < 0], rule)
    if found in k.hooks:
        w.tell("killer meets its hook", found.threads[0])
        return w.monitor.hooked == "stalls"
    if found:
        act(w, k, found)
        if found.mm.spared:
            return one(w, k, group, rule)
    return found is not None


def enough(w: World, k: Killer) -> bool:
    """The worst, one after the other, until what they hold would bring memory back over the threshold."""
    m = w.monitor
    mem = m.mem_kill if k.signal == "KILL" else m.mem_term
    missing = hundredths(mem) * base(w) // 10_000 - available(w)
    while missing >= 0:
        worst = best(w, [p for p in candidates(w, None) if p.mm.condemned_at < 0], m.victim)
        if worst is None:
            break
        act(w, k, worst)
        missing -= 0 if worst.mm.spared else sum(worst.mm.pages)
    return any(not process.mm.spared for process in k.victims)


def best(w: World, processes: list[Process], rule: str) -> Process | None:
    """The first with the highest score."""
    if w.monitor.unit == "cgroup":  # its first candidate stands for a cgroup
        processes = list({id(p.memcg or p): p for p in reversed(processes)}.values())[::-1]
    if rule == "swap":
        processes = [p for p in processes if of_unit(w, p, "swapped") * 20 > w.machine.swap]
    ranks = {"ignored": 0, "points": 0, "order": 1}[w.monitor.preference]
    return max(processes, key=lambda p: (ranks * p.spec.preference, *score(w, p, rule, processes)), default=None)


def score(w: World, process: Process, rule: str, among: list[Process]) -> tuple:
    """By the rule, and then by rss."""
    size, mm, spec = rss(w, process), process.mm, process.spec
    if rule == "lru":
        adj = spec.oom_score_adj
        return adj, spec.run_time if adj > PERCEPTIBLE_APP_ADJ else 0, size
    if rule == "growth":
        return *growth(w, process, among), size
    if rule == "oom_score":
        pages = mm.size + mm.shared
        total = sum(w.managed) + w.machine.swap  # proc_oom_score() (fs/proc/base.c)
        points = max(0, (pages + (pages + 511) // 512) * 1000 // total + spec.oom_score_adj)
        return points + (PREFERENCE * spec.preference if w.monitor.preference == "points" else 0), size
    if rule in ("swap", "pgscan"):
        return of_unit(w, process, {"swap": "swapped", "pgscan": "rate"}[rule]), size
    return {"rss": size, "adj": spec.oom_score_adj, "newest": -spec.run_time}[rule], size


def of_unit(w: World, process: Process, what: str) -> int:
    """The sum over the mms that die together: a cgroup's, or the process's alone."""
    mms = process.memcg.mms if w.monitor.unit == "cgroup" and process.memcg else [process.mm]
    return sum(getattr(mm, what) for mm in mms)


def rss(w: World, process: Process) -> int:
    """Of a process with what it maps; of a cgroup that dies together all that is charged to it."""
    memcg = process.memcg
    if w.monitor.unit == "cgroup" and memcg:
        return memcg.limit - memcg.margin()
    return sum(process.mm.pages) + process.mm.shared


def growth(w: World, process: Process, among: list[Process]) -> tuple[int, Fraction]:
    """oomd's kill_by_memory_size_or_growth: its size if that is much of all, its growth if it is one of the largest."""
    m, size, average = w.monitor, rss(w, process), max(1, of_unit(w, process, "average"))
    much = size * 10_000 >= hundredths(m.size_threshold) * sum(rss(w, other) for other in among)
    place = -(-len(among) * (10_000 - hundredths(m.growth_percentile)) // 10_000) - 1  # in order of size
    large = sum(rss(w, other) > size for other in among) <= place
    grown = size * 10_000 >= (10_000 + hundredths(m.growth)) * average
    return size if much else 0, Fraction(size, average) if large and grown else Fraction(0)


def strike(w: World, k: Killer, process: Process, what: str) -> None:
    """A signal to a process and, where they die together, to the others of its cgroup."""
    group = process.memcg
    together = group is not None and w.monitor.unit == "cgroup"
    if first_with_mm(process) and process.mm.condemned_at < 0 and measure.suppressed(w):
        process.mm.spared = w.spares
        return
    send(w, k, process, what, True)
    for other in w.processes if together else []:
        if other is not process and other.memcg is group and not other.spec.init and other.threads[0].has_mm:
            if other.mm.condemned_at < 0 and not other.mm.spared:
                k.victims.append(other)
                send(w, k, other, what, False)


def send(w: World, k: Killer, process: Process, what: str, decided: bool) -> None:
    """kill(2): the thread group, and nobody else on its mm."""
    victim = first_with_mm(process)
    if victim is None:
        return
    if victim.mm.condemned_at < 0:
        measure.judge(w, None, victim, decided, k.read_at)
        measure.condemn(w, victim.mm)
        exit_.pin(w, victim)
    else:
        w.count("duplicates")
        w.tell("duplicate", victim)
    w.tell("signal", victim, signal=what)
    deliver(w, process, what)


def first_with_mm(process: Process) -> Thread | None:
    """The thread that stands for a process."""
    return next((t for t in process.threads if t.has_mm), None)


def deliver(w: World, process: Process, what: str) -> None:
    """SIGTERM to who handles it, else SIGKILL."""
    victim = first_with_mm(process)
    if victim is None:
        return
    leader = process.threads[0]
    if what == "TERM" and w.draws.happens(leader.spec.term_p, Purpose.TERM_P, leader.id):
        exit_.terminate(w, victim)
        return
    in_one = w.monitor.reap == "kills" and w.policy.mrelease == "kills"  # kill_all_shared_mm(): all but init
    mm = victim.mm
    for t in w.threads:
        if t.has_mm and (t.process is process or (in_one and t.mm is mm and not t.spec.init)):
            exit_.signal(w, t)
    if w.monitor.reap != "no":
        reaper.release(w, victim)


def wait(w: World, k: Killer) -> None:
    """Is the victim gone? If not, is it time for SIGKILL?"""
    m = w.monitor
    if all(gone(w, process) for process in k.victims) or (m.wait_most and w.now - k.since >= m.wait_most):
        if k.mem_due != NEVER:
            k.mem_due = w.now + m.poll
        k.rest_until = w.now + m.rest
        if k.lmkd:
            lmkd.resume(w, k.lmkd)
        w.tell("killer goes on")
        return rest(w, k)
    if k.signal == "TERM":
        if (m.grace and w.now - k.since >= m.grace) or falls_short(w, m.mem_kill, m.swap_kill):
            k.signal = "KILL"
            for process in [p for p in k.victims if p.mm.condemned_at >= 0]:  # or it was left out
                w.tell("signal", process.threads[0], signal="KILL")
                deliver(w, process, "KILL")
    k.when = w.now + m.wait_poll


def gone(w: World, process: Process) -> bool:
    """What it takes for gone. Nobody waits for who is spared."""
    if process.mm.spared:
        return True
    return process.threads[0].dead if w.monitor.wait == "leader" else process.alive == 0
