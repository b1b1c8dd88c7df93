"""What a scenario's tables are known by, and what follows where another processor computes others."""

import json
import os
import subprocess
import sys

import pytest

import oommc
from oommc.collect import work
from oommc.collect.manifest import Manifest
from oommc.engine import other_tables, tables
from oommc.errors import InputError, RunError
from oommc.scenario import Scenario, catalogue_names

USEMEM = Scenario.load("usemem")


def test_each_drawn_value_has_one():
    found = tables(USEMEM)
    assert "machine.latency.preempt.p" not in found and all(len(digest) == 16 for digest in found.values())
    assert tables(Scenario.load("usemem")) == found
    [changed] = other_tables(found, tables(USEMEM.replace("machine.latency.report.median", "41 ms")))
    assert changed == "machine.latency.report"


def other(manifest: Manifest) -> dict:
    return {name: of | {"machine.latency.report": "0" * 16} for name, of in manifest.tables.items()}


def test_a_run_goes_on_with_its_own_tables_only(tmp_path, fast_engine):
    out = tmp_path / "out"
    oommc.run("usemem", "baseline", 100, out=out)
    manifest = Manifest.read(out)
    assert manifest.tables == {"usemem": tables(USEMEM)}
    manifest.tables = other(manifest)
    manifest.write(out)
    with pytest.raises(InputError, match=r"scenario 'usemem': .* machine\.latency\.report had another table"):
        oommc.run("usemem", "baseline", 200, out=out)
    oommc.run("usemem", "baseline", 100, out=tmp_path / "mine")
    with pytest.raises(InputError, match=r"machine\.latency\.report had another table"):
        oommc.merge([tmp_path / "mine", out], tmp_path / "both")


def test_a_run_without_tables_goes_on(tmp_path, fast_engine):
    """Those of earlier versions have none."""
    out = tmp_path / "out"
    oommc.run("usemem", "baseline", 100, out=out)
    data = json.loads((out / "run.json").read_text())
    del data["tables"]
    (out / "run.json").write_text(json.dumps(data))
    oommc.run("usemem", "baseline", 200, out=out)
    assert Manifest.read(out).tables == {"usemem": tables(USEMEM)}


def test_a_worker_on_another_processor_is_told(monkeypatch):
    job = work.packed({"usemem": USEMEM}, {}, 1, False, None, None)
    monkeypatch.setattr(work, "tables", lambda scenario: tables(scenario) | {"machine.latency.report": "0" * 16})
    with pytest.raises(RunError, match=r"scenario 'usemem' another table of machine\.latency\.report"):
        work.compute_packed(job, None)


PLAIN = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-FMA4,-AVX512F",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
}


@pytest.mark.slow
def test_the_catalogue_on_a_processor_without_fma():
    """glibc's and NumPy's functions without FMA and AVX2: what the catalogue draws from is the same."""
    code = (
        "import json\nfrom oommc.engine import tables\nfrom oommc.scenario import Scenario, catalogue_names\n"
        "print(json.dumps({name: tables(Scenario.load(name)) for name in catalogue_names()}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ | PLAIN
    )
    assert json.loads(done.stdout) == {name: tables(Scenario.load(name)) for name in catalogue_names()}
