"""Where the verdict turns over two unknowns: a Gaussian process through the noisy cells of the map.

Each cell is a mean of a few schedules, whose variance is known. A Gaussian process with that variance beside its own
is stochastic kriging (Ankenman, Nelson & Staum, Oper. Res. 58 (2010) 371); scikit-learn fits it.
"""

import warnings
from typing import Any, NamedTuple

import numpy as np

from oommc.errors import InputError

_FINE = 33
"""Columns and rows of what is drawn."""
_RESTARTS = 2
_SURE = 1.959964
_FLOOR = 0.1  # of the middle variance: a cell whose schedules all agree isn't known for certain


class Turn(NamedTuple):
    """Where along a row the sign changes, in cells, and between what that surely (95 %, point by point) lies."""

    at: float
    low: float
    high: float


class Surface(NamedTuple):
    """`mean` and `error` of shape (rows, columns), at `up` and `across`, which count the map's cells from 0."""

    across: np.ndarray
    up: np.ndarray
    mean: np.ndarray
    error: np.ndarray


def surface(cells: np.ndarray, noise: np.ndarray, seed: int) -> Surface | None:
    """From the means of a map's cells and the variances of these means, both of shape (rows, columns).

    None where the cells don't differ. InputError without scikit-learn.
    """
    Regressor, kernels = _sklearn()
    rows, columns = cells.shape
    spread = float(cells.std())
    if spread == 0:
        return None
    known = noise[noise > 0]
    floor = _FLOOR * float(np.median(known)) if known.size else 1e-6 * spread**2
    at = np.array([(x, y) for y in np.linspace(0, 1, rows) for x in np.linspace(0, 1, columns)])
    kernel = kernels.ConstantKernel(1.0, (1e-3, 1e3)) * kernels.Matern([0.5, 0.5], (0.05, 20.0), nu=2.5)
    process = Regressor(
        kernel,
        alpha=np.maximum(noise, floor).ravel() / spread**2,
        n_restarts_optimizer=_RESTARTS,
        random_state=seed % 2**32,
    )
    across, up = np.linspace(0, 1, _FINE), np.linspace(0, 1, _FINE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a length at the end of what is allowed: a plane, or one unknown that is idle
        process.fit(at, (cells.ravel() - cells.mean()) / spread)
        mean, error = process.predict(np.array([(x, y) for y in up for x in across]), return_std=True)
    shape = (_FINE, _FINE)
    return Surface(
        across * (columns - 1),
        up * (rows - 1),
        (mean * spread + cells.mean()).reshape(shape),
        (error * spread).reshape(shape),
    )


def turns(found: Surface, row: float) -> list[Turn]:
    """Where along the row `row` of the map (counted from 0) the difference changes its sign, from the left."""
    mean, error = (np.array([np.interp(row, found.up, column) for column in of.T]) for of in (found.mean, found.error))
    sure = np.abs(mean) > _SURE * error
    told = []
    for i in np.flatnonzero((mean[:-1] < 0) != (mean[1:] < 0)):
        share = mean[i] / (mean[i] - mean[i + 1])
        before, after = np.flatnonzero(sure[: i + 1]), np.flatnonzero(sure[i + 1 :])
        low = found.across[before[-1]] if before.size else found.across[0]
        high = found.across[i + 1 + after[0]] if after.size else found.across[-1]
        told.append(Turn(float(np.interp(i + share, range(len(mean)), found.across)), float(low), float(high)))
    return told


def checked() -> None:
    """InputError without scikit-learn."""
    _sklearn()


def _sklearn() -> Any:
    try:
        from sklearn.gaussian_process import GaussianProcessRegressor, kernels
    except ImportError:
        raise InputError("turn: needs scikit-learn: pip install 'oommc[turn]'") from None
    return GaussianProcessRegressor, kernels
