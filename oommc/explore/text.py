"""What was found, as text: a table of verdicts, and the shortest order of steps to what can go wrong."""

from collections.abc import Sequence

from ..engine.pack import pack
from ..trace.story import event, thread_names
from ..trace.text import lines
from .search import Verdict
from .untimed import PIN_AGE, SCANNED, TIMEOUT, longest_left, move, oldest, start

_COLUMNS = ("policy", "states", "kills", "premature", "unnecessary", "hang")
_AGED = {TIMEOUT: "as a victim its time is up", PIN_AGE: "its mm is held for too long to keep the gate closed"}
_GOALS = {"premature": "a premature kill", "unnecessary": "an unnecessary kill", "hang": "a hang"}


def table(verdicts: Sequence[Verdict]) -> str:
    """A row a policy: the greatest numbers in any order of steps, and whether a hang can be reached."""
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for verdict in verdicts:
        counts = [verdict.states, *(verdict.most[column] for column in ("kills", "premature", "unnecessary"))]
        rows.append((verdict.policy.name, *map(str, counts), "yes" if "hang" in verdict.ways else "no"))
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    table = ("  ".join([row[0].ljust(first), *map(str.rjust, row[1:], others)]) for row in rows)
    return "\n".join(table) + "\n"


def story(verdict: Verdict, goal: str) -> str:
    """The shortest order of steps to a goal that can be reached, told as `oommc replay` tells a schedule."""
    names = thread_names(verdict.scenario)
    events: list[dict] = []
    since = 0

    def listen(w, what, who, details):
        if what == "step":
            return
        row = event(names, w, what, who, details)
        events.append(row | {key: row[key] - since for key in ("t_ns", "failed_at") if key in row})

    w = start(pack(verdict.scenario), verdict.policy, listen)
    since = w.now
    way = verdict.ways[goal]
    for step in way:
        aged = {TIMEOUT: oldest(w), PIN_AGE: longest_left(w)}.get(step.entity)
        move(w, step.entity, step.script)
        if aged:
            listen(w, _AGED[step.entity], next(t for t in w.threads if t.mm is aged), {})
        if step.entity <= SCANNED:
            listen(w, f"reclaim has gone through node {SCANNED - step.entity} six times in vain", None, {})
    world = f"{verdict.scenario.name} under {verdict.policy.name}"
    told = [f"{world}: {_GOALS[goal]} after {len(way)} steps, each told as 1 ms", "", *lines(events)]
    if goal == "hang":
        waiting = ", ".join(names[t.id] for t in w.threads if t.pending)
        told += ["", f"Whatever happens next, somebody waits for memory for ever; here: {waiting}."]
    return "\n".join(told) + "\n"
