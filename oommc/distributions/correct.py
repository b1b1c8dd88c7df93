"""Quantiles of the named families to forty digits, for the knots of tables that a float can't decide.

Python's `decimal` is integer arithmetic: it gives the same digits on every processor, and its `exp` and `ln` are
rounded correctly. Laws that no closed form inverts are solved by one step of Newton's from the float, which squares its
error.
"""

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from functools import lru_cache

_CONTEXT = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")
_ENOUGH = Decimal(10) ** -50

Standard = Callable[..., Decimal]
"""(probability, upper, near, *shapes): the value that the share `probability` lies below, or with `upper` above; `near`
is that value as a float.
"""


def quantile(standard: Standard, probability: float, upper: bool, near: float, scale: float, *shapes: float) -> float:
    """The float nearest to `scale` times a standard quantile; `near` > 0 is what floats gave for it."""
    with localcontext(_CONTEXT):
        at, *exact = map(Decimal, (near / scale, *shapes))
        return float(Decimal(scale) * standard(Decimal(probability), upper, at, *exact))


def exponential(p: Decimal, upper: bool, near: Decimal) -> Decimal:
    return -(p if upper else 1 - p).ln()


def weibull(p: Decimal, upper: bool, near: Decimal, c: Decimal) -> Decimal:
    return (exponential(p, upper, near).ln() / c).exp()


def pareto(p: Decimal, upper: bool, near: Decimal, b: Decimal) -> Decimal:
    return (exponential(p, upper, near) / b).exp()


def lognormal(p: Decimal, upper: bool, near: Decimal, s: Decimal) -> Decimal:
    if s == 0:
        return Decimal(1)
    return (s * (_normal(p) if upper else -_normal(p))).exp()


def gamma(p: Decimal, upper: bool, near: Decimal, a: Decimal) -> Decimal:
    whole = _gamma_function(a)
    density = (near.ln() * (a - 1) - near).exp() / whole
    below = density * near * _series(a, near)
    return near - (below - (1 - p if upper else p)) / density


@lru_cache(maxsize=1 << 12)
def _normal(p: Decimal) -> Decimal:
    """The value that a standard normal variable exceeds with probability p < 1."""
    from scipy.special import ndtri

    near = Decimal(-float(ndtri(float(p))))
    density = (-near * near / 2).exp() / (2 * _PI).sqrt()
    term = total = near  # G. Marsaglia, J. Statist. Software 11 (2004) issue 4
    n = 1
    while abs(term) > _ENOUGH:
        n += 2
        term *= near * near / n
        total += term
    return near + (Decimal("0.5") - density * total - p) / density


def _series(a: Decimal, x: Decimal) -> Decimal:
    """The lower incomplete gamma function over x^a·exp(-x): the sum of x^n / (a (a + 1) … (a + n))."""
    term = total = 1 / a
    while x > a or term > total * _ENOUGH:
        a += 1
        term *= x / a
        total += term
    return total


@lru_cache(maxsize=64)
def _gamma_function(a: Decimal) -> Decimal:
    """The incomplete one up to so large a value that nothing to speak of is left beyond."""
    most = 2 * a + 300
    return (most.ln() * a - most).exp() * _series(a, most)
