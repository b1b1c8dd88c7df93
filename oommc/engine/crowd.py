"""Crowds: the processes that only sleep, whom the core leaves alone until somebody kills one (`pyx/crowd.pxd`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..distributions import Quantile

FEW = 8
"""Fewer in a row of the task list aren't worth it."""


def alike(
    mms: Sequence[Mapping], processes: Sequence[Mapping], classes: Sequence[Mapping], quantiles: Sequence[Quantile]
) -> list[int]:
    """For each mm how many from it on sleep and are of one class; 0 for one that doesn't sleep."""
    owners = [processes[mm["owner"]] for mm in mms]
    crowds = [
        owner["cls"] if _sleeps(mm, owner, classes[owner["cls"]], quantiles) else None
        for mm, owner in zip(mms, owners, strict=True)
    ]
    numbers: list[int] = []
    for sleep, group in groupby(crowds, key=lambda cls: cls is not None):
        row = list(group)
        if not sleep or len(row) < FEW:
            numbers += [0] * len(row)
            continue
        for _, crowd in groupby(row):
            numbers += range(len(list(crowd)), 0, -1)
    return numbers


def constant(quantile: Quantile) -> bool:
    """Whether the same value is always drawn."""
    return quantile.minimum() == quantile.maximum()


def _sleeps(mm: Mapping, process: Mapping, cls: Mapping, quantiles: Sequence[Quantile]) -> bool:
    """Nothing but a kill can happen to it, and at the start of every schedule it is as it was at the last one's."""
    asks = cls["work_chunk_max"] or cls["core_dump_chunk_max"]
    return (
        cls["idle"]
        and mm["users"] == 1
        and process["eldest"] < 0
        and not (cls["swapoff"] or asks)
        and constant(quantiles[cls["rss"]])
    )
