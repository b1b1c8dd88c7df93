"""What a table of mechanisms, or of knobs, is made of: a dataclass whose fields are described where they stand.

A table imports the standard library and this module only, for the core's build reads it too (`pyx/generate_policy.py`).
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OFF = -1
"""A percentage that no reading is at or below."""


@dataclass(frozen=True)
class Mechanism:
    """One mechanism, or one knob: what it decides, its default, and the values that it can take.

    `values` maps each value to its meaning, in the order of their codes. `kind` is "choice" (one of them), "set" (any
    of them), "count" (a whole number >= 1), "time" (ns; 0 is off), "percent" (OFF is off), "rate" (pages/s) or "size"
    (pages). `prefix` begins the names of the core's constants; without it the mechanism's own name does.
    """

    default: Any
    about: str
    values: Mapping[str, str]
    kind: str
    prefix: str

    @property
    def codes(self) -> dict[str, int]:
        """What each value is to the core: its place, or in a set a bit of its own."""
        return {value: 1 << place if self.kind == "set" else place for place, value in enumerate(self.values)}


def mechanism(
    default: Any, about: str, values: Mapping[str, str] | None = None, *, kind: str = "choice", prefix: str = ""
) -> Any:
    """A field of a table; see `Mechanism`. Mechanisms that share their values share the prefix, too."""
    described = Mechanism(default, about, values or {}, kind, prefix)
    return field(default=default, metadata={"mechanism": described})


def table(of: type) -> dict[str, Mechanism]:
    """The name and the description of each mechanism in a dataclass, in its order."""
    return {f.name: f.metadata["mechanism"] for f in dataclasses.fields(of) if "mechanism" in f.metadata}
