"""What is reported has the same digits for any number of BLAS's threads, and with other vector instructions."""

import os
import subprocess
import sys

import numpy as np
import pytest

from oommc.stats import ordered

# more values than BLAS leaves to one thread
REPORTED = """
import numpy as np
from oommc.stats.ordered import of_all_pairs
from oommc.stats import intervals, survival
from oommc.stats.moments import Moments

rng = np.random.default_rng(1)
ns = rng.exponential(5e8, (2, 20_000)).astype(np.int64)
moments = Moments.of([ns[0], ns[1] // 10**6])
curve = survival.kaplan_meier(ns[0], ns[0] > 20e8)
for number in (
    *intervals.mean_interval(moments, 0, 6e10), *intervals.mean_interval(moments, 1, None),
    intervals.events(moments, 0), *curve.restricted_mean_interval(60.0), curve.restricted_mean_events(60.0),
    *curve.quantile_interval(0.5), *of_all_pairs(ns / 1e9).ravel(),
):
    print(float(number).hex())
"""


@pytest.fixture(scope="module")
def reported():
    def run(**settings):
        environment = os.environ | settings
        return subprocess.run([sys.executable, "-c", REPORTED], env=environment, capture_output=True, check=True).stdout

    here = run(OPENBLAS_NUM_THREADS="1")
    assert len(here.split()) == 14
    return here, run


@pytest.mark.parametrize(
    "settings",
    [
        {"OPENBLAS_NUM_THREADS": "2"},
        {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_NUM_THREADS": "1", "NPY_DISABLE_CPU_FEATURES": "AVX512_SKX AVX512_ICL X86_V4"},
    ],
    ids=["two threads", "another BLAS kernel", "no AVX-512"],
)
def test_the_digits_are_the_same(reported, settings):
    here, run = reported
    assert run(**settings) == here


def test_products_are_blas_up_to_rounding():
    rows = np.random.default_rng(1).normal(size=(3, 1000))
    np.testing.assert_allclose(ordered.of_all_pairs(rows), rows @ rows.T, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ordered.dot(rows, rows[0]), rows @ rows[0], rtol=1e-12, atol=1e-12)
