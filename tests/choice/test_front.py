"""The Pareto front and its bootstrap."""

import numpy as np

from oommc.choice.front import front, membership


def test_front_of_two_criteria():
    """b is beaten by a; a and d are equal; c trades one for the other."""
    assert front(np.array([[1, 2, 0, 1], [1, 1, 5, 1]])).tolist() == [True, False, True, True]


def test_membership_is_sure_where_the_data_are_and_open_where_not():
    rng = np.random.default_rng(1)
    a = rng.integers(0, 1_000, (400, 2, 1))
    close = a + rng.integers(-100, 101, a.shape)
    worse = a + 50
    shares = membership(np.concatenate([a, worse, close, a], axis=2))
    assert shares[0] == shares[3]  # never differ, so they stay equal
    assert shares[1] == 0
    assert 0.1 < shares[2] < 0.9 or 0.1 < shares[0] < 0.9


def test_membership_agrees_with_the_normal_law():
    """One criterion, two policies: the share is P(difference < 0) for a mean over its standard error."""
    rng = np.random.default_rng(2)
    difference = rng.permutation(np.repeat([-100, 100], 200))  # mean 0, sd 100
    z = 1.0
    difference = difference + round(z * 100 / 20)
    batches = np.stack([np.zeros(400, int), difference], axis=-1)[:, None, :]
    assert abs(membership(batches)[0] - 0.8413) < 0.03


def test_one_batch_says_nothing():
    assert membership(np.ones((1, 3, 2), np.int64)) is None
