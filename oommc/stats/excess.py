"""Kills beyond the oracle's, schedule by schedule: a column of tables, computed where the oracle was in the run."""

from collections.abc import Mapping

import numpy as np

ORACLE = "oracle"
COLUMN = "excess"
NEEDS = ("kills", "first_oom_ns", "censored")
"""The columns of a record that it follows from."""


def excess(mine: dict[str, np.ndarray], oracle: dict[str, np.ndarray]) -> np.ma.MaskedArray:
    """Kills minus the oracle's in one block's rows, int64, masked where not both recovered.

    Blocks begin with the same schedule; where the oracle's is shorter, nothing is known of the rest.
    """
    n = min(len(mine["kills"]), len(oracle["kills"]))
    difference = np.ma.masked_all(len(mine["kills"]), np.int64)
    both = recovered(mine)[:n] & recovered(oracle)[:n]
    difference[:n] = np.ma.array(mine["kills"][:n] - oracle["kills"][:n], mask=~both)
    return difference


def recovered(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """In which rows there was an OOM, and an end of it within the horizon."""
    return (columns["first_oom_ns"] >= 0) & (columns["censored"] == 0)
