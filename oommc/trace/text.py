"""The story as text: a line a step, in the kernel's words."""

from collections.abc import Iterator

from ..units import format_size
from .schedule import Schedule

RETRY = {"oom", "recheck", "refused", "aborted"}
"""Steps of a retry; only the first time round is told if nothing else happens to the thread."""


def text(story: Schedule) -> str:
    """All of it; see `Story.text`."""
    return "\n".join([*_head(story), "", *lines(story.events)]) + "\n"


def lines(events: list[dict]) -> list[str]:
    """Events as lines."""
    told: list[str] = []
    name = max([len(event["who"] or "") for event in events], default=0)
    row = f"{{:>13}}  {{:>9}}  {{:<{name}}}  {{}}"
    told.append(row.format("t", "free", "", "").rstrip())
    events, passes = _worth_telling(events)
    if passes:
        times = f"{passes} time{'s' * (passes != 1)}"
        told.append(row.format("", "", "", f"until here direct reclaim found pages in time, {times}").rstrip())
    seen: dict[str, set] = {}  # what each thread has told of its present cycle
    skipped: dict[str, int] = {}
    for event in events:
        who, what = event["who"], event["what"]
        sentence = _sentence(event)
        if what in RETRY and not event.get("passed"):
            if sentence in seen.setdefault(who, set()):
                skipped[who] = skipped.get(who, 0) + (what == "oom")
                continue
            seen[who].add(sentence)
        elif who:
            again = skipped.pop(who, 0)
            seen.pop(who, None)
            if again:
                sentence = f"after {again} more tries like that: {sentence}"
        free = "" if event["free"] is None else event["free"]
        told.append(row.format(_ms(event["t_ns"]), free, who or "", sentence))
    for who, again in skipped.items():
        told.append(row.format("", "", who, f"{again} more tries like that, to the end"))
    return told


def _worth_telling(events: list[dict]) -> tuple[list[dict], int]:
    """The events without the passes that found pages before the first episode, and how many those were."""
    begins = next((at for at, event in enumerate(events) if event["what"] == "episode"), len(events))
    dull: set[int] = set()
    last: dict[str, int] = {}  # each thread's event before
    for at, event in enumerate(events[:begins]):
        before = last.get(event["who"])
        if event["what"] == "granted" and before is not None and events[before]["what"] == "reclaim":
            dull |= {before, at}
        last[event["who"]] = at
    return [event for at, event in enumerate(events) if at not in dull], len(dull) // 2


def _head(story: Schedule) -> Iterator[str]:
    record, machine = story.record, story.scenario.machine
    yield f"{story.scenario.name}, schedule {story.schedule}, seed {story.seed}, policy {story.policy.name}"
    kinds = ", ".join(
        f"{record[column]} {column}"
        for column in ("stale", "impatient", "blind", "needless", "premature")
        if record[column]
    )
    kills = f"{record['kills']} kill{'s' * (record['kills'] != 1)}" + (f" ({kinds})" if kinds else "")
    ttr = ""
    if record["first_oom_ns"] >= 0:
        ttr = f"; {'no recovery within' if record['censored'] else 'recovered after'} {_ms(record['ttr_ns'])}"
    yield f"outcome {record['outcome']}: {kills}{ttr}"
    for n, node in enumerate(machine.nodes):
        marks = f"min {node.min}, low {node.low}, high {node.high}"
        yield f"node {n}: {format_size(node.memory)}, in pages: {marks}"


def _ms(ns: int) -> str:
    return f"{ns / 1e6:.6f} ms"


