"""The bare loop in C."""

import pytest

from oommc.bench.floor import WAYS, Floor
from oommc.engine._core import philox_block
from oommc.errors import InputError

KEY = 0x6F6F6D6D63


def test_draws_are_the_cores():
    floor = Floor()
    for counter in ((0, 0, 0, 0), (1, 2, 3, 4), ((1 << 64) - 1,) * 4):
        assert floor.philox(counter, (7, KEY)) == philox_block(counter, 7)


@pytest.mark.parametrize("entities", [1, 2, 3, 10, 100, 4104])  # the last: the largest scenario
def test_every_way_comes_to_the_same_event(entities):
    floor = Floor()
    ends = {floor.run(way, entities, 100_000) for way in WAYS}
    assert len(ends) == 1
    # so many events of a mean of 1 ms each, shared by the entities
    assert ends.pop() == pytest.approx(100_000 / entities * 1e6, rel=0.1)


def test_no_compiler_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(InputError, match="no C compiler"):
        Floor()


def test_a_compiler_that_fails_is_told(monkeypatch):
    monkeypatch.setenv("CC", "false")
    with pytest.raises(InputError, match="false can't build"):
        Floor()
