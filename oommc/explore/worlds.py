"""Small worlds to explore: two to four threads on 10,000 pages, each about one way in which a kill goes wrong.

The hog holds 9,500 pages and asks for 500 more; a daemon holds 100 and asks for 400, which only a kill can give.
Times are there to be ignored, but for those that last for ever.
"""

from pathlib import Path

from ..errors import InputError
from ..naming import hint
from ..scenario import Scenario, catalogue_names

_NODE = {"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}


def _world(name: str, about: str, *processes: dict, nodes: int = 1, cpus: int = 4) -> dict:
    machine = {
        "cpus": cpus,
        "teardown_rate": "10000 pages/s",
        "teardown_batch": "10000 pages",
        "scan_per_task": "1 us",
        "kswapd_rate": 0,
        "node": [_NODE] * nodes,
        "latency": {"reclaim_pass": "100 us", "report": "20 ms", "preempt": {"p": 0.5, "delay": "20 ms"}},
    }
    return {
        "schema": 1,
        "name": name,
        "about": about,
        "horizon": "1000 s",
        "machine": machine,
        "process": list(processes),
    }


def _process(name: str, role: str, rss: int, chunk: int, **changes) -> dict:
    """Asks for `chunk` pages once and keeps them."""
    program = {"kind": "grow", "think": "1 ms", "chunk": chunk, "target": rss + chunk}
    process = {"name": name, "role": role, "rss": rss, "uid": 1000, "program": program}
    return process | {"exit": {"wake": "1 ms", "tail": "1 ms"} | changes.pop("exit", {})} | changes


def _hog(**changes) -> dict:
    return _process("hog", "hog", 9500, 500, **changes)


def _daemon(**changes) -> dict:
    return _process("daemon", "daemon", 100, 400, **changes)


_LEAVER = _process("leaver", "batch", 5000, 1)
_LEAVER["program"] |= {"target": 5000, "hold": "1 ms"}
_HOLDS = {"p": 0.5, "delay": "1 ms"}
_FOREVER = {"p": 0.5, "delay": "2000 s"}

_WORLDS = [
    _world("race", "a hog and a daemon: the race of May 2006", _hog(), _daemon()),
    _world("alone", "the same on one processor, where nobody runs while another prints", _hog(), _daemon(), cpus=1),
    _world("daemons", "two daemons: one fails its check while the other kills", _hog(), _daemon(count=2)),
    _world("threads", "a victim of two threads, one gone long before the other", _hog(threads=2), _daemon()),
    _world("pin", "a bystander may hold the victim's mm for a while", _hog(exit={"pin": _HOLDS}), _daemon()),
    _world("pinned", "a bystander may hold the victim's mm for ever", _hog(exit={"pin": _FOREVER}), _daemon()),
    _world(
        "reader",
        "the daemon may read of the victim, hold its mm for that, and need a page",
        _hog(exit={"pin": _HOLDS | {"by": "daemon", "chunk": 1}}),
        _daemon(),
    ),
    _world(
        "lock",
        "the victim may need a lock of the daemon, which waits for memory",
        _hog(exit={"lock": {"p": 0.5, "holder": "daemon"}}),
        _daemon(),
    ),
    _world("stuck", "the victim may never wake up", _hog(exit={"block": _FOREVER}), _daemon()),
    _world(
        "leaver",
        "a process that exits by itself gives enough back",
        _LEAVER,
        _process("daemon", "daemon", 4700, 400),
    ),
    _world(
        "cpusets",
        "the hog fills both nodes, the daemon may use one",
        _daemon(nodes=[0]),
        _process("hog", "hog", 19500, 500),
        nodes=2,
    ),
]
_BY_NAME = {world["name"]: world for world in _WORLDS}


def names() -> dict[str, str]:
    """The worlds that come with the package: name → what each is about."""
    return {name: world["about"] for name, world in _BY_NAME.items()}


def load(source: str | Path) -> Scenario:
    """A small world by its name, or else a scenario by its file or catalogue name. Raises InputError."""
    if source in _BY_NAME:
        return Scenario.from_dict(_BY_NAME[source])
    if not Path(source).exists() and source not in catalogue_names():
        near = hint(str(source), [*_BY_NAME, *catalogue_names()])
        raise InputError(f"{source}: no small world, no file, no scenario of the catalogue: {near}")
    return Scenario.load(source)
