"""A world as bytes: equal bytes behave alike from there on, whatever happened before."""

import io
import pickle
from typing import Any

from ..twin import measure
from ..twin.world import NEVER, State, World
from .untimed import AGE, LONG_AGO, choices

COUNTED = ("kills", "premature", "unnecessary")
_LATER = frozenset({State.PREEMPT, State.REPORT, State.PRINT})  # `stage` and `chosen` are still to be read


class Snapshots:
    """Packs worlds of one scenario and policy; what they share is packed as a number."""

    def __init__(self, w: World) -> None:
        self._shared = [w.machine, w.policy, choices(w).packed, *(process.spec for process in w.processes)]

    def pack(self, w: World) -> bytes:
        """The world's bytes. What is only its past is cleared in `w`."""
        _forget(w)
        file = io.BytesIO()
        pickler = _Pickler(file, pickle.HIGHEST_PROTOCOL)
        pickler.numbers = {id(thing): number for number, thing in enumerate(self._shared)}
        pickler.dump(w)
        return file.getvalue()

    def unpack(self, packed: bytes) -> World:
        unpickler = _Unpickler(io.BytesIO(packed))
        unpickler.shared = self._shared
        return unpickler.load()


def _thing(number: int):
    """Stands in the bytes for a thing that is shared."""
    raise NotImplementedError


class _Pickler(pickle.Pickler):
    numbers: dict[int, int]

    def reducer_override(self, thing):
        number = self.numbers.get(id(thing))
        return NotImplemented if number is None else (_thing, (number,))


class _Unpickler(pickle.Unpickler):
    shared: list[Any]

    def find_class(self, module: str, name: str):
        return self.shared.__getitem__ if name == _thing.__name__ else super().find_class(module, name)


def _forget(w: World) -> None:
    """Clear what nothing that can still happen depends on, and leave of each instant only what it is compared for."""
    w.record = dict.fromkeys(w.record, 0) | {column: w.record[column] for column in COUNTED}
    w.episode_from = w.calm_from = -1
    w.reports = 0
    draws = choices(w)
    draws.follow(())
    draws.made = dict(sorted(draws.made.items()))
    for t in w.threads:
        t.asks = t.thinks = t.rechecks = t.burned = t.asked_at = t.pass_from = 0
        t.pass_ns, t.spinning = -1, False
        t.ought, t.down, t.down_from, t.up_at = 0, 0, -1, NEVER
        if not t.pending:  # of the ask that is over; the next one begins anew
            t.passes, t.starved, t.rebalancing = 0, False, False
            t.unit, t.want, t.source = 1, 0, None
        t.errands = 0
        if t.spec.grows and not t.fault and not t.errand:  # what it has got stays the process's
            t.taken = [0] * len(w.nodes)
        if t.state not in _LATER:
            t.stage = t.chosen = None
        if t.state is not State.SWAP_OUT:
            t.got = 0
        # a failed check is either older than the last page that came back of a victim that matters to it, or not
        back = max((mm.last_back for mm in measure.victims(w, t)), default=-1)
        t.failed_at = 2 if (t.pending or not w.policy.recheck) and t.failed_at >= back >= 0 else 0
    now = 2 * AGE
    # who was first matters while their time may run out
    victims = sorted({mm.victim_at for mm in w.mms if w.policy.timeout and mm.victim_at >= 0 and not w.timed_out(mm)})
    for mm in w.mms:
        if mm.left_at >= 0:
            mm.left_at = 0 if w.outlived(mm) or mm not in w.gates else now
        if mm.victim_at >= 0:
            mm.victim_at = now + victims.index(mm.victim_at) if mm.victim_at in victims else 0
        if mm.freed_at >= 0 and mm.returned == mm.total:  # the oracle's have been freed before they are torn down
            mm.whole, mm.total, mm.returned = [], 0, 0
        mm.condemned_at, mm.condemned_by = min(mm.condemned_at, 0), -1
        mm.preventive = mm.innocent = False
        mm.freed_at, mm.last_back = min(mm.freed_at, 1), min(mm.last_back, 1)
    for node in w.nodes:
        if node.returned_at != LONG_AGO:
            node.returned_at = now
    w.swap_at = w.decisions = w.text = 0  # what others have added to the owner's text only makes it longer
    w.now = now
