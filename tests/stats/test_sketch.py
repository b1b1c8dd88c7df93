"""Times in bins."""

import numpy as np
import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as st

from oommc.stats.sketch import Sketch, Times
from oommc.stats.survival import kaplan_meier, logrank_p
from oommc.stats.tally import after_oom

NS = st.lists(st.tuples(st.integers(0, 2**50), st.booleans()), max_size=50)


def sketch(pairs):
    return Sketch.of(np.array([ns for ns, _ in pairs], np.int64), np.array([c for _, c in pairs], bool))


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True))


@given(a=NS, b=NS)
def test_sketches_add_up(a, b):
    both = sketch(a) + sketch(b)
    assert equal(both, sketch(a + b)) and equal(both, sketch(b) + sketch(a))
    assert both.recovered.sum() + both.censored.sum() == len(a) + len(b)


@given(ns=st.integers(0, 2**50), censored=st.booleans())
def test_a_time_is_known_to_a_thousandth(ns, censored):
    times = sketch([(ns, censored)]).times()
    assert times.censored.tolist() == [censored] and times.count.tolist() == [1]
    assert abs(int(times.ttr_ns[0]) - ns) <= ns / 1000


def test_curves_and_tests_of_bins_are_those_of_the_times():
    exact = [Times.of(*after_oom(synthetic.block("s", policy, 1, 0, 5000))) for policy in ("baseline", "patched")]
    binned = [Sketch.of(times.ttr_ns, times.censored).times() for times in exact]
    for one, other in zip(exact, binned, strict=True):
        one, other = kaplan_meier(*one), kaplan_meier(*other)
        assert one.n == other.n
        for p in (0.05, 0.5, 0.9, 0.95):
            assert other.quantile(p) == pytest.approx(one.quantile(p), rel=2e-3)
        assert other.restricted_mean(30) == pytest.approx(one.restricted_mean(30), rel=1e-3)
    assert np.log(logrank_p(*binned)) == pytest.approx(np.log(logrank_p(*exact)), rel=0.02)


@given(ns=st.integers(1, 2**50))
def test_intervals_of_quantiles_reach_to_the_ends_of_their_bins(ns):
    """Whatever the number of schedules: of 10^8 equal times all that is known is their bin."""
    [bin_] = sketch([(ns, False)]).times()[:1]
    curve = kaplan_meier(bin_, np.array([False]), np.array([10**8]), binned=True)
    low, high = curve.quantile_interval(0.5)
    assert low <= ns / 1e9 <= high <= low * (1 + 2**-9)
