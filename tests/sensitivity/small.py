"""A small world, and what isn't known of it."""

from worlds import clockwork, hog, late

RANGES = ["machine.latency.report=1ms..60ms", "process.late.nice=0..10"]
"""How long a report takes decides whether the late one asks while the hog is dying; its nice value decides nothing."""

_START = {"dist": "uniform", "low": "0 s", "high": "40 ms"}
WORLD = clockwork(hog(), late(program={"kind": "grow", "start": _START, "think": "1 ms", "chunk": 700, "target": 700}))
