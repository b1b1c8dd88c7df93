"""What no key shows alone: names that refer to others, order of watermarks, and whether everything fits at
the start.
"""

from collections import Counter

from oommc.distributions import Distribution
from oommc.naming import hint
from oommc.scenario.common import MAX_MEMORY, MAX_NODES, MAX_RUN_TIME, MAX_THREADS
from oommc.scenario.model import ScenarioFile
from oommc.scenario.paths import place as place_of
from oommc.scenario.process import Process
from oommc.scenario.tree import tree
from oommc.scenario.values import Place
from oommc.scenario.write import to_dict
from oommc.units import LIMIT, format_duration, format_size


def check(scenario: ScenarioFile, rss: list[Distribution | None], place: Place) -> None:
    """Raises InputError about the first thing that is wrong. `rss`: what the file says for each process."""
    if scenario.name in (".", "..") or "/" in scenario.name:
        raise place.at("name").error(f"{scenario.name!r} can't name a folder, which results need")
    _check_totals(scenario, place)
    _check_marks(scenario, place.at("machine").at("node"))
    pcp = scenario.machine.pcp
    if 0 < pcp.high < pcp.batch:
        raise place.at("machine").at("pcp").at("batch").error(f"{pcp.batch} pages, more than high: {pcp.high}")
    counts = Counter(process.name for process in scenario.processes)
    for name, times in counts.items():
        if times > 1:
            raise place.at("process").at(name).error(f"{times} processes have this name")
    threads = sum(process.count * process.threads for process in scenario.processes)
    if threads > MAX_THREADS:
        raise place.at("process").error(f"{threads} threads altogether: at most {MAX_THREADS} are simulated")
    for process, given in zip(scenario.processes, rss, strict=True):
        _check_process(scenario, process, given, place.at("process").at(process.name))
    _check_groups(scenario, place)
    for key in ("parent", "shares_mm_with"):
        _check_cycles(scenario, key, place.at("process"))
    _check_room(scenario, place)
    if scenario.ranges:
        _check_ranges(scenario, place.at("range"))


def _check_totals(scenario: ScenarioFile, place: Place) -> None:
    """What fits alone, but not with all else of its kind, in what the core counts with."""
    machine = place.at("machine")
    nodes = scenario.machine.nodes
    if len(nodes) > MAX_NODES:
        raise machine.at("node").error(f"{len(nodes)} nodes: at most {MAX_NODES} are simulated")
    memory = sum(node.memory for node in nodes)
    if memory > MAX_MEMORY:
        many = f"at most {format_size(MAX_MEMORY)} are simulated"
        raise machine.at("node").error(f"{format_size(memory)} of memory altogether: {many}")
    limiter = scenario.machine.report_ratelimit
    if limiter.burst * limiter.interval >= LIMIT:
        told = f"burst times interval has to be less than {format_duration(LIMIT)}"
        raise machine.at("report_ratelimit").error(told)
    used = sum(process.cpu_time * process.count for process in scenario.processes)
    if used > MAX_RUN_TIME:
        raise place.at("process").error(
            f"cpu_time of all is {format_duration(used)}: at most {format_duration(MAX_RUN_TIME)}"
        )


def _check_marks(scenario: ScenarioFile, place: Place) -> None:
    for i, node in enumerate(scenario.machine.nodes):
        if not node.min < node.low < node.high:
            marks = f"min {node.min}, low {node.low}, high {node.high} pages"
            raise place.at(i).error(f"watermarks have to rise from min to low to high: {marks}")


def _check_groups(scenario: ScenarioFile, place: Place) -> None:
    """Flat or a tree, with names that exist once."""
    if scenario.memcgs and scenario.cgroups:
        raise place.at("cgroup").error("there are memcgs too: groups are flat (memcg) or a tree (cgroup)")
    for kind in ("memcg", "cgroup"):
        _check_kind(scenario, kind, place)
    _check_limits(scenario, place)


def _check_kind(scenario: ScenarioFile, kind: str, place: Place) -> None:
    """The same of one kind of groups, which is also the key of a process."""
    groups = scenario.memcgs if kind == "memcg" else scenario.cgroups
    names = [group.name for group in groups]
    for name in names:
        if names.count(name) > 1:
            raise place.at(kind).at(name).error(f"{names.count(name)} {kind}s have this name")
        if kind == "cgroup" and not all(name.removeprefix("/").split("/")):
            raise place.at(kind).at(name).error("a name lacks between two slashes or at an end: as in pods/a/c1")
    for process in scenario.processes:
        at, name = place.at("process").at(process.name).at(kind), getattr(process, kind)
        if name is None:
            continue
        if name not in names:
            raise at.error(f"there is no {kind} {name!r}: {hint(name, names) if names else 'none'}")
        if process.shares_mm_with is not None:
            raise at.error(f"the mm is {process.shares_mm_with!r}'s (shares_mm_with): say its {kind} there")


def _check_limits(scenario: ScenarioFile, place: Place) -> None:
    """Members whose median sizes fit within each limit at the start."""
    branches = tree(scenario)
    kind, key = ("memcg", "limit") if scenario.memcgs else ("cgroup", "max")
    names = [branch.group.name for branch in branches]
    held = [0] * len(names)
    for process in scenario.processes:
        if name := process.memcg or process.cgroup:
            held[names.index(name)] += process.rss.median() * process.count
    for number, (group, _, end, _) in enumerate(branches):
        together = sum(held[number:end])
        if group.limit is not None and together > group.limit:
            told = f"its members' median sizes, {format_size(together)}, exceed it"
            raise place.at(kind).at(group.name).at(key).error(told)


