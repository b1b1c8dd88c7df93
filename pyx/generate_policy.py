"""What a policy is to the core, from the tables of mechanisms and knobs: a struct, and a constant for each value."""

from collections.abc import Mapping

TEXT = '''"""What a policy is to the core: a value for every mechanism, and a killer in user space beside it.

Written by `pyx/generate_policy.py` from `oommc/policies/mechanisms.py` and `oommc/policies/knobs.py`. The dtypes of
the inputs are derived from these structs.
"""

from libc.stdint cimport int64_t
{constants}

cdef struct MonitorSpec:  # a killer in user space; percentages in hundredths, -1: off
    int64_t on
{knobs}

cdef struct PolicySpec:
{mechanisms}
    int64_t function  # address of the user's victim function, and of its data
    int64_t function_data
    MonitorSpec monitor
'''


def policy(mechanisms: Mapping, knobs: Mapping) -> str:
    """The text of `policy.pxd`. Raises ValueError if two mechanisms give one constant different codes."""
    enums: dict[str, dict[str, int]] = {}
    for name, mechanism in (mechanisms | knobs).items():
        codes = constants(name, mechanism)
        if enums.setdefault(mechanism.prefix or name, codes) != codes:
            raise ValueError(f"{name}: other values than those of {mechanism.prefix}")
    codes = [code for enum in enums.values() for code in enum.items()]
    if len(dict(codes)) < len(codes):
        raise ValueError("two mechanisms have a constant of one name")
    return TEXT.format(
        constants="".join(
            f"\ncdef enum:\n{_lines(f'{c} = {n}' for c, n in enum.items())}\n" for enum in enums.values() if enum
        ),
        knobs=_lines(f"int64_t {name}" for name in knobs),
        mechanisms=_lines(f"int64_t {name}" for name in mechanisms),
    )


def constants(name: str, mechanism) -> dict[str, int]:
    """MECHANISM_VALUE → its code; none for a number, nor for a mere no or yes, which are 0 and 1."""
    if set(mechanism.values) == {"no", "yes"}:
        if mechanism.codes["yes"] != 1:
            raise ValueError(f"{name}: no stands before yes")
        return {}
    return {f"{mechanism.prefix or name}_{value}".upper(): code for value, code in mechanism.codes.items()}


def _lines(lines) -> str:
    return "\n".join(f"    {line}" for line in lines)
