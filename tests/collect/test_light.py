"""What a run doesn't load, so that it is quick to begin."""

import subprocess
import sys

import pytest


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has after this code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_a_run_loads_no_pandas(tmp_path):
    run = f"['run', 'usemem', '--schedules', '10', '--quiet', '--out', {str(tmp_path / 'out')!r}]"
    assert "pandas" not in loaded(f"from oommc.cli import main; main({run})")


@pytest.mark.parametrize("code", ["import oommc", "from oommc.cli import main; main(['--help'])"])
def test_the_package_and_its_help_load_no_libraries(code):
    assert not loaded(code) & {"numpy", "scipy", "pandas", "pyarrow", "matplotlib", "jinja2"}
