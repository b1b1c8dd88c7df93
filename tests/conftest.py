"""What several rooms' tests share. They can import `synthetic`, for pytest puts this folder on the path."""

import pytest


@pytest.fixture
def fast_engine(monkeypatch):
    """Runs get their records from `synthetic` instead of the compiled core; returns that engine's class."""
    import synthetic

    import oommc.collect.work

    monkeypatch.setattr(oommc.collect.work, "Engine", synthetic.Engine)
    return synthetic.Engine
