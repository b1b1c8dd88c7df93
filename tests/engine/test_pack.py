"""What the core is told of a scenario: keys as numbers, what is computed of them,
and the structs that the build writes.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from oommc.engine._core import DTYPES
from oommc.engine.layout import STRUCTS
from oommc.engine.pack import pack
from oommc.scenario import Scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def usemem():
    return Scenario.load("usemem")


def packed_class(scenario, changes):
    return pack(scenario.replace_all({f"process.usemem.{path}": value for path, value in changes.items()})).classes[0]


def test_a_key_is_a_number_to_the_core(usemem):
    changes = {
        "exit.pin": {"p": 0.25, "delay": "7 ms"},
        "exit.mmap_lock": {"p": 1},
        "preference": "omit",
        "binding": "mempolicy",
        "rawio": True,
        "mlocked": "2 MiB",
    }
    told = pack(usemem.replace_all({f"process.usemem.{path}": value for path, value in changes.items()}))
    cls = told.classes[0]
    assert (cls.pin_p, told.quantiles[cls.pin](0)) == (1 << 61, 7_000_000)
    assert cls.mmap_lock_p == (1 << 63) - 1  # certain
    assert (cls.preference, cls.cpuset, cls.rawio, cls.mlocked, cls.total_vm) == (-2, 0, 1, 512, 0)
    assert cls.hold == -1  # forever
    assert packed_class(usemem, {"program.hold": "3 s"}).hold >= 0


@pytest.mark.parametrize(
    ("given", "old", "new"),
    [({"oom_adj": -17}, -17, -1000), ({"oom_score_adj": -500}, -8, -500), ({"oom_adj": 3, "oom_score_adj": 9}, 3, 9)],
)
def test_one_adj_follows_from_the_other(usemem, given, old, new):
    cls = packed_class(usemem, given)
    assert (cls.oom_adj, cls.oom_score_adj) == (old, new)


def test_what_is_computed(usemem):
    hog, daemon = pack(usemem).classes
    assert (hog.hog, hog.daemon, hog.grows, daemon.hog, daemon.daemon, daemon.grows) == (1, 0, 1, 0, 1, 0)
    assert (hog.n_nodes, hog.nodes, hog.root, daemon.root, hog.maps, hog.memcg) == (1, [0] * 8, 0, 1, -1, -1)
    locked = packed_class(usemem, {"exit.lock": {"p": 0.5, "holder": "daemon"}})
    assert (locked.lock_first, locked.lock_count, hog.lock_count) == (1, 8, 0)
    machine = pack(usemem.replace_all({"machine.hz": 100, "machine.kswapd_rate": "1 MiB/s"})).machine
    assert (machine.tick, machine.nap_ticks, machine.shift_hz) == (10_000_000, 2, 7)
    assert machine.kswapd_period == 125_000_000
    assert machine.memcg_pass == machine.reclaim_pass


def test_the_build_writes_the_structs_without_numpy(tmp_path):
    code = """
import sys
from pathlib import Path
sys.modules |= {"numpy": None, "scipy": None}
sys.path.insert(0, "pyx")
from generate import generate
generate(Path(sys.argv[1]))
"""
    environment = {**os.environ, "PYTHONPATH": ""}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, env=environment, check=True)
    text = (tmp_path / "keys.pxi").read_text(encoding="utf-8")
    structs = dict(re.findall(r"cdef struct (\w+):\n((?:    .*\n)+)", text))
    for array, struct in STRUCTS.items():
        assert tuple(re.findall(r"^    int64_t (\w+)", structs[struct.name], re.MULTILINE)) == DTYPES[array].names
