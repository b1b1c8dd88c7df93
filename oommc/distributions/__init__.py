"""What is drawn: a distribution of times or sizes, and its compiled quantile function."""

from oommc.distributions.laws import Constant, Distribution
from oommc.distributions.quantile import CONSTANT, OCTAVES, TABLE, UNIFORM, Quantile
from oommc.distributions.read import read


def compile(distribution: Distribution) -> Quantile:
    """The quantile function that the core evaluates; made once for each distribution object. Raises
    InputError.
    """
    return distribution.quantile


__all__ = [
    "CONSTANT",
    "OCTAVES",
    "TABLE",
    "UNIFORM",
    "Constant",
    "Distribution",
    "Quantile",
    "compile",
    "read",
]
