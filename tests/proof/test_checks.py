"""Every check, at its quick size."""

import pytest
from worlds import on_core

from proof.every import CHECKS

NEEDS_CORE = {"every-order", "grid"}  # and all that are slow


def marks(check):
    return [pytest.mark.slow] * check.slow + [on_core] * (check.slow or check.name in NEEDS_CORE)


@pytest.mark.parametrize("name", [pytest.param(c.name, marks=marks(c)) for c in CHECKS.values()])
def test_check(name):
    rows = list(CHECKS[name].run(CHECKS[name].quick))
    assert rows
    assert [row for row in rows if not row.holds] == []
