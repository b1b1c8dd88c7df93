"""Every check, at its quick size."""

import pytest

from proof.every import CHECKS


@pytest.mark.parametrize("name", [pytest.param(c.name, marks=[pytest.mark.slow] * c.slow) for c in CHECKS.values()])
def test_check(name):
    rows = list(CHECKS[name].run(CHECKS[name].quick))
    assert rows
    assert [row for row in rows if not row.holds] == []
