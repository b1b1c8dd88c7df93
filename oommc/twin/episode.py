"""Episodes: from the first pass that made no progress to the calm that lasts (docs/model.md §6).

Not from the OOM path on: the time for which reclaim's own guard, or its retries, keep asks from it is a part of the
outage.
"""

from .world import World


def begin(w: World) -> None:
    """The first pass without progress since the last calm begins an episode."""
    if w.episode_from >= 0:
        return
    w.episode_from, w.calm_from = w.now, -1
    w.count("episodes")
    if w.record["first_oom_ns"] < 0:
        w.record["first_oom_ns"] = w.now
    w.tell("episode")


def calm(w: World) -> bool:
    """No ask in steps 3 to 6, every node at pages_high."""
    return not any(t.pending for t in w.threads) and all(node.room >= node.high for node in w.nodes)


def close(w: World, end: int) -> None:
    length = end - w.episode_from
    w.record["outage_ns"] += length
    w.record["end_ns"] = max(w.record["end_ns"], end)
    if w.record["ttr_ns"] < 0:
        w.record["ttr_ns"] = length
    w.tell("recovered", at=end)
    w.episode_from = -1
