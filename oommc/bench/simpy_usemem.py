"""The catalogue's `usemem` under `baseline` and `patched` as a SimPy model: what a good modeller would write first.

The rules are those of docs/model.md, narrowed to what this scenario meets: one node, processes of one thread, no swap,
no cgroups, no pins. The draws are NumPy's, so schedules agree with the core's in distribution and not one by one
(`pytest tests/bench/test_simpy.py`). Times are ns, memory is pages of 4 KiB, both integers.
"""

from dataclasses import dataclass

import numpy as np

from oommc.errors import InputError

try:
    import simpy
except ImportError:
    raise InputError("bench: needs SimPy to compare with: pip install 'oommc[bench]'") from None

SCENARIO = "usemem"
US, MS, S = 1_000, 1_000_000, 1_000_000_000
MIB = 256
HORIZON, SETTLE = 30 * S, 100 * MS
CPUS, TICK = 2, 4 * MS
MEMORY = (1024 - 48) * MIB
MIN, LOW, HIGH = 1024, 1280, 1536  # min_free_kbytes = 4 sqrt(kB of memory)
BATCH = 32  # of reclaim; less is no progress
KSWAPD_PERIOD = BATCH * S // (50 * MIB)
TEARDOWN_BATCH, TEARDOWN_RATE = 506, 16 * 1024 * MIB
SCAN = 200  # ns a task
BURST, INTERVAL = 10, 5 * S  # printk_ratelimit()
DAEMONS = 8


@dataclass
class Outcome:
    """What one run came to; `ttr` is None if it was not over at the end."""

    kills: int = 0
    needless: int = 0
    ttr: float | None = None


def simulate(policy: str, seed: int, schedule: int, *, whole: bool = True) -> Outcome:
    """One schedule up to the horizon, or (`whole=False`) until the hog is gone and all has been calm for SETTLE.

    Nothing can happen after that: the daemons alone never need more than there is.
    """
    machine = Machine(policy, np.random.default_rng((seed, schedule)))
    env = machine.env
    env.run(until=env.timeout(HORIZON) if whole else env.any_of([env.timeout(HORIZON), machine.quiet]))
    machine.look()
    return machine.outcome


