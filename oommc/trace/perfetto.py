"""One schedule as a trace for ui.perfetto.dev: the Trace Event Format's JSON, which its importer reads as it
is.

A process a policy, a track a thread. Slices nest: an allocation (or an exit) holds the window between failed
check and kill, which holds what the thread does; where they would cross, the inner one is cut in two. Flows
lead from a kill to the last page of its victim. Counters: free memory, what victims still hold, and the
watermarks.

Source: "Trace Event Format", Google,
https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path

from ..collect.files import put
from .schedule import Schedule
from .watch import ACTIVITIES, Span, Victim

_PHASES = {"working": None, "dying": "exit", "freeing": "exit"}  # all else happens in an allocation
_MOMENT = 1  # ns: how long a kill lasts, that a flow may begin there


def perfetto(stories: Sequence[Schedule], path: str | Path | None = None) -> dict:
    """The stories of one schedule as one trace; written to `path` if given, with the errors of `put`."""
    events = [event for pid, story in enumerate(stories, 1) for event in _events(story, pid)]
    # of slices that begin together the longer comes first: it holds the other
    events.sort(key=lambda event: (event["ph"] != "M", event.get("ts", 0), -event.get("dur", 0)))
    first = stories[0]
    trace = {
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {"scenario": first.scenario.name, "schedule": first.schedule, "seed": str(first.seed)},
    }
    if path is not None:
        put(Path(path), json.dumps(trace).encode())
    return trace


def _events(story: Schedule, pid: int) -> Iterator[dict]:
    threads = {name: tid for tid, name in enumerate(story.lanes, 1)}
    yield _meta(pid, 0, "process_name", name=story.policy.name)
    yield _meta(pid, 0, "process_sort_index", sort_index=pid)
    for name, tid in threads.items():
        yield _meta(pid, tid, "thread_name", name=name)
        yield _meta(pid, tid, "thread_sort_index", sort_index=tid)
        yield from _track(story, pid, tid, name)
    for at, victim in enumerate(story.victims):
        yield from _kill(victim, pid, threads[victim.name], pid * 1_000_000 + at)
    nodes = story.scenario.machine.nodes
    marks = {name: sum(getattr(node, name) for node in nodes) for name in ("min", "low", "high")}
    for sample in story.samples:
        yield _counter(pid, sample.t_ns, "memory, pages", free=sample.free)
        yield _counter(pid, sample.t_ns, "held by victims, pages", held=sample.owed)
    for t_ns in (0, story.end_ns):
        yield _counter(pid, t_ns, "watermarks, pages", **marks)


def _track(story: Schedule, pid: int, tid: int, name: str) -> Iterator[dict]:
    lane = [span for span in story.lanes[name] if span.activity != "gone"]
    windows = [
        Span("window", v.failed_ns, v.killed_ns) for v in story.victims if v.by == name and v.failed_ns < v.killed_ns
    ]
    for phase, spans in groupby(lane, key=lambda span: _PHASES.get(span.activity, "allocation")):
        held = list(spans)
        if phase:
            yield _slice(pid, tid, phase, held[0].start, held[-1].end)
        for window in windows:
            start, end = max(window.start, held[0].start), min(window.end, held[-1].end)
            if start < end:
                yield _slice(pid, tid, "failed check to kill", start, end)
        cuts = {edge for window in windows for edge in (window.start, window.end)}
        for span in held:
            edges = sorted({span.start, span.end} | {cut for cut in cuts if span.start < cut < span.end})
            for start, end in pairwise(edges):
                yield _slice(pid, tid, ACTIVITIES[span.activity], start, end)


def _kill(victim: Victim, pid: int, tid: int, flow: int) -> Iterator[dict]:
    said = {"by": victim.by, "pages": victim.pages, "counted as": ", ".join(victim.kinds) or "needed"}
    yield _slice(pid, tid, "SIGKILL", victim.killed_ns, victim.killed_ns + _MOMENT, said)
    if victim.returned_ns is None:
        return
    yield _slice(pid, tid, "the last page is back", victim.returned_ns, victim.returned_ns + _MOMENT)
    flowing = {"name": "kill to memory back", "cat": "oom", "pid": pid, "tid": tid, "id": flow}
    yield flowing | {"ph": "s", "ts": victim.killed_ns / 1000}
    yield flowing | {"ph": "f", "bp": "e", "ts": victim.returned_ns / 1000}


def _slice(pid: int, tid: int, name: str, start: int, end: int, args: dict | None = None) -> dict:
    """Times in µs, as the format has them."""
    event = {"ph": "X", "cat": "oom", "name": name, "pid": pid, "tid": tid, "ts": start / 1000}
    return event | {"dur": (end - start) / 1000} | ({"args": args} if args else {})


def _counter(pid: int, t_ns: int, name: str, /, **values: int) -> dict:
    return {"ph": "C", "name": name, "pid": pid, "tid": 0, "ts": t_ns / 1000, "args": values}


def _meta(pid: int, tid: int, name: str, /, **args) -> dict:
    return {"ph": "M", "name": name, "pid": pid, "tid": tid, "args": args}
