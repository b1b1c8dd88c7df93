"""Tables of the named families don't depend on the last bits of floating-point functions."""

import os
import platform
import subprocess
import sys
from decimal import Decimal, localcontext
from pathlib import Path

import large_tables
import numpy as np
import pytest

from oommc.distributions import compile, correct, families, table
from oommc.distributions.quantile import knot_positions

LESS = "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX2_Usable"


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or platform.machine() != "x86_64", reason="its C library takes no such tunable"
)
@pytest.mark.parametrize(
    "settings",
    [
        {"GLIBC_TUNABLES": LESS},
        {"GLIBC_TUNABLES": LESS, "NPY_DISABLE_CPU_FEATURES": "AVX512_SKX AVX512_ICL X86_V4 X86_V3 AVX2 FMA3"},
    ],
    ids=["the C library's", "NumPy's too"],
)
def test_another_processor_has_the_same_tables(settings):
    command = [sys.executable, Path(large_tables.__file__)]
    there = subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(there) == len(set(there)) == 26 and there == large_tables.digests()


PROBABILITIES = [Decimal(p) for p in (0.5, 0.3125, 2.0**-10, 1.5 * 2.0**-33)]


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("p", PROBABILITIES)
def test_forty_digits(p, upper):
    """Families that coincide, and a gamma law of two exponential ones, whose tail is (1 + x)·exp(-x)."""
    one, two, half = Decimal(1), Decimal(2), Decimal("0.5")
    with localcontext(prec=60):
        exact = correct.exponential(p, upper, one)
        near = Decimal(float(exact))
        for same in (
            correct.gamma(p, upper, near, one),
            correct.weibull(p, upper, near, one),
            correct.pareto(p, upper, near, one).ln(),
        ):
            assert abs(same / exact - 1) < Decimal("1e-28")
        law = families.law("gamma", {"shape": 2.0, "mean": 2.0})
        x = correct.gamma(p, upper, Decimal(float((law.isf if upper else law.ppf)(np.array([float(p)]))[0])), two)
        above = (1 + x) * (-x).exp()
        assert abs((above if upper else 1 - above) / p - 1) < Decimal("1e-26")
        # the square of a normal value is twice a gamma one of shape 1/2
        z = correct.lognormal(p / 2, True, one, one).ln()
        squared = correct.gamma(p, True, Decimal(float(z * z / 2)), half)
        assert abs(2 * squared / (z * z) - 1) < Decimal("1e-26")
        assert abs(correct.lognormal(p / 2, False, one, one).ln() + z) < Decimal("1e-50")


@pytest.mark.parametrize("law", large_tables.LAWS, ids=lambda law: f"{law.name} {law.parameters}")
def test_floats_are_nearer_than_the_doubt(law):
    """What floats say is beyond doubt is so: their error is a quarter of what counts as doubtful."""
    at = knot_positions(5)[::29]
    for upper, values in ((False, law.law.ppf(at)), (True, law.law.isf(at))):
        for p, value in zip(at.tolist(), values.tolist(), strict=True):
            if 0.25 < value < table.LARGEST:
                assert abs(law.law.correct(p, upper, value) / value - 1) < table._DOUBT / 4


def test_knots_are_the_quantiles_rounded():
    """A table of years: each knot but the median's has 36 digits and is the nearest such to the exact quantile."""
    law = families.law("exponential", {"mean": 1e17})
    quantile = compile(large_tables.Named("ns", "exponential", (("mean", 1e17),)))
    bits = int(quantile.bits[0])
    at, knots = knot_positions(bits)[:-1], quantile.knots.tolist()
    for upper, side in ((False, knots[: len(at)]), (True, knots[len(at) + 1 : -1])):
        with localcontext(prec=60):
            for p, knot in list(zip(at.tolist(), side, strict=True))[1::7]:
                exact = Decimal(10) ** 17 * correct.exponential(Decimal(p), upper, Decimal(1))
                unit = 1 << max(knot.bit_length() - 36, 0)
                assert knot % unit == 0 and abs(exact - knot) <= unit / 2 + 1
    assert law.correct(0.5, False, 6.9e16) == float(Decimal("1e17") * Decimal(2).ln())
