"""A block's records as Parquet and back."""

import io

import numpy as np
import pyarrow.parquet as pq
import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as st

from oommc import columns
from oommc.collect import records
from oommc.engine import OUTCOMES, RECORD

PROMISED = [
    "schedule",
    "policy",
    "outcome",
    "kills",
    "unnecessary",
    "stale",
    "impatient",
    "blind",
    "needless",
    "premature",
    "collateral",
    "preventive",
    "duplicates",
    "first_oom_ns",
    "ttr_ns",
    "censored",
    "outage_ns",
    "episodes",
    "daemon_stall_ns",
    "daemon_stall_max_ns",
    "lost_pages",
    "lost_cpu_ns",
    "spin_ns",
    "oom_calls",
    "refused",
    "aborted",
    "cancelled",
    "reaped",
    "end_ns",
    "cut",
]


def test_promised_columns_stay_in_their_order():
    """More may come; these are what users' scripts read."""
    assert [name for name in records.COLUMNS if name in PROMISED] == PROMISED


def test_the_core_writes_the_columns_of_the_table():
    assert RECORD.names == tuple(column.name for column in columns.STORED)
    assert {str(RECORD[name]) for name in RECORD.names} == {"int64"}


def test_file_holds_names_in_words_and_the_rest_as_int64():
    block = synthetic.block("s", "patched", 1, 0, 500)
    table = pq.read_table(io.BytesIO(records.encode(synthetic.columns(block), "patched")))
    assert table.column_names == list(records.COLUMNS)
    assert set(table["policy"].to_pylist()) == {"patched"}
    assert table["outcome"].to_pylist() == [OUTCOMES[code] for code in block["outcome"]]
    assert {str(table.schema.field(n).type) for n in records.COLUMNS if n not in ("policy", "outcome")} == {"int64"}


def test_round_trip_of_every_field():
    rng = np.random.default_rng(1)
    block = np.zeros(300, RECORD)
    for name in RECORD.names:
        block[name] = rng.integers(-(2**62), 2**62, 300)
    block["outcome"] = rng.integers(0, len(OUTCOMES), 300)
    back = synthetic.reader({("s", "p", 0): block}).block("s", "p", 0, records.COLUMNS)
    for name in RECORD.names:
        np.testing.assert_array_equal(back[name], block[name], err_msg=name)


FILE = records.encode(synthetic.columns(synthetic.block("s", "p", 1, 0, 50)), "p", "label/3")


def test_a_file_knows_what_it_is_and_that_it_is_whole():
    assert records.whole(FILE) and records.label(records.opened(FILE)) == "label/3"
    assert records.encode(synthetic.columns(synthetic.block("s", "p", 1, 0, 50)), "p", "label/3") == FILE


@given(at=st.integers(0, len(FILE) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_is_seen(at, bit):
    damaged = bytearray(FILE)
    damaged[at] ^= 1 << bit
    assert not records.whole(bytes(damaged))


@pytest.mark.parametrize("data", [b"", b"PAR1", FILE[:-1], FILE[: len(FILE) // 2], FILE + b"0", bytes(len(FILE))])
def test_what_is_cut_or_something_else_is_not_whole(data):
    assert not records.whole(data)
