"""The compiled quantile functions give what their specification gives, to the last integer."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from oommc.distributions import read
from oommc.engine._core import sample
from oommc.engine.pack import _tables

KINDS = {
    "constant": "4 ms",
    "uniform": {"dist": "uniform", "low": "1 us", "high": "3 s"},
    "exponential": {"dist": "exponential", "mean": "20 ms"},
    "lognormal": {"dist": "lognormal", "median": "2 ms", "sigma": 1.5},
    "pareto": {"dist": "pareto", "shape": 0.7, "minimum": "1 ms"},
    "discrete": {"dist": "discrete", "values": ["1 ms", "2 ms", "1 s"], "weights": [3, 0.5, 1]},
    "frozen": scipy.stats.gamma(2, scale=0.03),
    "mixture": {
        "dist": "mixture",
        "parts": [
            {"weight": 0.2, "value": "1 s"} | {"dist": "constant"},
            {"weight": 0.8, "dist": "exponential", "mean": "1 ms"},
        ],
    },
}
EDGES = [0, 1, 2**31 - 1, 2**31, 2**62, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2**31, 2**64 - 2, 2**64 - 1]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(u=st.lists(st.integers(0, 2**64 - 1), max_size=200))
def test_core_and_specification_agree(kind, u):
    quantile = read(KINDS[kind], "ns", kind).quantile
    u = [*u, *EDGES, *(int(start) for start in quantile.start)]
    quantiles, segments, knots = _tables([quantile])
    assert sample(quantiles, segments, knots, np.array(u, np.uint64)).tolist() == [quantile(x) for x in u]
