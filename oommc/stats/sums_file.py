"""A file of sums: JSON, packed by gzip, with a SHA-256 of its content.

Who reads one trusts nothing in it before it is checked: how much it unpacks to, its SHA-256, the kinds and lengths of
all it holds.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from oommc.collect.blocks import length
from oommc.collect.files import Unusable, read_regular, too_large
from oommc.collect.manifest import Manifest
from oommc.columns import OUTCOMES
from oommc.errors import InputError, RunError
from oommc.stats.moments import LAST, Bins, Moments
from oommc.stats.parts import Part, State
from oommc.stats.sketch import Sketch
from oommc.stats.tally import AFTER_RECOVERY, PairTally, PolicyTally, Tally

SCHEMA = 2
"""Of the file; before, no values were counted."""
_MIB = 1 << 20
_LARGEST = 2048 * _MIB


def encode(state: State, policies: Iterable[str], metrics: Sequence[str]) -> bytes:
    """The file of sums of these policies."""
    data = _plain(state) | {"blocks": f"{state.blocks:x}", "policies": sorted(policies), "metrics": list(metrics)}
    data["schema"] = SCHEMA
    text = json.dumps(data | {"sha256": _digest(data)}, sort_keys=True).encode()
    if len(text) > _LARGEST:
        raise RunError(
            "sums of so many policies take more room than any reader gives them; keep records, or name fewer at once"
        )
    return gzip.compress(text, 6, mtime=0)


def read(path: Path, metrics: Sequence[str], manifest: Manifest) -> tuple[frozenset, State]:
    """A file's set of policies and its content. InputError if it is damaged, adds up others than `metrics`, or goes
    beyond `manifest`.
    """
    try:
        data = json.loads(_unpacked(path, _most_bytes(manifest)))
        digest = data.pop("sha256", None)
        if digest is None and data.keys() == {"blocks", "key", "metrics", "policies", "short", "whole"}:
            raise Unusable(f"{path}: sums without a SHA-256, of an older version of oommc")
        if digest != _digest(data):
            raise ValueError("its SHA-256")
        if data["metrics"] != list(metrics) or data.get("schema") != SCHEMA:
            raise Unusable(f"{path}: sums of another version of oommc")
        return _Content(data["policies"], len(metrics), manifest).state(data)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, zlib.error) as error:
        raise Unusable(f"{path}: damaged, not whole sums") from error


def _digest(data: dict) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _most_bytes(manifest: Manifest) -> int:
    """More than the sums of all policies of a run can have: a bit a block, bins of time a policy, moments a pair."""
    count, blocks = len(manifest.policies), manifest.schedules // manifest.block
    return min(blocks // 4 + 16 * _MIB + 8 * _MIB * count + _MIB // 2 * count**2, _LARGEST)


def _unpacked(path: Path, most: int) -> bytes:
    packed = zlib.decompressobj(wbits=31)  # gzip's
    data = packed.decompress(read_regular(path, most), most + 1)
    if len(data) > most:
        raise too_large(path, most)
    if not packed.eof or packed.unused_data:
        raise ValueError("cut, or with something behind it")
    return data


def _plain(value):
    """Anything of a state as JSON; a pair's two names become a list of (name, name, tally)."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict) and any(isinstance(key, tuple) for key in value):
        return [[*pair, _plain(of)] for pair, of in value.items()]
    if isinstance(value, dict):
        return {str(key): _plain(of) for key, of in value.items()}
    if isinstance(value, tuple):
        return [_plain(of) for of in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(of) for name, of in vars(value).items()}
    return value


