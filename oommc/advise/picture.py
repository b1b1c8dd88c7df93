"""The incident as one sees it: memory in use over time, and who is killed when; as it was, and as it would be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from oommc import api
from oommc.advise.part import Picture
from oommc.columns import OUTCOMES
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.show.canvas import ALARM, AXIS, CALM, INK, PAPER, SOFT, drawn, inline
from oommc.show.numbers import seconds, shown
from oommc.trace.schedule import Schedule
from oommc.trace.story import Story, replay, thread_names
from oommc.trace.view import thinned
from oommc.units import PAGE

_LABELS = 5  # kills that are named in the picture
_NAMED = 4  # names in the caption
_RECORD = ("outcome", "first_oom_ns", "ttr_ns", "censored")
_HANG_NS = 3 * 10**9
_WIDTH, _HEIGHT = 4.6, 2.9  # inches, so that a telephone shows letters in their size


def pictures(stories: Sequence[tuple[str, Schedule]], names: Mapping[str, str]) -> list[Picture]:
    """Each story, with what it is of, on the same axes; `names`: of its threads, as people know them."""
    end = max(_end(story) for _, story in stories)

    def svg(at: int, story: Schedule) -> str:
        made = drawn(f"memory-{at}", lambda figure: _draw(figure, story, end, names), _WIDTH, _HEIGHT)
        return inline(made.decode(), f"memory-{at}")

    return [Picture(svg(at, story), f"{what}: {_told(story, names)}.") for at, (what, story) in enumerate(stories)]


def told(scenario: Scenario, policy: Policy, schedule: int, seed: int = 1) -> Story:
    """One schedule; one that doesn't recover up to some seconds after memory ran out."""
    result = api.run(scenario, [policy], schedule + 1, seed)
    (block,) = result.blocks(scenario.name, policy.name, _RECORD)
    record: dict[str, Any] = {name: int(block[name][schedule]) for name in _RECORD}
    record["outcome"] = OUTCOMES[record["outcome"]]
    if record["outcome"] not in ("livelock", "unsettled"):
        return replay(scenario, policy, schedule, seed)
    until = min(scenario.horizon - 1, record["first_oom_ns"] + _HANG_NS)
    return replay(scenario, policy, schedule, seed, until, record)


def _end(story: Schedule) -> int:
    """When there is nothing more to see, ns."""
    if story.record["outcome"] in ("livelock", "unsettled"):
        return story.end_ns
    ends = [victim.returned_ns or victim.killed_ns for victim in story.victims]
    ends += [e["t_ns"] for e in story.events if e["what"] in ("recovered", "panic")]
    if not ends:  # nobody dies: until memory is as it stays
        ends = [s.t_ns for s in story.samples if s.free != story.samples[-1].free]
    last = max(ends, default=story.end_ns)
    return min(story.end_ns, last + last // 12)


def _draw(figure, story: Schedule, end: int, names: Mapping[str, str]) -> None:
    axes = figure.subplots()
    mib = PAGE / (1 << 20)
    total = sum(node.memory for node in story.scenario.machine.nodes) * mib
    scale, unit = (1024, "GiB") if total >= 4096 else (1, "MiB")
    samples = thinned([s for s in story.samples if s.t_ns <= end], 0, end)
    times = [s.t_ns / 1e9 for s in samples] + [end / 1e9]
    used = [(total - s.free * mib) / scale for s in samples]
    used += used[-1:]
    axes.fill_between(times, used, step="post", color=CALM, alpha=0.7, linewidth=0)
    axes.step(times, used, where="post", color=INK, linewidth=1.2)
    top = total / scale
    axes.axhline(top, color=AXIS, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.annotate("all there is", (0, top), (2, 2), textcoords="offset points", fontsize=8, color=SOFT)
    processes = story.scenario.processes
    role = [process.role for process in processes for _ in range(process.count * process.threads)]
    roles = dict(zip(thread_names(story.scenario), role, strict=True))
    for at, victim in enumerate(v for v in story.victims if v.killed_ns <= end):
        color = INK if roles[victim.name] == "hog" else ALARM
        when = victim.killed_ns / 1e9
        axes.plot([when], [top * 1.0], "X", color=color, markersize=6, markeredgecolor=PAPER, markeredgewidth=0.6)
        if at >= _LABELS:
            continue
        left = victim.killed_ns * 2 > end
        axes.annotate(
            f"{shown(names.get(victim.name, victim.name), 16)} killed", (when, top * (0.88 - 0.14 * at)),
            (-4 if left else 4, 0), textcoords="offset points", ha="right" if left else "left", va="center",
            fontsize=8.5, color=color, bbox={"facecolor": PAPER, "alpha": 0.8, "linewidth": 0, "pad": 1},
        )  # fmt: skip
        axes.axvline(when, ymax=0.9, color=color, linewidth=0.8)
    axes.set_xlim(0, end / 1e9)
    axes.set_ylim(0, top * 1.15)
    axes.grid(False)
    axes.locator_params(nbins=5)
    axes.tick_params(labelsize=8.5)
    axes.set_ylabel(f"in use, {unit}", fontsize=9)
    axes.set_xlabel("seconds", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def _told(story: Schedule, names: Mapping[str, str]) -> str:
    """The same in words."""
    record = story.record
    killed = Counter(names.get(victim.name, victim.name) for victim in story.victims)
    named = [f"{shown(name, 20)} ({n})" if n > 1 else shown(name, 20) for name, n in killed.most_common(_NAMED)]
    more = f" and {len(killed) - _NAMED} more" if len(killed) > _NAMED else ""
    kills = f"killed: {', '.join(named)}{more}" if named else "nobody is killed"
    if record["outcome"] == "panic":
        return f"{kills}; the machine panics"
    if record["censored"]:
        return f"{kills}; the machine hangs" if record["outcome"] == "livelock" else f"{kills}; it doesn't recover"
    if record["first_oom_ns"] < 0:
        return f"{kills}; memory doesn't run out"
    return f"{kills}; over after {seconds(record['ttr_ns'] / 1e9)}"
