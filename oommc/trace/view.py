"""What of a story is worth drawing: from when to when, which threads, and nothing too short to be seen."""

from collections.abc import Sequence

from .schedule import Schedule
from .watch import Sample, Span

_LANES = 12
_BINS = 600  # across a column: less can't be seen
_ORDER = {name: at for at, name in enumerate(("working", "asleep", "reclaim", "gate", "preempted", "report"))}


def window(stories: Sequence[Schedule]) -> tuple[int, int]:
    """From where to where (ns) something is worth seeing."""
    starts = [e["t_ns"] for story in stories for e in story.events if e["what"] == "episode"]
    if not starts:
        return 0, max(story.end_ns for story in stories)
    ends = [v.returned_ns or v.killed_ns for story in stories for v in story.victims]
    ends += [e["t_ns"] for story in stories for e in story.events if e["what"] in ("recovered", "panic")]
    low, high = min(starts), max(starts + ends)
    hangs = any(story.record["outcome"] in ("livelock", "unsettled") for story in stories)
    span = max(high - low, 1_000_000)
    high += int(span * (0.8 if hangs else 0.06))
    return max(0, low - int(span * 0.08)), min(high, max(story.end_ns for story in stories))


def lanes(stories: Sequence[Schedule], low: int, high: int) -> tuple[list[str], int]:
    """The threads to draw, in task-list order, and how many are left out.

    First come the killed and the killers, then who is in the OOM path or dies in this time, longest first.
    """
    involved = {name for story in stories for v in story.victims for name in (v.name, v.by)}

    def busy(name: str) -> int:
        return sum(
            max(0, min(span.end, high) - max(span.start, low))
            for story in stories
            for span in story.lanes.get(name, ())
            if span.activity not in ("working", "gone")
        )

    names = list(dict.fromkeys(name for story in stories for name in story.lanes))
    first = sorted(names, key=lambda name: (name not in involved, -busy(name)))
    kept = {name for name in first[:_LANES] if name in involved or busy(name) or len(names) <= _LANES}
    return [name for name in names if name in kept], len(names) - len(kept)


def binned(spans: Sequence[Span], low: int, high: int) -> list[Span]:
    """The spans between `low` and `high` with those too short to be seen merged: in each bin the one that
    tells most.

    The order of importance: working, asleep, reclaim, gate, preempted, report;
    dying and freeing are always kept, and nobody draws who is gone.
    """
    step = max(1, (high - low) // _BINS)
    merged: list[Span] = []
    for activity, start, end in spans:
        start, end = max(start, low), min(end, high)
        if start >= end or activity == "gone":
            continue
        last = merged[-1] if merged else None
        if last and last.end == start:
            same = last.activity == activity
            short = min(end - start, last.end - last.start) < step
            if same or (short and activity in _ORDER and last.activity in _ORDER):
                # a short piece gives way to what tells more, and a long one keeps its name
                longer = (
                    activity
                    if (end - start >= step, _ORDER.get(activity, 9))
                    > (last.end - last.start >= step, _ORDER.get(last.activity, 9))
                    else last.activity
                )
                merged[-1] = Span(longer, last.start, end)
                continue
        merged.append(Span(activity, start, end))
    return merged


def thinned(samples: Sequence[Sample], low: int, high: int) -> list[Sample]:
    """Of the samples within a bin the first and the lowest: dips must be seen."""
    step = max(1, (high - low) // _BINS)
    kept: list[Sample] = []
    for sample in samples:
        if len(kept) > 1 and sample.t_ns // step == kept[-2].t_ns // step:
            if sample.free < kept[-1].free:
                kept[-1] = sample
        else:
            kept.append(sample)
    return kept