def _check_process(scenario: ScenarioFile, process: Process, rss: Distribution | None, place: Place) -> None:
    if process.shares_mm_with is None and rss is None:
        raise place.at("rss").error("missing")
    if process.shares_mm_with is not None and rss is not None and rss.maximum():
        raise place.at("rss").error(f"the mm is {process.shares_mm_with!r}'s (shares_mm_with): say its size there")
    if process.shares_mm_with is not None and process.swapped:
        raise place.at("swapped").error(f"the mm is {process.shares_mm_with!r}'s (shares_mm_with): say it there")
    if process.shares_mm_with is not None and (process.maps is not None or process.shared.maximum()):
        key = "maps" if process.maps is not None else "shared"
        raise place.at(key).error(f"the mm is {process.shares_mm_with!r}'s (shares_mm_with): say it there")
    for node in process.nodes:
        if node >= len(scenario.machine.nodes):
            raise place.at("nodes").error(
                f"there is no node {node}: they count from 0 to {len(scenario.machine.nodes) - 1}"
            )
    names = [other.name for other in scenario.processes]
    lock, pin = process.exit.lock, process.exit.pin
    references = (
        ("parent", process.parent),
        ("shares_mm_with", process.shares_mm_with),
        ("maps", process.maps),
        ("exit.lock.holder", lock.holder),
        ("exit.pin.by", pin.by),
    )
    for key, name in references:
        if name is not None and name not in names:
            raise place.at(key).error(f"there is no process {name!r}: {hint(name, names)}")
    segments = {other.name for other in scenario.processes if other.shared.maximum()}
    if process.maps is not None and (process.name in segments or process.maps not in segments):
        told = (
            "it has a segment of its own (shared)"
            if process.name in segments
            else f"{process.maps!r} has no segment (shared)"
        )
        raise place.at("maps").error(told)
    if lock.p and lock.holder is None:
        raise place.at("exit.lock.holder").error("missing")
    if pin.chunk.maximum() and pin.by is None:
        raise place.at("exit.pin.by").error("missing: who asks for chunk?")
    _check_program(process, place.at("program"))


def _check_program(process: Process, place: Place) -> None:
    program = process.program
    if program.kind == "idle":
        return
    if program.kind == "grow" and program.target is None:
        raise place.at("target").error("missing")
    if program.chunk.maximum() == 0:
        raise place.at("chunk").error("it is always 0 pages")
    if program.kind == "churn" and program.think.maximum() + program.keep.maximum() == 0:
        raise place.error("it takes no time: think and keep are both always 0")


def _check_cycles(scenario: ScenarioFile, key: str, place: Place) -> None:
    following = {process.name: getattr(process, key) for process in scenario.processes}
    for name, at in following.items():
        seen = [name]
        while at is not None and at not in seen:
            seen.append(at)
            at = following[at]
        if at == name:
            raise place.at(name).at(key).error(f"it comes back to itself: {' -> '.join([*seen, name])}")


def _check_room(scenario: ScenarioFile, place: Place) -> None:
    """Median sizes, in order, into what the allowed nodes have above HIGH (docs/model.md §1)."""
    room = []
    for i, node in enumerate(scenario.machine.nodes):
        left = node.memory - node.reserved - node.high - node.page_cache.median()
        if left < 0:
            told = f"reserved, median page cache and high exceed its memory by {format_size(-left)}"
            raise place.at("machine").at("node").at(i).error(told)
        room.append(left)
    for process in scenario.processes:
        size = process.rss.median()
        for _ in range(process.count):
            left = sum(room[i] for i in process.nodes)
            if size > left:
                many = f" each of {process.count}" if process.count > 1 else ""
                told = f"median {format_size(size)}{many} doesn't fit: {format_size(left)} are left above high"
                raise place.at("process").at(process.name).at("rss").error(told)
            _take(room, process.nodes, size)
    for process in scenario.processes:
        size, left = process.shared.median(), sum(room[i] for i in process.nodes)
        if size > left:
            told = f"median {format_size(size)} doesn't fit: {format_size(left)} are left above high"
            raise place.at("process").at(process.name).at("shared").error(told)
        _take(room, process.nodes, size)
    _check_swap(scenario, place)


def _check_swap(scenario: ScenarioFile, place: Place) -> None:
    """What is out at the start fits into the device."""
    left = scenario.machine.swap.size - scenario.machine.swap.used
    if left < 0:
        told = f"{format_size(scenario.machine.swap.used)}, more than its size"
        raise place.at("machine").at("swap").at("used").error(told)
    for process in scenario.processes:
        out = process.swapped * process.count
        if out > left:
            many = f" each of {process.count}" if process.count > 1 else ""
            told = f"{format_size(process.swapped)}{many} don't fit: {format_size(left)} of swap are left"
            raise place.at("process").at(process.name).at("swapped").error(told)
        left -= out


def _take(room: list[int], nodes: tuple[int, ...], size: int) -> None:
    for i in nodes:
        taken = min(size, room[i])
        room[i] -= taken
        size -= taken


def _check_ranges(scenario: ScenarioFile, place: Place) -> None:
    """Each is of one value that stands in the scenario; whether its ends fit there shows where they are used."""
    table = to_dict(scenario)
    for path, _ in scenario.ranges:
        where, key = place_of(table, path, str(place.at(path)), make=False)
        if key not in where:
            raise place.at(path).error(f"no such value: {hint(key, where) if where else 'none'}")
        if isinstance(where[key], dict | list):
            raise place.at(path).error("names a whole table: add a key of it")
