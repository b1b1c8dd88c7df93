"""What a run doesn't load, so that it is quick to begin."""

import subprocess
import sys


def loaded(tmp_path, schedules: int) -> set[str]:
    """What of the slow ones a run of usemem has loaded."""
    run = [
        "run",
        "usemem",
        "--policies",
        "baseline,patched",
        "--schedules",
        str(schedules),
        "--quiet",
        "--out",
        str(tmp_path),
    ]
    code = (
        f"import sys; from oommc.cli import main; main({run!r}); "
        f"print(*{{'pandas', 'scipy.stats'}} & set(sys.modules), file=sys.stderr)"
    )
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.split())


def test_a_run_loads_no_pandas(tmp_path):
    assert "pandas" not in loaded(tmp_path, 10)


def test_a_long_run_loads_no_scipy_stats(tmp_path):
    assert not loaded(tmp_path, 4000)
