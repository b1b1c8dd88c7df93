"""Programs at work run ahead alone, but not over what others may notice: swap, files, groups' limits.

The twin does one event at a time, so equal records say that nothing was missed. In each scenario memory is plenty for
most of the time, and steps are many: a leap is always tried.
"""

import pytest
from worlds import both, clockwork, story

SWAP = {"size": 9000, "rate": "200000 pages/s"}
FILES = {"size": 400, "rate": "100000 pages/s"}


LOCKED = {"name": "locked", "role": "batch", "rss": 8500, "mlocked": 8500, "program": {"kind": "idle"}}


def worker(rss: int = 900, count: int = 3, **program) -> dict:
    """Processes of two threads that share an mm."""
    churn = {"kind": "churn", "start": 0, "think": _exponential("200 us"), "chunk": 40, "keep": _exponential("900 us")}
    return {"name": "worker", "role": "daemon", "count": count, "threads": 2, "rss": rss, "program": churn | program}


def _exponential(mean: str) -> dict:
    return {"dist": "exponential", "mean": mean}


def passing(target: int) -> dict:
    """Grows to the target within some 100 ms, stays for 20 ms, and leaves by itself."""
    program = {"kind": "grow", "start": "30 ms", "think": _exponential("500 us"), "chunk": 50, "target": target}
    return {"name": "passing", "role": "batch", "rss": 0, "uid": 1000, "program": program | {"hold": "20 ms"}}


@pytest.mark.parametrize(
    "machine",
    [{"swap": SWAP}, {"swap": SWAP, "kswapd_rate": "100 MiB/s"}, {"working_set": FILES}, {}],
    ids=["swap", "kswapd", "files", "neither"],
)
@pytest.mark.parametrize("touch", [0, 5])
def test_what_is_out_is_used_again(machine, touch):
    """What went out while memory was short, even of what is kept, comes back by faults when it is plenty again."""
    node = {"memory": "10000 pages", "reserved": 0, "page_cache": 300, "min": 100, "low": 125, "high": 150}
    workers = worker(20, 6, chunk=90, touch=touch, file_touch=touch)
    scenario = clockwork(LOCKED, workers, passing(3000), **{"node": [node]} | machine)
    both(scenario.replace("horizon", "300 ms"), "patched")


@pytest.mark.parametrize("limit", [2780, 2820, 3100])
def test_a_groups_limit_is_noticed(limit):
    """Three workers hold 2,700 pages, and with all that they keep 2,940."""
    group = {"name": "workers", "limit": limit}
    scenario = clockwork(worker() | {"memcg": "workers"}, memcgs=(group,)).replace("horizon", "300 ms")
    record = both(scenario, "mainline-6")
    assert (record["oom_calls"] > 0) == (limit < 2940)


@pytest.mark.parametrize("high", [2780, 2820, 3100])
def test_a_groups_high_is_noticed(high):
    """The same three, where nothing but memory.high is in their way."""
    group = {"name": "workers", "high": high}
    scenario = clockwork(worker() | {"cgroup": "workers"}, cgroups=(group,)).replace("horizon", "300 ms")
    both(scenario, "mainline-6")
    assert bool(story(scenario, "mainline-6", "over high")) == (high < 2940)


@pytest.mark.parametrize(("target", "episodes"), [(6800, 0), (7100, 1)])
def test_who_grows_is_looked_at_first_and_in_time(target, episodes):
    """It takes what the workers leave, or more: they hold 2,700 pages, keep up to 240, and min is 100."""
    scenario = clockwork(worker(), passing(target)).replace("horizon", "300 ms")
    assert both(scenario, "baseline")["episodes"] == episodes
