"""One block's records as Parquet bytes and back.

The columns are those of `oommc.columns`, the policy's name and the outcome in words. A file carries a checksum of all
its bytes and what it is the records of, so that damage and misplacement show.
"""

import hashlib
import io
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from oommc.columns import BUT_FOR, OUTCOMES, metrics, names

COLUMNS = names()
"""Names of a record's columns, in the order in which files and tables have them."""

METRICS = metrics(COLUMNS)
"""The counting columns: METRIC of `summary.json`. Counts, pages or ns; a sum over schedules has a meaning."""

_CHECKSUM = b"oommc.checksum"
_LABEL = b"oommc.block"
_BLANK = b"0" * 64  # where the checksum goes; it is that of the file with these in its place


def encode(records: Mapping[str, np.ndarray], policy: str, label: str = "") -> bytes:
    """The Parquet file of `records` (int64 of shape (rows,) by column of RECORD, and maybe BUT_FOR): zstd, words as
    dictionaries, integers as differences, which takes half the time of dictionaries and three quarters of the room.

    `label` and a SHA-256 of the file stand in its key-value metadata.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    # not by `pa.array`, which loads pandas to see whether it is given an array of its kind
    def array(kind, length, *buffers):
        return pa.Array.from_buffers(kind, length, [None, *map(pa.py_buffer, buffers)])

    def words(codes, spelled):
        known = [word.encode() for word in spelled]
        ends = np.cumsum([0, *map(len, known)], dtype=np.int32)
        return pa.DictionaryArray.from_arrays(
            array(pa.int32(), len(codes), codes.astype(np.int32)), array(pa.string(), len(known), ends, b"".join(known))
        )

    def column(name):
        if name == "policy":
            return words(np.zeros(rows), [policy])
        if name == "outcome":
            return words(records[name], OUTCOMES)
        return array(pa.int64(), rows, np.ascontiguousarray(records[name]))

    rows = len(records["schedule"])
    buffer = io.BytesIO()
    table = pa.table({name: column(name) for name in names(BUT_FOR in records)})
    integers = dict.fromkeys((field.name for field in table.schema if field.type == pa.int64()), "DELTA_BINARY_PACKED")
    spoken = [name for name in table.column_names if name not in integers]
    with pq.ParquetWriter(
        buffer, table.schema, compression="zstd", use_dictionary=spoken, column_encoding=integers
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({_LABEL.decode(): label, _CHECKSUM.decode(): _BLANK.decode()})
    data = bytearray(buffer.getvalue())
    place = _place(data)
    data[place] = hashlib.sha256(data).hexdigest().encode()
    return bytes(data)


def whole(data: bytes) -> bool:
    """Whether a file's bytes are those that `encode` made."""
    place = _place(data)
    blank = hashlib.sha256(data[: place.start])
    blank.update(_BLANK + data[place.stop :])
    return bytes(data[place]) == blank.hexdigest().encode()


def opened(data: bytes):
    """The Parquet file in bytes that are `whole`. ValueError if they are none."""
    import pyarrow as pa

    return footed(pa.BufferReader(data))


def footed(file):
    """The Parquet file in a file of Python's or of Arrow's, of which only the footer is read. ValueError if it is
    none.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise ValueError("not a Parquet file") from error


def label(file) -> str:
    """What a Parquet file says it is the records of."""
    return (file.metadata.metadata or {}).get(_LABEL, b"").decode(errors="replace")


def most_bytes(rows: int, names: Collection[str]) -> int:
    """More than the file of so many rows of these columns can have, packed or unpacked: encoding adds to 8 bytes
    little.
    """
    return 16 * rows * len(names) + (1 << 20)


def has_form(file, names: Sequence[str], most: int) -> bool:
    """Whether a Parquet file's footer promises columns as `encode` makes them, of these names and with `most` rows at
    most.
    """
    import pyarrow as pa

    meta, words = file.metadata, pa.dictionary(pa.int32(), pa.string())
    schema = file.schema_arrow
    return (
        0 < meta.num_rows <= most
        and meta.num_row_groups == 1
        and meta.row_group(0).total_byte_size <= most_bytes(most, names)
        and schema.names == list(names)
        and all(field.type == (words if field.name in ("policy", "outcome") else pa.int64()) for field in schema)
    )


def read(file, names: Sequence[str] | None):
    """The Arrow table of all columns of a file that `has_form`, or of those named. ValueError if it breaks its
    footer's promise.
    """
    import pyarrow as pa

    try:
        table = file.read(names).unify_dictionaries()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise ValueError("not what its footer says") from error
    if table.num_rows != file.metadata.num_rows or any(column.null_count for column in table.columns):
        raise ValueError("records with gaps")
    if "outcome" in table.column_names and not set(OUTCOMES).issuperset(words(table, "outcome")):
        raise ValueError("an unknown outcome")
    return table


def words(table, name: str) -> list[str]:
    """The words that a column of words has."""
    return table[name].chunk(0).dictionary.to_pylist()


def _place(data: bytes | bytearray) -> slice:
    """Where the checksum stands: behind its name and two bytes of Thrift (a field's head, a length of 64)."""
    first = max(data.rfind(_CHECKSUM), 0) + len(_CHECKSUM) + 2
    return slice(first, first + len(_BLANK))


def decode(table) -> dict[str, np.ndarray]:
    """An Arrow table's columns as int64 arrays of shape (rows,); an outcome is its place in `OUTCOMES`."""

    def numbers(column, kind):
        # not by `to_numpy`, which loads pandas
        kind = np.dtype(kind)
        return np.ndarray(len(column), kind, column.buffers()[1], column.offset * kind.itemsize)

    def values(name):
        column = table[name].combine_chunks()
        if name != "outcome":
            return numbers(column, np.int64)
        # a file's dictionary holds only the words that occur, in order of appearance
        codes = np.array([OUTCOMES.index(word) for word in column.dictionary.to_pylist()], np.int64)
        return codes[numbers(column.indices, np.int32)]

    return {name: values(name) for name in table.column_names if name != "policy"}
