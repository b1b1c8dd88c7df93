"""What several rooms' tests share. They can import `synthetic`, for pytest puts this folder on the path.

The test command draws the same examples each time, so that a change is the only thing that can turn it red. `.ci/fuzz`
draws fresh ones.

A shell's background job inherits "ignore SIGINT". Commands under test must not, so it is set back here.
"""

import signal

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def fast_engine(monkeypatch):
    """Runs get their records from `synthetic` instead of the compiled core; returns that engine's class."""
    import synthetic

    import oommc.collect.work

    monkeypatch.setattr(oommc.collect.work, "Engine", synthetic.Engine)
    return synthetic.Engine
