"""`keys.pxi`: the structs that hold a scenario's keys, and what the engine computes of them."""

from collections.abc import Mapping


def structs(max_nodes: int, described: Mapping) -> str:
    """The text of the file. `described`: `oommc.engine.layout.STRUCTS`."""
    parts = [f"cdef enum:\n    MAX_NODES = {max_nodes}\n"]
    for struct in described.values():
        fields = [f"    int64_t {taken.name}  # {taken.path}: {taken.meaning}" for taken in struct.taken()]
        for name, function in struct.computed.functions.items():
            length = struct.computed.lengths.get(name)
            fields.append(f"    int64_t {name}{f'[{length}]' if length else ''}  # {function.__doc__}")
        parts.append("\n".join([f"cdef struct {struct.name}:", *fields, ""]))
    return "\n".join(parts)
