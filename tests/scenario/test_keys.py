"""The description of the keys: what it says of each, and that it says it."""

import pytest

from oommc.scenario.keys import REQUIRED, Table, Tables, keys
from oommc.scenario.model import ScenarioFile


def described(table=ScenarioFile, path=""):
    for key in keys(table):
        yield f"{path}{key.name}", key
        if isinstance(key.kind, Table | Tables):
            yield from described(key.kind.of, f"{path}{key.name}.")


KEYS = dict(described())


def assumes(default):
    """Whether a default holds a number that somebody has to answer for: not where it is nothing, or one."""
    if isinstance(default, dict):
        return bool(default) and assumes(next(iter(default.values())))  # p = 0, size = 0: the rest isn't used
    return default is not REQUIRED and default not in (None, (), "", 0, 1, "forever", "none")


@pytest.mark.parametrize("path", KEYS)
def test_a_default_says_where_its_number_is_from(path):
    key = KEYS[path]
    assert bool(key.source) >= assumes(key.default), path
    assert key.meaning.endswith(".") and "|" not in key.meaning + key.source


def test_a_few_of_them():
    assert len(KEYS) > 100
    assert KEYS["machine.node.memory"].default is REQUIRED
    assert KEYS["machine.latency.preempt"].source == "assumed"
    assert not assumes({"p": 0, "delay": 0}) and assumes({"p": 0.01}) and assumes("506 pages")
