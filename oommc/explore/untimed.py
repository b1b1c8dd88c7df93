"""The twin without its times: the same rules, and any pending event may be the next one.

How long a pass, a report or an exit takes is free here, so that a thread may be overtaken anywhere; a chance goes
either way, and a victim's time, or that of reclaim's guard, may run out at any moment. What can't last shorter or
longer isn't free: an event due at once happens at once, one due no earlier than the horizon never does. Where a
thread prints on the only processor nothing else happens before it is through. Sizes are as the scenario says.

Three mechanisms only stretch time. They are replaced by the least that allows the same orders: of many passes (or
attempts of the reaper) in a row all but one can happen at the instant of the first, so two are as good as sixteen;
a report that the limiter holds back is one that nothing overtakes.
"""

from collections.abc import Callable, Iterator

from ..engine.pack import Packed
from ..engine.rows import CERTAIN
from ..policies import Policy
from ..twin import guard
from ..twin.draws import Draws, Purpose
from ..twin.engine import boot, prints_alone, step
from ..twin.world import NEVER, Mm, Node, Pin, Reaper, State, Thread, World

STEP = 1_000_000  # ns: what a step takes, for the sake of the story
AGE = 1 << 38  # ns: every timeout and pin age; longer than any story
TIMEOUT = -1  # the move in which the oldest victim's time runs out
PIN_AGE = -2  # that in which the longest left mm's pins no longer count
SCANNED = -3  # that in which reclaim has gone six times through the first node; one less for each node after it
LONG_AGO = -(1 << 62)  # ns: when a page last came back to a node that reclaim is through with
ONCE = {
    Purpose.BLOCK_P, Purpose.LOCK_P, Purpose.LOCK_HOLDER, Purpose.WORK_P, Purpose.CORE_DUMP_P, Purpose.UNREAPED_P,
    Purpose.PIN_P, Purpose.PIN_HOLDER, Purpose.MMAP_LOCK_P,
}  # fmt: skip
"""Draws that an entity makes once: they are the same whether the run or a look into its future comes to them first."""


