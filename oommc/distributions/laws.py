"""The distributions a scenario can hold, each in whole units (ns or pages), equal if they mean the same.

Every one compiles itself once, on first use, to its `Quantile`; mean, median and maximum are those of what
will be drawn. `to_toml` gives the value that reads back to an equal distribution: values in full, so that a
scenario written out depends on no other file.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from oommc.distributions import families, table
from oommc.distributions.mixing import Mixed
from oommc.distributions.quantile import Quantile
from oommc.errors import InputError
from oommc.units import UNITS

MAX_ATOMS = 20_000
"""A discrete law of scipy.stats may have so many values that matter."""
_FORGOTTEN = 1e-9  # the probability of all its other values


@dataclass(frozen=True)
class Distribution:
    """A distribution of times ("ns") or sizes ("pages"); whole values from 0."""

    unit: str

    @cached_property
    def quantile(self) -> Quantile:
        """Its quantile function in integers. Raises InputError if it has none that a table follows."""
        return _shared(self)

    def mean(self) -> float:
        """The mean of what is drawn."""
        return self.quantile.mean()

    def median(self) -> int:
        """The median of what is drawn."""
        return self.quantile.median()

    def maximum(self) -> int:
        """The largest value that can be drawn."""
        return self.quantile.maximum()

    def to_toml(self) -> Any:
        """What `read` turns into an equal distribution."""
        raise NotImplementedError

    def _compiled(self) -> Quantile:
        raise NotImplementedError

    def _law(self) -> Any:
        """ppf, isf, cdf, sf of arrays of floats, for a mixture."""
        raise InputError("it can't be a part of a mixture")

    def _breaks(self) -> list[float]:
        """Where its cdf jumps or its support ends."""
        return []


@lru_cache(maxsize=256)
def _shared(law: Distribution) -> Quantile:
    """Equal laws share theirs: a scenario with one value changed has one new law."""
    with np.errstate(all="ignore"):
        return law._compiled()


@dataclass(frozen=True)
class Constant(Distribution):
    """Always `value`."""

    value: int

    def to_toml(self) -> str:
        return UNITS[self.unit].format(self.value)

    def _compiled(self) -> Quantile:
        return table.constant(self.value)

    def _law(self) -> Any:
        return Discrete(self.unit, (self.value,), (1,))._law()

    def _breaks(self) -> list[float]:
        return [self.value]


@dataclass(frozen=True)
class Uniform(Distribution):
    """Every whole value from `low` to `high`."""

    low: int
    high: int

    def to_toml(self) -> dict[str, Any]:
        text = UNITS[self.unit].format
        return {"dist": "uniform", "low": text(self.low), "high": text(self.high)}

    def _compiled(self) -> Quantile:
        return table.uniform(self.low, self.high)

    def _law(self) -> Any:
        return families.law("scipy.uniform", {"loc": float(self.low), "scale": float(self.high - self.low)})

    def _breaks(self) -> list[float]:
        return [self.low, self.high]


@dataclass(frozen=True)
class Discrete(Distribution):
    """Ascending `values` with probabilities in proportion to `weights`; a column of data too."""

    values: tuple[int, ...]
    weights: tuple[float, ...]

    def to_toml(self) -> dict[str, Any]:
        text = UNITS[self.unit].format
        return {"dist": "discrete", "values": [text(v) for v in self.values], "weights": list(self.weights)}

    def _compiled(self) -> Quantile:
        return table.steps(self.values, self.weights)

    def _law(self) -> Any:
        return _Steps(np.array(self.values, float), np.array(self.weights, float))

    def _breaks(self) -> list[float]:
        return list(self.values)


@dataclass(frozen=True)
class Named(Distribution):
    """One of `families.FAMILIES` or a `scipy.NAME`, with its parameters as floats in the unit, in order."""

    name: str
    parameters: tuple[tuple[str, float], ...]

    def to_toml(self) -> dict[str, Any]:
        text = UNITS[self.unit].format_real
        quantities = families.quantities(self.name)
        return {"dist": self.name} | {k: text(v) if k in quantities else v for k, v in self.parameters}

    @cached_property
    def law(self) -> families.Law:
        """Its law of scipy.stats, in the unit."""
        return families.law(self.name, dict(self.parameters))

    @property
    def _atoms(self) -> Discrete | None:
        """The same as values and weights, where the law is discrete."""
        standard = self.law.standard
        if not hasattr(standard, "pmf"):
            return None
        first = float(standard.ppf(_FORGOTTEN / 4))
        k = first + np.arange(MAX_ATOMS)
        k = k[k <= standard.support()[1]]
        weights = standard.pmf(k)
        if not 1 - weights.sum() <= _FORGOTTEN:
            raise InputError(f"it has more than {MAX_ATOMS} values that matter: a continuous distribution would do")
        values = np.rint(np.minimum(self.law.loc + self.law.scale * k, table.LARGEST)).astype(np.int64)
        return Discrete(self.unit, tuple(values.tolist()), tuple(weights.tolist()))

    def _compiled(self) -> Quantile:
        atoms = self._atoms
        return atoms.quantile if atoms else table.tabulate(self.law.ppf, self.law.isf, correct=self.law.correct)

    def _law(self) -> Any:
        atoms = self._atoms
        return atoms._law() if atoms else self.law

    def _breaks(self) -> list[float]:
        atoms = self._atoms
        return atoms._breaks() if atoms else [end for end in self.law.support if np.isfinite(end)]


@dataclass(frozen=True)
class Mixture(Distribution):
    """One of `parts`, with probabilities in proportion to their weights."""

    parts: tuple[tuple[float, Distribution], ...]

    def to_toml(self) -> dict[str, Any]:
        return {"dist": "mixture", "parts": [{"weight": w} | _as_table(part) for w, part in self.parts]}

    @cached_property
    def _mixed(self) -> Mixed:
        return Mixed([w for w, _ in self.parts], [part._law() for _, part in self.parts])

    def _compiled(self) -> Quantile:
        atoms, cuts = self._mixed.edges(self._breaks())
        return table.tabulate(self._mixed.ppf, self._mixed.isf, atoms, cuts)

    def _law(self) -> Any:
        return self._mixed

    def _breaks(self) -> list[float]:
        return sorted({x for _, part in self.parts for x in part._breaks()})


@dataclass(frozen=True)
class Compiled(Distribution):
    """A Python object without a name in scipy.stats, kept as its quantile function: one tuple an array."""

    arrays: tuple[tuple[int, ...], ...]

    def to_toml(self) -> dict[str, Any]:
        """Probabilities of 64 bits don't fit TOML's integers: segments stand as text."""
        *segments, knots = self.arrays
        rows = [" ".join(map(str, row)) for row in zip(*segments, strict=True)]
        return {"dist": "compiled", "segments": rows, "knots": list(knots)}

    def _compiled(self) -> Quantile:
        types = [np.uint64, np.uint64] + [np.int64] * 6
        return Quantile(*(np.array(array, dtype) for array, dtype in zip(self.arrays, types, strict=True)))


@dataclass(frozen=True, eq=False)
class _Steps:
    """The law of values and weights."""

    values: np.ndarray
    weights: np.ndarray

    def _at_most(self, x: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.values, x, side="right")

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return np.append(0.0, self.weights.cumsum() / self.weights.sum())[self._at_most(x)]

    def sf(self, x: np.ndarray) -> np.ndarray:
        above = np.append(self.weights[::-1].cumsum()[::-1], 0.0) / self.weights.sum()
        return above[self._at_most(x)]

    def ppf(self, p: np.ndarray) -> np.ndarray:
        below = self.weights.cumsum() / self.weights.sum()
        return self.values[np.minimum(np.searchsorted(below, p), len(self.values) - 1)]

    def isf(self, q: np.ndarray) -> np.ndarray:
        return self.ppf(1 - q)


def _as_table(part: Distribution) -> dict[str, Any]:
    written = part.to_toml()
    return written if isinstance(written, dict) else {"dist": "constant", "value": written}
