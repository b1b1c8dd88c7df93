"""The core's own asserts, which a release build leaves out, under swap, killers and large chunks.

The build takes some 20 s of a processor. An assert that fails ends the process.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("oommc", "pyx", "tests", "setup.py", "pyproject.toml", "README.md", "LICENSE")

RUN = """
import sys

import oommc.engine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from twin.test_conserved import killers, swapping
from worlds import policies, scenarios

from oommc.engine import Engine
from oommc.policies import parse
from oommc.scenario import Scenario

assert oommc.engine.__file__.startswith(sys.argv[1])
large = Scenario.load("swap-server").replace("process.job.program.chunk", "300 MiB")
Engine(large, parse("mainline-6+earlyoom"), 1).run(0, 60)

quickly = settings(max_examples=40, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                   suppress_health_check=list(HealthCheck))


@quickly
@given(swapping(), killers(), st.integers(0, 2**40))
def swap_killers_and_large_chunks(scenario, policy, schedule):
    Engine(scenario, [policy], 1).run(schedule, 3)


@quickly
@given(scenarios(), policies(), st.integers(0, 2**40))
def any_machine(scenario, policy, schedule):
    Engine(scenario, [policy], 1).run(schedule, 3)


swap_killers_and_large_chunks()
any_machine()
print("no assert failed")
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the sources with a debug build of the core."""
    tree = tmp_path_factory.mktemp("debug")
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("_core.*.so", "__pycache__"))
        else:
            shutil.copy(source, tree / name)
    build = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    done = subprocess.run(
        build, cwd=tree, env=os.environ | {"OOMMC_DEBUG": "1"}, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return tree


def test_asserts(tree):
    environment = os.environ | {"PYTHONPATH": f"{tree}:{tree / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tree)], cwd=tree, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout == "no assert failed\n", done.stderr[-2000:]
