"""One block's records as Parquet bytes and back.

The columns are those of the core's struct (`oommc.engine.RECORD`), with the policy's name as a second one
and the outcome in words.
"""

import io

import numpy as np

from oommc.engine import OUTCOMES, RECORD

COLUMNS = ("schedule", "policy", *(name for name in RECORD.names if name != "schedule"))
"""Names of a record's columns, in the order in which files and tables have them."""

METRICS = tuple(
    name
    for name in RECORD.names
    if name not in ("schedule", "outcome", "first_oom_ns", "ttr_ns", "censored", "end_ns", "cut")
)
"""The counting columns: METRIC of `summary.json`. Counts, pages or ns; a sum over schedules has a meaning."""


def encode(records: np.ndarray, policy: str) -> bytes:
    """The Parquet file of `records` (shape (rows,), dtype RECORD): zstd, names as dictionaries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(name):
        if name == "policy":
            return pa.DictionaryArray.from_arrays(np.zeros(len(records), np.int32), [policy])
        values = np.ascontiguousarray(records[name])
        if name == "outcome":
            return pa.DictionaryArray.from_arrays(values.astype(np.int32), list(OUTCOMES))
        return pa.array(values, pa.int64())

    buffer = io.BytesIO()
    pq.write_table(pa.table({name: column(name) for name in COLUMNS}), buffer, compression="zstd")
    return buffer.getvalue()


def decode(table) -> dict[str, np.ndarray]:
    """An Arrow table's columns as int64 arrays of shape (rows,); an outcome is its place in `OUTCOMES`."""

    def values(name):
        column = table[name].combine_chunks()
        if name != "outcome":
            return column.to_numpy()
        # a file's dictionary holds only the words that occur, in order of appearance
        codes = np.array([OUTCOMES.index(word) for word in column.dictionary.to_pylist()], np.int64)
        return codes[column.indices.to_numpy()]

    return {name: values(name) for name in table.column_names if name != "policy"}
