"""Records that look like the engine's, made in microseconds: for tests of what comes after the engine.

Like the engine's they are a function of (seed, schedule, policy) alone.
"""

import zlib

import numpy as np

from oommc.collect import records
from oommc.collect.manifest import Manifest
from oommc.collect.store import Memory
from oommc.engine import BUT_FOR, OUTCOMES, RECORD

HORIZON_NS = 30_000_000_000


def _uniform(seed: int, schedule: np.ndarray, purpose: str) -> np.ndarray:
    """SplitMix64 of (seed, schedule, purpose), in [0, 1)."""
    z = schedule.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64((seed * 0xD1342543DE82EF95 + zlib.crc32(purpose.encode()) * 0xA24BAED4963EE407) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


def block(scenario: str, policy: str, seed: int, first: int, count: int) -> np.ndarray:
    """Records of schedules first … first + count − 1: structured, shape (count,)."""
    schedule = np.arange(first, first + count)
    common, own = (_uniform(seed, schedule, scenario + purpose) for purpose in ("", policy))
    wrong = {"baseline": 0.4, "serialize-v1": 0.15, "patched": 0.0}.get(policy, 0.1)
    records = np.zeros(count, RECORD)
    records["schedule"] = schedule
    oom = common < 0.97
    for kind, share in (("stale", 0.6), ("impatient", 0.3), ("blind", 0.1)):
        records[kind] = oom & (own < wrong * share)
        own = (own * 7919.0) % 1.0
    records["unnecessary"] = records["stale"] + records["impatient"] + records["blind"]
    records["needless"] = records["unnecessary"] * (own < 0.7)
    records["premature"] = records["stale"]
    records["kills"] = np.where(oom, 1 + records["unnecessary"], 0)
    records["collateral"] = records["needless"]
    records["lost_pages"] = records["kills"] * (1000 + (common * 1e6).astype(np.int64))
    records["daemon_stall_ns"] = (common * 5e9).astype(np.int64)
    ttr = (1e8 * np.exp(2.2 * common + own) * (1.0 + wrong)).astype(np.int64)
    records["censored"] = oom & (common > 0.95)
    records["ttr_ns"] = np.where(oom, np.where(records["censored"] != 0, HORIZON_NS - 10**9, ttr), -1)
    records["outage_ns"] = records["ttr_ns"].clip(min=0)
    records["first_oom_ns"] = np.where(oom, 10**9, -1)
    records["end_ns"] = HORIZON_NS
    ended = np.where(records["censored"] != 0, OUTCOMES.index("livelock"), OUTCOMES.index("recovered"))
    records["outcome"] = np.where(oom, ended, OUTCOMES.index("no_oom"))
    return records


def columns(records: np.ndarray) -> dict[str, np.ndarray]:
    """Structured records as stores take them."""
    return {name: records[name] for name in records.dtype.names}


def stored(
    blocks: dict[tuple[str, str, int], np.ndarray], size: int = 10_000, manifest: Manifest | None = None
) -> Memory:
    """A store of these records by (scenario, policy, number), as a run of `manifest` would have written them."""
    store, manifest = Memory(), manifest or manifest_of(blocks, size)
    for (scenario, policy, n), of in blocks.items():
        label = f"{manifest.label(scenario, policy)}/{n}"
        store.write(scenario, policy, n, records.encode(columns(of), policy, label))
    return store


def manifest_of(blocks: dict[tuple[str, str, int], np.ndarray], size: int = 10_000) -> Manifest:
    """That of a run of blocks of `size` schedules, its scenarios and policies without content."""
    scenarios, policies = ({key[at]: {} for key in blocks} for at in (0, 1))
    return Manifest(seed=1, block=size, schedules=10**9, scenarios=scenarios, policies=policies)


def reader(blocks: dict[tuple[str, str, int], np.ndarray], size: int = 10_000):
    """What readers get of such a store."""
    return stored(blocks, size).reader(manifest_of(blocks, size))


class Engine:
    """`oommc.engine.Engine` with these records."""

    def __init__(self, scenario, policies, seed, *, but_for=False):
        self.scenario, self.policies, self.seed, self.but_for = scenario, policies, seed, but_for

    def run(self, first: int, count: int) -> np.ndarray:
        records = np.stack([block(self.scenario.name, p.name, self.seed, first, count) for p in self.policies])
        if not self.but_for:
            return records
        more = np.empty(records.shape, [*RECORD.descr, (BUT_FOR, np.int64)])
        for name in RECORD.names:
            more[name] = records[name]
        more[BUT_FOR] = records["stale"]
        return more

    def stop(self) -> None:
        """These take no time."""

    def calls(self) -> list[tuple[int, int]]:
        """No victim functions are called here."""
        return []