class Choices(Draws):
    """In place of the draws: each times' median, and of every chance the outcome that `script` says.

    Where the script ends the first outcome is taken and appended; `ways` holds how many there were.
    """

    schedule = 0

    def __init__(self, packed: Packed) -> None:
        self.packed = packed
        self.outcomes = {
            Purpose.LOCK_HOLDER: max(spec.lock_count for spec in packed.classes),
            Purpose.PIN_HOLDER: max(spec.pin_count for spec in packed.classes),
            Purpose.RANDOM: sum(process.n_threads for process in packed.processes),
        }
        self.made: dict[tuple[int, int], int] = {}
        self.follow(())

    def follow(self, script: tuple[int, ...]) -> None:
        self.script = list(script)
        self.ways: list[int] = []

    def value(self, quantile: int, purpose: Purpose, entity: int, index: int = 0) -> int:
        return self.packed.quantiles[quantile](1 << 63)

    def happens(self, p: int, purpose: Purpose, entity: int, index: int = 0) -> bool:
        return p > 0 and (p >= CERTAIN - 1 or self._choose(2, purpose, entity) == 1)

    def word(self, purpose: Purpose, entity: int, index: int = 0) -> int:
        ways = self.outcomes[purpose]
        return -(-(self._choose(ways, purpose, entity) << 64) // ways)

    def _choose(self, ways: int, purpose: Purpose, entity: int) -> int:
        if ways == 1:
            return 0
        if (purpose, entity) in self.made:
            return self.made[purpose, entity]
        if len(self.ways) == len(self.script):
            self.script.append(0)
        choice = self.script[len(self.ways)]
        self.ways.append(ways)
        if purpose in ONCE:
            self.made[int(purpose), entity] = choice
        return choice


def stretchless(policy: Policy, horizon: int) -> Policy:
    """The policy without what only stretches time; its timeout and pin age pass in moves of their own or not at all."""
    return policy.replace(
        passes=min(policy.passes, 2),
        memcg_passes=min(policy.memcg_passes, 2),
        reaper_attempts=min(policy.reaper_attempts, 2),
        limiter="none",
        pin_age=AGE if 0 < policy.pin_age < horizon else 0,
        **({"timeout": AGE} if 0 < policy.timeout < horizon else {"timeout": 0, "on_timeout": "next"}),
    )


def start(packed: Packed, policy: Policy, listener: Callable | None = None) -> World:
    """The world before the first step. The clock leaves room to put a kill, or a last exit, back by its age."""
    w = boot(packed, stretchless(policy, packed.machine.horizon), Choices(packed), listener)
    _rest_of_instant(w)
    w.now = AGE
    return w


def choices(w: World) -> Choices:
    """What a world that `start` made draws from."""
    assert isinstance(w.draws, Choices)
    return w.draws


def moves(w: World) -> Iterator[int]:
    """Entities with a pending event, TIMEOUT, PIN_AGE, and SCANNED of each node: what may happen next."""
    if w.panicked:
        return
    if printer := prints_alone(w):
        yield printer.id
        return
    yield from (entity for when, entity in w.events() if when < NEVER)
    if oldest(w):
        yield TIMEOUT
    if longest_left(w):
        yield PIN_AGE
    yield from (SCANNED - n for n, node in enumerate(w.nodes) if guarded(w, node))


def move(w: World, entity: int, script: tuple[int, ...]) -> None:
    """One step, with all that happens at its instant."""
    w.now += STEP
    for node in w.nodes:
        if node.returned_at != LONG_AGO:  # the guard's time is its own to run out
            node.returned_at = w.now
    choices(w).follow(script)
    if entity in (TIMEOUT, PIN_AGE):
        mm = oldest(w) if entity == TIMEOUT else longest_left(w)
        assert mm is not None
        if entity == TIMEOUT:
            mm.victim_at -= AGE
        else:
            mm.left_at -= AGE
    elif entity <= SCANNED:
        w.nodes[SCANNED - entity].returned_at = LONG_AGO
    else:
        step(w, entity)
    _rest_of_instant(w)


def oldest(w: World) -> Mm | None:
    """The next victim whose time can run out, while any of its tasks or pages is left."""
    if not w.policy.timeout:
        return None
    left = {t.mm for t in w.threads if t.state is not State.REAPED}
    waiting = [mm for mm in w.mms if mm.victim_at >= 0 and (mm.freed_at < 0 or mm in left) and not w.timed_out(mm)]
    return min(waiting, key=lambda mm: mm.victim_at, default=None)


def longest_left(w: World) -> Mm | None:
    """The next mm that only others hold and that keeps the gate closed for that, where there is a pin age."""
    waiting = [mm for mm in w.mms if w.policy.pin_age and mm.left_at >= 0 and mm in w.gates and not w.lets_through(mm)]
    return min(waiting, key=lambda mm: mm.left_at, default=None)


def guarded(w: World, node: Node) -> bool:
    """Whether reclaim's guard may run out on a node, while somebody is in a pass for which that matters."""
    return (
        w.policy.guard != "none"
        and guard.reclaimable(w, node)
        and any(t.state in (State.PASS, State.SWAP_OUT) and not t.domain and node in w.allowed(t) for t in w.threads)
    )


def _rest_of_instant(w: World) -> None:
    """What is due now happens now; what is due later may happen at any time, or never."""
    while not w.panicked:
        at_once = [entity for when, entity in w.events() if when == w.now]
        if not at_once:
            break
        step(w, min(at_once))

    def due(when: int) -> int:
        return NEVER if when - w.now >= w.machine.horizon else w.now + 1

    entities: list[Thread | Pin | Reaper] = [*w.threads, *w.pins, *w.reapers]
    for entity in entities:
        entity.when = due(entity.when)
    for t in w.threads:
        if t.errand and 0 < t.errand.rest < NEVER:
            t.errand.rest = 1 if due(w.now + t.errand.rest) < NEVER else NEVER
    for node in w.nodes:
        node.kswapd_when = due(node.kswapd_when)
