"""The Pareto front: the policies that no other beats, and how sure it is that each is one of them."""

import numpy as np

REPLICATES = 2_000


def front(values: np.ndarray) -> np.ndarray:
    """Who is beaten by none: bool of shape (…, policies) from values of shape (…, criteria, policies).

    One beats another if it has no more of anything and less of something; equals don't beat each other.
    """
    a, b = values[..., :, None], values[..., None, :]  # a beats b
    beats = np.all(a <= b, axis=-3) & np.any(a < b, axis=-3)
    return ~np.any(beats, axis=-2)


def membership(batches: np.ndarray) -> np.ndarray | None:
    """The share of bootstrap replicates in which each policy is on the front: float64 of shape (policies,).

    Replicates draw with replacement from `batches` (batches, criteria, policies) of schedules, all policies and
    criteria together. Sums are integers, so that policies which never differed stay equal. What no schedule
    showed no replicate shows. None of fewer than two batches.
    """
    size = len(batches)
    if size < 2:
        return None
    rng = np.random.Generator(np.random.Philox(0))
    counts = rng.multinomial(size, np.full(size, 1 / size), REPLICATES)
    sums = (counts @ batches.reshape(size, -1)).reshape(REPLICATES, *batches.shape[1:])
    return front(sums).mean(axis=0)
