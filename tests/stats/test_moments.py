"""Sums that are exact and add up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from oommc.stats.moments import Moments

values = (
    hnp.arrays(np.int64, st.tuples(st.just(2), st.integers(0, 40)), elements=st.integers(-(2**62), 2**62))
    | hnp.arrays(np.int64, st.tuples(st.just(2), st.integers(0, 40)), elements=st.integers(-(2**47) + 1, 2**47 - 1))
    | hnp.arrays(  # metrics of each size beside each other
        np.int64, st.tuples(st.just(4), st.integers(0, 40)), elements=st.integers(-(2**24) - 1, 2**24 + 1)
    ).map(lambda x: x * np.array([[0], [1], [2**20], [2**30]]))
)


def same(one, other):
    assert one.n == other.n
    for name in ("total", "squares", "low", "high"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@given(values)
def test_against_python_integers(x):
    moments = Moments.of(x)
    assert list(moments.total) == [sum(map(int, row)) for row in x]
    assert list(moments.squares) == [sum(int(v) ** 2 for v in row) for row in x]


@given(values, st.integers(0, 40))
def test_parts_add_up_in_any_order(x, cut):
    left, right = Moments.of(x[:, :cut]), Moments.of(x[:, cut:])
    same(left + right, Moments.of(x))
    same(right + left, Moments.of(x))


def test_many_large_values():
    for large in (2**24 - 1, 2**47 - 1):
        x = np.full((1, 100_000), large)
        x[0, 0] = 0
        assert Moments.of(x).total[0] == 99_999 * large
        assert Moments.of(x).squares[0] == Moments.of(-x).squares[0] == 99_999 * large**2