class Machine:
    """Memory, processors, and who waits for what."""

    def __init__(self, policy: str, rng: np.random.Generator) -> None:
        self.env, self.rng, self.policy = simpy.Environment(), rng, policy
        self.outcome = Outcome()
        self.cache = int(rng.uniform(4 * MIB, 24 * MIB))
        self.free = MEMORY - self.cache
        self.running = 0  # runnable tasks
        self.waiting = 0  # asks that wait, each for a page
        self.mutex = simpy.Resource(self.env)
        self.gate = None  # patched: the task that tries, then its victim's mm
        self.kswapd_runs = False
        self.tokens: float = BURST * INTERVAL
        self.tokens_at: float = 0
        self.printing, self.text = False, 0  # the console has an owner, and what others have added to its buffer
        self.episode_from: float | None = None
        self.calm_from: float | None = None
        self.quiet = self.env.event()
        self.tasks = [Hog(self), *(Daemon(self) for _ in range(DAEMONS))]

    def lognormal(self, median: float, sigma: float) -> int:
        return int(median * self.rng.lognormal(0, sigma))

    def exponential(self, mean: float) -> int:
        return int(self.rng.exponential(mean))

    def cpu(self, ns: int):
        """CPU work: stretched, at its start, by all that are runnable then; who prints keeps a processor."""
        self.running += 1
        cpus = CPUS - self.printing
        yield self.env.timeout(ns * max(self.running, cpus) // cpus)
        self.running -= 1

    def report(self, ns: int):
        """Whoever owns the console prints what others add, too; they go on at once."""
        if self.printing:
            self.text += ns
            return
        self.printing = True
        while ns:
            yield self.env.timeout(ns)
            ns, self.text = self.text, 0
        self.printing = False

    def reclaim(self) -> int:
        """A batch of page cache becomes free; how much that was."""
        got = min(BATCH, self.cache)
        self.cache -= got
        self.free += got
        self.look()
        return got

    def wake_kswapd(self) -> None:
        if not self.kswapd_runs and self.cache and self.free < HIGH:
            self.kswapd_runs = True
            self.env.process(self.kswapd())

    def kswapd(self):
        while self.cache and self.free < HIGH:
            yield self.env.timeout(KSWAPD_PERIOD)
            self.reclaim()
        self.kswapd_runs = False

    def may_report(self) -> bool:
        """printk_ratelimit(), which only the kernel as it was asks."""
        if self.policy == "patched":
            return True
        self.tokens = min(self.tokens + self.env.now - self.tokens_at, BURST * INTERVAL)
        self.tokens_at = self.env.now
        if self.tokens < INTERVAL:
            return False
        self.tokens -= INTERVAL
        return True

    def kill(self, victim: "Task") -> None:
        """Nobody is dying at this instant (the abort test saw to that), so the kill is needless if memory is there."""
        self.outcome.kills += 1
        self.outcome.needless += not victim.is_hog and self.free - self.waiting >= HIGH
        victim.killed = True
        if victim.at_work:
            victim.process.interrupt()
        victim.want = min(victim.want, 1)

    def no_progress(self) -> None:
        """A pass has got too little."""
        self.look()
        if self.episode_from is None:
            self.episode_from, self.calm_from = self.env.now, None

    def look(self) -> None:
        """To be called when pages or asks have changed: an episode ends where SETTLE of calm begin."""
        now = self.env.now
        if self.calm_from is not None and now - self.calm_from >= SETTLE:
            if self.episode_from is not None and self.outcome.ttr is None:
                self.outcome.ttr = self.calm_from - self.episode_from
            self.episode_from = None
            if not self.tasks[0].is_hog and not self.quiet.triggered:
                self.quiet.succeed()
        if self.waiting or self.free < HIGH:
            self.calm_from = None
        elif self.calm_from is None:
            self.calm_from = now


@dataclass
class Mm:
    """An address space."""

    pages: int


class Task:
    """A process of one thread. Its class says how it begins, what it asks for and what it does with it."""

    is_hog: bool
    chunk: int

    def __init__(self, machine: Machine, rss: int) -> None:
        self.machine, self.env = machine, machine.env
        self.mm = Mm(min(rss, machine.free - HIGH))
        machine.free -= self.mm.pages
        self.killed = False  # SIGKILL and TIF_MEMDIE, which a process of one thread gets together
        self.want = 0  # pages that the ask still lacks
        self.at_work = True  # outside of the allocator, where a signal is seen at once
        self.process = self.env.process(self.life())

    def life(self):
        try:
            yield self.env.timeout(self.start())
            while True:
                yield self.env.timeout(max(US, self.think()))
                self.at_work = False
                yield from self.allocate()
                if self.killed:
                    break
                self.at_work = True
                yield from self.use()
        except simpy.Interrupt:
            self.at_work = False
        yield from self.exit()

    def allocate(self):
        """__alloc_pages(), page by page. Returns with all pages, or, killed, with one more or none."""
        machine = self.machine
        self.want = self.chunk
        nap = None
        while True:
            self.take(LOW)
            if not self.want:
                return self.end_ask(nap)
            machine.wake_kswapd()
            looping = False  # in reclaim, where 2.6.17 doesn't look at its mark
            while not self.take(MIN):
                if self.killed and not looping:
                    self.take(0)
                    return self.end_ask(nap)
                if nap is None:
                    nap = max(US, machine.lognormal(300 * US, 0.7))
                    machine.waiting += 1
                    machine.look()
                looping = True
                yield from machine.cpu(nap)
                if machine.reclaim() < BATCH:
                    machine.no_progress()
                    if not self.killed:
                        yield from self.oom_path()
                    break

    def take(self, mark: int) -> bool:
        """As many pages as stand above the mark, and as it lacks; whether that were any. They are its own at once."""
        pages = max(0, min(self.want, self.machine.free - mark))
        self.machine.free -= pages
        self.mm.pages += pages
        self.want -= pages
        return pages > 0

    def end_ask(self, waited: int | None) -> None:
        """The ask is over."""
        if waited is not None:
            self.machine.waiting -= 1
        self.machine.look()

    def oom_path(self):
        """From the gate to the killer's tick. Then the page's loop starts again, with or without a kill."""
        machine = self.machine
        if machine.policy == "patched":
            if machine.gate is not None:
                return
            machine.gate = self
        if machine.free - 1 >= HIGH:
            self.open_gate()
            self.take(machine.free - 1)
            return
        yield from self.shoot()
        self.open_gate()
        if not self.killed:  # schedule_timeout_uninterruptible(1)
            yield self.env.timeout(TICK - self.env.now % TICK)

    def shoot(self):
        """From the failed last try to the kill. One that is killed on the way gives up."""
        machine = self.machine
        if machine.rng.random() < 0.01:  # preempted
            machine.running += 1
            yield self.env.timeout(machine.exponential(20 * MS))
            machine.running -= 1
            if self.killed:
                return
        if machine.may_report():
            yield from machine.report(machine.lognormal(40 * MS, 0.8))
            if self.killed:
                return
        with machine.mutex.request() as turn:
            yield turn
            if self.killed:
                return
            yield self.env.timeout(SCAN * len(machine.tasks))
            if self.killed or any(task.killed for task in machine.tasks):
                return
            victim = max(machine.tasks, key=lambda task: task.badness())
            machine.kill(victim)
            if machine.policy == "patched":
                machine.gate = victim.mm

    def open_gate(self) -> None:
        """The gate opens, if it is this attempt that holds it."""
        if self.machine.gate is self:
            self.machine.gate = None

    def exit(self):
        machine = self.machine
        yield from machine.cpu(self.wake())
        while self.mm.pages:  # exit_mmap()
            batch = min(TEARDOWN_BATCH, self.mm.pages)
            yield from machine.cpu(batch * S // TEARDOWN_RATE)
            self.mm.pages -= batch
            machine.free += batch
            machine.look()
        if machine.gate is self.mm:
            machine.gate = None
        yield from machine.cpu(self.tail())
        machine.tasks.remove(self)


class Hog(Task):
    """Eats memory until it dies."""

    is_hog, chunk = True, MIB // 2

    def __init__(self, machine):
        super().__init__(machine, 700 * MIB)

    def start(self):
        return int(self.machine.rng.uniform(0, 200 * MS))

    def think(self):
        return self.machine.exponential(500 * US)

    def use(self):
        yield from ()

    def badness(self):
        return self.mm.pages

    def wake(self):
        return self.machine.lognormal(2 * MS, 1.0)

    def tail(self):
        return self.machine.exponential(1 * MS)


class Daemon(Task):
    """Takes a little, keeps it for a while, gives it back."""

    is_hog, chunk = False, MIB // 8

    def __init__(self, machine):
        super().__init__(machine, machine.lognormal(8 * MIB, 0.6))

    def start(self):
        return int(self.machine.rng.uniform(0, 40 * MS))

    def think(self):
        return self.machine.exponential(20 * MS)

    def use(self):
        yield self.env.timeout(self.machine.exponential(5 * MS))
        self.mm.pages -= self.chunk
        self.machine.free += self.chunk
        self.machine.look()

    def badness(self):
        return self.mm.pages // 4  # root

    def wake(self):
        return 1 * MS

    def tail(self):
        return 1 * MS
