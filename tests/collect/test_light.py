"""What a run doesn't load, so that it is quick to begin."""

import subprocess
import sys


def test_a_run_loads_no_pandas(tmp_path):
    run = ["run", "usemem", "--schedules", "10", "--quiet", "--out", str(tmp_path / "out")]
    code = f"import sys; from oommc.cli import main; main({run!r}); sys.exit('pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
