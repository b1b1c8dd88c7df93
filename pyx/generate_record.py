"""`record.pxd`: the struct of a record and the codes of its outcomes, from `oommc/columns.py`."""

from types import ModuleType


def record(columns: ModuleType) -> str:
    """The text of the file."""
    fields = "\n".join(f"    int64_t {column.name}" for column in columns.STORED)
    at_start = {column.name: columns.ABSENT if column.absent else 0 for column in columns.STORED}
    values = ", ".join(f"{name}={value}" for name, value in (at_start | {"schedule": "schedule"}).items())
    patiences = ", ".join(f"INT64_C({ns})" for ns in columns.PATIENCES.values())
    return f'''"""What one schedule has come to under one policy.

The NumPy dtype of the records is derived from this struct.
"""

from libc.stdint cimport int64_t

cdef enum Outcome:
    {", ".join(map(str.upper, columns.OUTCOMES))}

cdef enum:
    N_PATIENCES = {len(columns.PATIENCES)}

cdef extern from *:
    """static const int64_t oommc_patiences[] = {{{patiences}}};"""
    const int64_t *PATIENCES "oommc_patiences"  # ns, those of the columns {", ".join(columns.PATIENCES)}

cdef struct Record:
{fields}


cdef inline void empty_record(Record *r, int64_t schedule) noexcept nogil:
    """As it is before anything has happened."""
    r[0] = Record({values})
'''