class _Content:
    """What the sums of `policies` hold, from JSON. ValueError, KeyError, TypeError or AttributeError for what isn't
    of the right kind.
    """

    def __init__(self, policies: list[str], metrics: int, manifest: Manifest):
        self._policies, self._metrics, self._manifest = frozenset(policies), metrics, manifest

    def state(self, data: dict) -> tuple[frozenset, State]:
        size, schedules = self._manifest.block, self._manifest.schedules
        blocks, count = int(data["blocks"], 16), -(-schedules // size)
        _demand(blocks >= 0 and blocks.bit_length() <= count and isinstance(data["key"], str))
        whole = self._part(data["whole"])
        last = blocks >> (
            count - 1
        )  # whole blocks have `size` schedules, and those of a last one that is shorter stand in `short`
        _demand(whole.rows == blocks.bit_count() * size and (not last or length(count - 1, size, schedules) == size))
        short = {int(n): self._part(part) for n, part in data["short"].items()}
        _demand(all(0 <= n < count and 0 < of.rows <= length(n, size, schedules) for n, of in short.items()))
        _demand(not any(blocks >> n & 1 for n in short))
        return self._policies, State(data["key"], blocks, whole, short)

    def _part(self, data: dict) -> Part:
        rows, tally = _count(data["rows"]), data["tally"]
        policies = {name: self._policy(of, rows) for name, of in tally["policies"].items()}
        pairs, recovered = (
            {(a, b): self._pair(of, metrics) for a, b, of in tally[kind]}
            for kind, metrics in (("pairs", self._metrics), ("recovered", len(AFTER_RECOVERY)))
        )
        sketches = {name: _sketch(of, rows) for name, of in data["sketches"].items()}
        there = self._policies if rows else frozenset()
        wanted = len(there) * (len(there) - 1) // 2
        _demand(policies.keys() == there == sketches.keys())
        _demand(all(len({frozenset(pair) for pair in of}) == len(of) == wanted for of in (pairs, recovered)))
        _demand(all(a != b and {a, b} <= there for of in (pairs, recovered) for a, b in of))
        _demand(all(pair.difference.n == rows for pair in pairs.values()))
        _demand(all(pair.difference.n <= rows for pair in recovered.values()))
        return Part(rows, Tally(policies, pairs, recovered), sketches)

    def _policy(self, data: dict, rows: int) -> PolicyTally:
        of = PolicyTally(
            _moments(data["moments"], self._metrics), _counts(data["outcomes"], len(OUTCOMES)), _count(data["cut"])
        )
        _demand(of.moments.n == rows == of.outcomes.sum() and of.cut <= rows)
        return of

    def _pair(self, data: dict, metrics: int) -> PairTally:
        a, b = (_moments(data[name], metrics, counted=False) for name in ("a", "b"))
        difference = _moments(data["difference"], metrics)
        less, more = (_counts(data[name], metrics) for name in ("less", "more"))
        n = a.n
        _demand(b.n == difference.n == n and bool((less + more <= n).all()))
        return PairTally(a, b, difference, less, more)


def _moments(data: dict, metrics: int, counted: bool = True) -> Moments:
    """`counted`: whether values are."""
    total, squares, low, high = (_wholes(data[name], metrics) for name in ("total", "squares", "low", "high"))
    n = _count(data["n"])
    _demand(all(n * b >= a * a for a, b in zip(total, squares, strict=True)))
    bins = tuple(_bins(of, n) for of in data["bins"])
    _demand(len(bins) == (metrics if counted else 0))
    exact, ends = np.array([total, squares], object), np.array([low, high], np.int64)
    return Moments(n, exact[0], exact[1], ends[0], ends[1], bins)


def _bins(data: dict, n: int) -> Bins:
    bins = {int(at): _count(count) for at, count in data.items()}
    _demand(all(abs(at) <= LAST for at in bins) and sum(bins.values()) == n)
    return bins


def _sketch(data: dict, rows: int) -> Sketch:
    size = len(data["low"])
    sketch = Sketch(*(_counts(data[name], size) for name in Sketch.__dataclass_fields__))
    _demand(bool((np.diff(sketch.low) > 0).all()) and sketch.recovered.sum() + sketch.censored.sum() <= rows)
    return sketch


def _counts(values: list, size: int) -> np.ndarray:
    counts = _wholes(values, size)
    _demand(all(0 <= count <= 1 << 53 for count in counts))
    return np.array(counts, np.int64)


def _wholes(values: list, size: int) -> list[int]:
    _demand(isinstance(values, list) and len(values) == size and all(type(value) is int for value in values))
    return values


def _count(value: int) -> int:
    _demand(type(value) is int and value >= 0)
    return value


def _demand(holds: bool) -> None:
    if not holds:
        raise ValueError("not sums")
