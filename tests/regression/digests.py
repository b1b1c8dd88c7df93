"""Digests of records, one for each catalogue scenario under each policy;
`python tests/regression/digests.py` stores them.

A digest that moves means that the same (scenario, policy, seed, schedule) gives another record: the commit that stores
the new one says why, and `oommc.engine.MODEL_VERSION` rises.
"""

import hashlib
import json
from pathlib import Path

from oommc.engine import Engine
from oommc.policies import registry
from oommc.scenario import Scenario, catalogue_names

STORED = Path(__file__).with_suffix(".json")
SEED, FIRST, COUNT = 11, 5, 12


def digests(scenario: str, columns: list[str] | None = None) -> tuple[list[str], dict[str, str]]:
    """The columns that were read, in order, and policy → digest."""
    records = Engine(Scenario.load(scenario), list(registry.values()), SEED).run(FIRST, COUNT)
    columns = columns or [name for name in records.dtype.names if name != "policy"]
    made = {}
    for name, rows in zip(registry, records, strict=True):
        bytes_of = b"".join(rows[column].astype("<i8").tobytes() for column in columns)
        made[name] = hashlib.sha256(bytes_of).hexdigest()[:16]
    return columns, made


def main() -> None:
    stored = {}
    for scenario in catalogue_names():
        columns, made = digests(scenario)
        stored[scenario] = {"columns": " ".join(columns), "policies": made}
    STORED.write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()
