"""Tables as CSV that a spreadsheet doesn't run."""

import io
from typing import Any

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(frame: Any) -> str:
    """A pandas frame, a line a row below the columns' names.

    Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    file = io.StringIO()
    frame = frame.apply(lambda column: column if _is_number(column) else column.map(_defused))
    frame.rename(columns=_defused).to_csv(file, index=False, lineterminator="\n")
    return file.getvalue()


def _is_number(column: Any) -> bool:
    return column.dtype.kind in "biuf"


def _defused(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell
