"""Arithmetic that gives the same digits whatever the processor, and however many threads a library has.

`@` is BLAS's, which cuts long sums by the number of its threads. NumPy's sum has one order. NumPy's logarithm has
another last digit on a processor with AVX-512. SciPy's functions take one value at a time, so `bounded` takes theirs.
"""

import numpy as np


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sum over the last axis of a·b, of shapes that fit together."""
    return (a * b).sum(axis=-1)


def of_all_pairs(rows: np.ndarray) -> np.ndarray:
    """`dot` of each row with each: shape (n, n) from (n, columns)."""
    return np.array([dot(rows, row) for row in rows])
