"""Arithmetic that gives the same digits whatever the processor, and however many threads a library has.

`@` is BLAS's, which cuts long sums by the number of its threads. NumPy's logarithm has another last digit on a
processor with AVX-512. NumPy's sum has one order, and SciPy's functions take one value at a time.
"""

import numpy as np


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sum over the last axis of a·b, of shapes that fit together."""
    return (a * b).sum(axis=-1)


def of_all_pairs(rows: np.ndarray) -> np.ndarray:
    """`dot` of each row with each: shape (n, n) from (n, columns)."""
    return np.array([dot(rows, row) for row in rows])


def log(x: np.ndarray) -> np.ndarray:
    """The natural logarithm."""
    from scipy.special import xlogy  # late: whoever only adds up needs no SciPy

    return xlogy(1.0, x)
