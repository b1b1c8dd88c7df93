"""Quantiles and tails that intervals and tests need, by `scipy.special`:
what `scipy.stats` computes, which takes half a second to load.
"""


def normal(probability: float) -> float:
    """The normal law's quantile."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def normal_p(z: float) -> float:
    """The probability of a normal value as far from 0 as `z`, or farther, either way."""
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(z)))


def student_p(t: float, freedom: int) -> float:
    """The probability of Student's t as far from 0 as `t`, or farther, either way."""
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -abs(t)))


def beta(x: float, a: float, b: float) -> float:
    """The probability that Beta(a, b) is at most `x`."""
    from scipy.special import betainc

    return float(betainc(a, b, x))
