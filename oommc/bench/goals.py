"""What the core is to reach, and what was measured for it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

FLAT = 20  # MiB of memory that the longer run may take more
SCHEDULES = 1_000_000  # for which the shares of time are a goal


@dataclass(frozen=True)
class Goal:
    """`measured` is to be at most (or, with `least`, at least) `limit`; `met` is None where it couldn't be judged."""

    what: str
    limit: float
    measured: float
    met: bool | None
    least: bool = False


def goals(measured: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry for each goal that `measured`, the bench's JSON, has something to say about; see `Goal`."""
    return [asdict(goal) for goal in _goals(measured)]


def _goals(measured: dict[str, Any]) -> Iterator[Goal]:
    for name, of in measured["scenarios"].items():
        for policies, core in of["core"].items():
            yield _most(
                f"{name}: time an event, × the bare loop's, {_policies(policies)}", 1, core["of_bare_loop"]["median"]
            )
        for policies, limit in (("2", 300), ("16", 1000)) if "simpy" in of else ():
            ratio = of["simpy"]["whole"][f"core_{policies}"]["median"]
            yield _at_least(f"{name}: policy-schedules a second, × SimPy's, {_policies(policies)}", limit, ratio)
        yield _most(f"{name}: time of 16 policies, × that of one", 3, of["sixteen_to_one"]["median"])
        yield _most(
            f"{name}: time of 16 policies, × that of two on the same schedules", 4, of["sixteen_to_two"]["median"]
        )
        for policies, core in of["core"].items():
            threads = core["two_threads"]
            told = f"{name}: speed of two threads, × one's, {_policies(policies)}"
            yield _at_least(told, 1.95, threads["median"], judged=threads["processors_free"])
    for of in measured["idle"]:
        told = f"{of['scenario']}: time with {10 * of['idle']:,} idle processes, × that with {of['idle']:,}"
        yield _most(told, 1.5, of["ratio"]["median"])
    for of in measured["horizon"]:
        yield _most(f"{of['scenario']}, {of['policy']}: time of ten times the horizon, ×", 1.1, of["ratio"]["median"])
    yield from _whole(measured["run"])
    for name, seconds in (("help", 0.3), ("import", 0.25)):
        start = measured["startup"][name]
        yield _most(f"{start['told']}: CPU seconds", seconds, start["cpu_s"]["min"])


def _whole(runs: list[dict[str, Any]]) -> Iterator[Goal]:
    """Shares of a whole run's time; they count where it has as many schedules as the goal is about."""
    run = runs[1]
    told, judged = f"oommc run, {run['schedules']:,} schedules", run["schedules"] >= SCHEDULES
    outside = run["cpu_s"] - run["core_s"] - run["records_s"]
    yield _most(f"{told}: share of time on neither core nor records", 0.01, outside / run["cpu_s"], judged)
    yield _most(f"{told}: share of time on records", 0.1, run["records_s"] / run["cpu_s"], judged)
    last = runs[-1]
    more = last["resident_mib"] - runs[0]["resident_mib"]
    told = f"oommc run: MiB of memory more with {last['schedules']:,} schedules than with {runs[0]['schedules']:,}"
    yield _most(told, FLAT, more, last["schedules"] > SCHEDULES)


def _policies(number: str) -> str:
    return "one policy" if number == "1" else f"{number} policies"


def _most(what: str, limit: float, measured: float, judged: bool = True) -> Goal:
    return Goal(what, limit, measured, measured <= limit if judged else None)


def _at_least(what: str, limit: float, measured: float, judged: bool = True) -> Goal:
    return Goal(what, limit, measured, measured >= limit if judged else None, least=True)
