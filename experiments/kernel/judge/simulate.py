"""What the simulator says of the same scenario, measured as the lab measures."""

from collections.abc import Callable

import numpy as np

import oommc
from oommc.policies import parse

from .seen import Runs


def simulated(scenario: oommc.Scenario, name: str, schedules: int, replays: int, seed: int) -> Runs:
    """Schedules of a policy; orders and kills in flight from the first `replays`, told one by one.

    A daemon of the lab tells of a wait when it is over, which who is killed in it never does; records have such waits.
    """
    [policy] = parse(name)
    rows = oommc.run(scenario, policy, schedules, seed).records()
    stories = [oommc.replay(scenario, policy, schedule, seed) for schedule in range(replays)]
    waits = rows["daemon_stall_ns"].to_numpy(float)
    if rows["collateral"].any():
        daemons = {p.name for p in scenario.processes if p.role == "daemon"}
        waits = np.array([waited(story, lambda who: _class_of(who, scenario) in daemons) for story in stories], float)
    return Runs(
        rows["kills"].to_numpy(float),
        rows["collateral"].to_numpy(float),
        waits,
        np.array([sum(in_flight(victim, story) for victim in story.victims) for story in stories], float),
        np.array([_outage(story) for story in stories], float),
        [tuple(_class_of(victim.name, scenario) for victim in story.victims) for story in stories],
    )


def _class_of(thread: str, scenario: oommc.Scenario) -> str:
    """The class of a thread that is called `hog`, `hog-1` or `hog-1.3`."""
    return max((p.name for p in scenario.processes if thread.startswith(p.name)), key=len)


def waited(story, daemon: Callable[[str], bool]) -> int:
    """What daemons waited for pages that they could use, in ns: a victim's last page only lets it go."""
    killed = {victim.name: victim.killed_ns for victim in story.victims}
    granted = (event for event in story.events if event["what"] == "granted" and daemon(event["who"]))
    return sum(event["waited"] for event in granted if event["t_ns"] < killed.get(event["who"], story.end_ns + 1))


def in_flight(victim, story) -> bool:
    """Whether earlier victims still held pages when this one was shot."""
    before = [sample.owed for sample in story.samples if sample.t_ns < victim.killed_ns]
    return bool(before and before[-1])


def _outage(story) -> int:
    """From the first call of the killer until the victims hold nothing any more, in ns."""
    if not story.victims:
        return 0
    last = story.victims[-1].killed_ns
    over = (sample.t_ns for sample in story.samples if sample.t_ns > last and not sample.owed)
    return next(over, story.end_ns) - next(event["t_ns"] for event in story.events if event["what"] == "oom")
