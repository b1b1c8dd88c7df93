"""Settings on the same schedules: the recommendation, and how often the recorded victim dies.

A setting is a policy in a scenario, and scenarios differ in `oom_score_adj` alone: random numbers are theirs in
common, so settings compare as policies do.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oommc import api
from oommc.advise.settings import Setting
from oommc.choice.advice import advise
from oommc.choice.criteria import DEFAULT, wishes
from oommc.collect.files import put
from oommc.collect.threads import default_workers
from oommc.scenario import Scenario

SEED = 1
PLACES = 16
_SEEN = ("outcome", "kills", "collateral", "downtime_ns", "outage_ns", "ttr_ns", "censored", "end_ns")
_PROBE, _LEAST, _MOST = 8, 20, 5_000
_SECONDS = 20.0


@dataclass(frozen=True)
class Runs:
    """What the settings gave in one scenario; a view that `oommc.choice` reads as a store, settings for policies."""

    scenario: Scenario
    found: dict[str, tuple[api.Result, str, str]]

    def rows(self, scenario: str, setting: str) -> dict[int, int]:
        return {0: len(self.block(scenario, setting, 0, ["schedule"])["schedule"])}

    def block(self, scenario: str, setting: str, n: int, columns: Sequence[str]) -> dict[str, np.ndarray]:
        result, variant, policy = self.found[setting]
        (block,) = result.blocks(variant, policy, columns)
        return block

    def advice(self, settings: Sequence[str]) -> dict:
        """The recommendation among these, as `Result.choose` gives it, with settings for policies."""
        return advise(self, self.scenario, settings, (), wishes(DEFAULT))

    def alike(self) -> dict[str, list[str]]:
        """The settings that differ from one another on some schedule, each with those that it is the same as on all."""
        found: dict[bytes, list[str]] = {}
        for setting in self.found:
            block = self.block(self.scenario.name, setting, 0, _SEEN)
            found.setdefault(b"".join(block[column].tobytes() for column in _SEEN), []).append(setting)
        return {first: rest for first, *rest in found.values()}

    def somebody_dies(self, setting: str) -> tuple[int, int]:
        """In how many schedules a process dies, and of how many."""
        block = self.block(self.scenario.name, setting, 0, ["kills"])
        return int((block["kills"] > 0).sum()), len(block["kills"])

    def hog_dies(self, setting: str) -> tuple[int, int]:
        """In how many schedules a process with the role of a hog dies, and of how many."""
        block = self.block(self.scenario.name, setting, 0, ["kills", "collateral"])
        return int((block["kills"] > block["collateral"]).sum()), len(block["kills"])


@dataclass(frozen=True)
class Pooled:
    """Several runs of the same settings taken together; such a view, too."""

    runs: Sequence[Runs]

    def rows(self, scenario: str, setting: str) -> dict[int, int]:
        return {0: sum(of.rows(scenario, setting)[0] for of in self.runs)}

    def block(self, scenario: str, setting: str, n: int, columns: Sequence[str]) -> dict[str, np.ndarray]:
        blocks = [of.block(scenario, setting, n, columns) for of in self.runs]
        return {column: np.concatenate([block[column] for block in blocks]) for column in columns}

    def advice(self, settings: Sequence[str]) -> dict:
        """As `Runs.advice`, of all their schedules."""
        return advise(self, self.runs[0].scenario, settings, (), wishes(DEFAULT))


def run(scenario: Scenario, settings: list[Setting], schedules: int, out: Path | None = None, seed: int = SEED) -> Runs:
    """All settings; `out` gets the scenarios as files and `run`, a result directory."""
    found: dict[str, tuple[api.Result, str, str]] = {}
    for variant in dict.fromkeys(setting.variant for setting in settings):
        own = [setting for setting in settings if setting.variant == variant]
        changed = own[0].applied(scenario)
        source: Scenario | Path = changed
        if out is not None:
            source = out / f"{changed.name}.toml"
            put(source, changed.to_toml().encode())
        policies = [setting.policy for setting in own]
        result = api.run(source, policies, schedules, seed, out=out and out / "run", block=max(_MOST, schedules))
        found |= {setting.name: (result, changed.name, setting.policy.name) for setting in own}
    return Runs(scenario, {setting.name: found[setting.name] for setting in settings})


def affordable(scenario: Scenario, settings: list[Setting], times: float) -> int:
    """How many schedules take about _SECONDS here, if each is run `times` times: 1, 2 or 5 of a power of ten.

    By processor time, so that what else the machine does counts little.
    """

    def cost(schedules: int) -> float:
        begin = time.process_time()
        run(scenario, settings, schedules)
        return time.process_time() - begin

    cost(1)  # the first time loads libraries
    each = max(1e-6, (cost(1 + _PROBE) - cost(1)) / _PROBE)
    most = _SECONDS * default_workers() / each / times
    steps = [digit * 10**power for power in range(1, 4) for digit in (1, 2, 5)]
    return max([n for n in steps if _LEAST <= n <= min(most, _MOST)], default=_LEAST)
