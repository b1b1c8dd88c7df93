"""What one sees who watches the twin's world after each event: a lane a thread, free memory, the victims.

The twin tells its steps; what lasts between two steps is read off the world, so the twin needs no code for
it.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from ..twin.world import NEVER, Mm, State, Thread, World

ACTIVITIES = {
    "working": "at work",
    "reclaim": "direct reclaim",
    "preempted": "preempted",
    "gate": "refused or queueing",
    "report": "report and scan",
    "asleep": "asleep",
    "dying": "dying",
    "freeing": "gives pages back",
    "gone": "gone",
}
"""What a lane shows, with its words, in the order of a thread's life."""

REAPER = "[oom_reaper]"
"""The lane of the kernel's reaper, named as ps does."""

_STATES = {
    "working": "START THINK BUSY KEEP HOLD",
    "reclaim": "PASS SWAP_OUT OVER_HIGH HIGH_OUT",
    "preempted": "PREEMPT",
    "gate": "GATE_QUEUE GATE_HELD MUTEX_QUEUE MUTEX_HELD PARK SHUT_OUT",
    "report": "REPORT PRINT SCAN RESCAN",
    "asleep": "NAP PAUSE THROTTLED PAGE_IN ERRAND",
    "dying": "CLEANUP CORE_WAIT DUMP WAKE BLOCK LOCK_WAIT EXITING WORK TAIL TASKLIST_WAIT",
    "freeing": "TEARDOWN",
    "gone": "ZOMBIE REAPED",
}
_NAMED = {state: activity for activity, states in _STATES.items() for state in states.split()}
_OF_STATE = {state: _NAMED[state.name] for state in State}  # a state that isn't there is an error here and now
_RETRIES = ("reclaim", "asleep")  # what a thread does that was refused, until it gets the gate or its pages
_REFUSED_NO_MORE = frozenset({"gate", "granted", "failed", "dying", "exiting"})


class Span(NamedTuple):
    """A thread does one thing (a key of ACTIVITIES) from `start` to `end`, in ns; never of length 0."""

    activity: str
    start: int
    end: int


class Sample(NamedTuple):
    """Pages of all nodes that are free, and those that condemned processes still hold, from `t_ns` on."""

    t_ns: int
    free: int
    owed: int


@dataclass
class Victim:
    """A kill. `failed_ns`: the killer's last failed check; `returned_ns`: the last page is back, None if
    never.

    `by` names the killing thread, None if it wasn't one; `kinds` are the counts that the kill went into.
    """

    name: str
    by: str | None
    failed_ns: int
    killed_ns: int
    pages: int
    kinds: list[str]
    returned_ns: int | None = None


@dataclass
class Watch:
    """Takes note of everything; `names` by thread id. After the run `close` it, then read it.

    Where the policy's reaper is at work it has a lane of its own, with gaps between its work.
    """

    names: list[str]
    lanes: dict[str, list[Span]] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    victims: list[Victim] = field(default_factory=list)
    _since: list[tuple[str, int]] = field(default_factory=list)
    _states: list[State] = field(default_factory=list)
    _touched: bool = False  # a thread does something else though its state is the same
    _refused: set[int] = field(default_factory=set)
    _condemned: list[Mm] = field(default_factory=list)
    _reaping_from: int | None = None

    def told(self, w: World, what: str, who, details: dict) -> None:
        """A step of which the twin tells."""
        if what == "refused":
            self._touched = self._touched or who.id not in self._refused
            self._refused.add(who.id)
        elif what in _REFUSED_NO_MORE and isinstance(who, Thread):
            self._refused.discard(who.id)
            self._touched = True
        elif what == "kill":
            by = details.get("by")
            self._condemned.append(who.mm)
            self.victims.append(
                Victim(
                    name=self.names[who.id],
                    by=self.names[by.id] if isinstance(by, Thread) else None,
                    failed_ns=details["failed_at"],
                    killed_ns=w.now,
                    pages=sum(who.mm.pages),
                    kinds=list(details["kinds"]),
                )
            )

    def stepped(self, w: World) -> None:
        """An event is over."""
        if not self._since:
            self.lanes = {name: [] for name in self.names}
            self._since = [("working", 0)] * len(w.threads)
        states = [t.state for t in w.threads]
        if states != self._states or self._touched:
            self._look(w)
            self._states, self._touched = states, False
        reaping = any(reaper.reaping or (reaper.tearing and reaper.when < NEVER) for reaper in w.reapers)
        if reaping and self._reaping_from is None:
            self._reaping_from = w.now
        elif not reaping:
            self._reaped(w.now)
        owed = sum(sum(mm.pages) for mm in self._condemned)
        sample = Sample(w.now, sum(node.free for node in w.nodes), owed)
        if not self.samples or sample[1:] != self.samples[-1][1:]:
            self.samples.append(sample)

    def _look(self, w: World) -> None:
        """Who does something else than before?"""
        for t, (before, _) in zip(w.threads, self._since, strict=True):
            now = _OF_STATE[t.state]
            if t.id in self._refused and now in _RETRIES:
                now = "gate"
            if now != before:
                self._end(t.id, w.now)
                self._since[t.id] = now, w.now

    def _reaped(self, now: int) -> None:
        if self._reaping_from is not None and now > self._reaping_from:
            self.lanes.setdefault(REAPER, []).append(Span("freeing", self._reaping_from, now))
        self._reaping_from = None

    def close(self, end: int) -> None:
        """The run is over, or nobody looks any further, at `end`."""
        for thread in range(len(self._since)):
            self._end(thread, end)
        self._reaped(end)
        for victim, mm in zip(self.victims, self._condemned, strict=True):
            victim.returned_ns = mm.freed_at if mm.freed_at >= 0 else None

    def _end(self, thread: int, now: int) -> None:
        activity, since = self._since[thread]
        lane = self.lanes[self.names[thread]]
        if now <= since:
            return
        if lane and lane[-1].activity == activity and lane[-1].end == since:
            since = lane.pop().start
        lane.append(Span(activity, since, now))