def _sentence(event: dict) -> str:
    what = event["what"]
    if what == "kill":
        kinds = ", ".join(event["kinds"]) or "needed"
        late = _ms(event["t_ns"] - event["failed_at"])
        looked = "last reading" if event["user_space"] else "last failed check"
        return f"KILLED by {event['by']}, {late} after its {looked}: {kinds}"
    if what == "signal":
        return f"gets SIG{event['signal']} from user space"
    if what == "killer searches":
        return (
            f"{event['killer']}: {'pressure' if event['pressure'] else 'memory'} is over its threshold, "
            "it looks for a victim"
        )
    if what.startswith("killer") and event["who"] is None:
        return f"{event['killer']}: {SENTENCES[what]}"
    if what == "recheck":
        return "last check: there are pages now" if event["passed"] else "last check fails"
    if what == "granted":
        return f"gets its pages after {_ms(event['waited'])}"
    if what == "exit_mmap":
        whose = "exit_mmap()" if event["who"] else f"the last pin on {event['mm']} goes: exit_mmap()"
        return f"{whose}: gives back {event['pages']} pages"
    if what == "cleaned out":
        return f"the mm of {event['mm']} is cleaned out, every page is back"
    if what == "reclaim" and event["group"]:
        return "no room within its memory cgroup's limit: reclaim in the group"
    if what == "page in":
        return f"reads {event['pages']} pages back from {'files' if event['file'] else 'swap'}"
    if what == "boost":
        return f"its pages come from a block of another mobility: the watermarks stand {event['pages']} pages higher"
    if what == "lock wait":
        return f"waits for a lock of {event['holder']}" + ", which waits for memory" * event["waits"]
    if what == "errand":
        return f"holds {'the mm of another' if event['pins'] else 'a lock'}: stops thinking, and sleeps"
    if what == "lets go":
        return f"lets go of the mm of {event['mm']}"
    if what == "high":
        return f"a batch brings node {event['node']} back to its high watermark"
    if what in ("reaper", "reaper fails", "reaped", "mrelease", "mreleased"):
        pages = f": {event['pages']} pages" if "pages" in event else ""
        by = "process_mrelease()" if what.startswith("mrelease") else "oom_reaper"
        return f"{by}, mm of {event['mm']}: {SENTENCES[what]}{pages}"
    return SENTENCES.get(what, what)


SENTENCES = {
    "reclaim": "no page above min: direct reclaim",
    "failed": "the allocation fails",
    "oom": "no progress: comes to the OOM path",
    "episode": "an episode begins",
    "preempted": "is preempted",
    "gate wait": "queues for the gate",
    "gate": "takes the gate",
    "refused": "the gate is closed: goes away",
    "gate opens": "the gate is open",
    "recovered": "the episode is over: from here on all is calm",
    "open": "the episode is still open at the end",
    "scans again": "can't kill its choice: scans again, under tasklist_lock",
    "aborted": "finds a kill under way: shoots nobody",
    "report": "prints the OOM report",
    "mutex wait": "queues for the cpuset mutex",
    "panic": "Out of memory and no killable processes: panic",
    "duplicate": "chosen again, its mm is condemned already",
    "dying": "is on its way into the exit path",
    "blocked": "is blocked, uninterruptible",
    "exiting": "PF_EXITING",
    "works": "has work to do before exit_mm(): accounting, robust lists",
    "dumps core": "crashes: kills all others on its mm, waits for them in exit_mm(), and dumps core",
    "waits for the core": "in exit_mm(): waits until the core file is written",
    "dead": "PF_DEAD",
    "pinned": "its mm is pinned by a bystander",
    "over high": "has its pages, but its group is above memory.high: reclaims",
    "throttled": "sleeps, as its group is above memory.high",
    "parked": "waits at its page fault while a kill is in progress",
    "marks itself": "is on its way out: takes TIF_MEMDIE, and nobody is killed",
    "reaper": "begins to take its anonymous pages",
    "reaper fails": "finds its mmap lock taken, or gives up",
    "reaped": "has taken what it may",
    "mrelease": "begins to take its anonymous pages",
    "mreleased": "has taken what it may",
    "cleans up": "handles SIGTERM, then exits",
    "killer stalls": "waits itself for a page",
    "killer recovers": "looks again: memory is back, nobody dies",
    "killer finds nobody": "finds nobody to kill",
    "killer asks its hook": "is to die, once the hook has been asked",
    "killer meets its hook": "chosen again while its signal is still to follow",
    "killer goes on": "its victim has gone, or it has waited long enough",
}
