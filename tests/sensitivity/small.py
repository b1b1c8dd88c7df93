"""A small world, and what isn't known of it."""

from worlds import clockwork, hog, late

RANGES = ["machine.latency.report=1ms..60ms", "process.late.nice=0..10"]
"""How long a report takes decides whether a late one asks while the hog is dying; its nice value decides nothing."""

_START = {"dist": "uniform", "low": "0 s", "high": "10 ms"}
_PROGRAM = {"kind": "grow", "start": _START, "think": "1 ms", "chunk": 700, "target": 700}
WORLD = clockwork(hog(), late(count=4, program=_PROGRAM))
