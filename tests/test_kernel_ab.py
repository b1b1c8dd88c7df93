"""A patch's runs beside those without it: the build's parts that need no compiler, the statistics, the command."""

import csv
import gzip
import shutil
import subprocess

import ab
import numpy as np
import pytest
import run as command
from judge import paired
from judge.seen import table_of
from lab import build, guest, machine, plan
from run import FILES

from oommc.errors import InputError

VARIANTS = sorted((build.CONFIG.parent / "variants").glob("*.cocci"))


def test_options_that_a_kernel_has_not_taken_are_named():
    wanted = "# what\nCONFIG_SMP=y\nCONFIG_PSI=y\n"
    assert build.missing(wanted, "CONFIG_PSI=y\n# CONFIG_SMP is not set\n") == ["CONFIG_SMP=y"]
    assert build.missing(wanted, "CONFIG_SMP=y\nCONFIG_PSI=y\n") == []


def test_an_image_is_kept_under_its_options_and_its_patch(tmp_path):
    empty, other = tmp_path / "empty.patch", tmp_path / "other.patch"
    empty.write_text("")
    other.write_text("x")
    assert build.digest(None) == build.digest(empty) != build.digest(other)
    with pytest.raises(InputError, match=r"none.patch: can't be read: No such file"):
        build.digest(tmp_path / "none.patch")


SOURCE = """\
int f(int x)
{
\tif (x)
\t\tgoto abort;
next:
\treturn 0;
abort:
\treturn 1;
}
"""
DIFF = """\
--- a/mm/f.c
+++ b/mm/f.c
@@ -3,3 +3,3 @@
 \tif (x)
-\t\tgoto abort;
+\t\tgoto next;
 next:
"""


@pytest.fixture
def tree(tmp_path):
    """A source of one file, which is a link to somebody else's."""
    (tmp_path / "pristine.c").write_text(SOURCE)
    (tmp_path / "tree" / "mm").mkdir(parents=True)
    (tmp_path / "tree" / "mm" / "f.c").hardlink_to(tmp_path / "pristine.c")
    return tmp_path / "tree"


@pytest.mark.skipif(not shutil.which("patch"), reason="needs patch")
def test_a_patch_changes_the_copy_alone(tree, tmp_path):
    diff = tmp_path / "x.patch"
    diff.write_text(DIFF)
    build.apply(diff, tree)
    assert "goto next" in (tree / "mm" / "f.c").read_text() and "goto abort" in (tmp_path / "pristine.c").read_text()
    with pytest.raises(InputError, match=r"x.patch: doesn't apply to linux-source-6.12: patch: "):
        build.apply(diff, tree)


def test_an_empty_patch_changes_nothing(tree, tmp_path):
    (tmp_path / "empty.patch").write_text("\n")
    build.apply(tmp_path / "empty.patch", tree)
    assert (tree / "mm" / "f.c").samefile(tmp_path / "pristine.c")


@pytest.mark.parametrize(
    ("files", "told"),
    [("", "names its files"), ("// files: mm/g.c\n", "mm/g.c: linux-source-6.12 has no such file")],
)
def test_a_semantic_patch_names_files_that_are_there(files, told, tree, tmp_path):
    (tmp_path / "x.cocci").write_text(files + "@@\n@@\n- abort\n")
    with pytest.raises(InputError, match=rf"x.cocci: .*{told}"):
        build.apply(tmp_path / "x.cocci", tree)


@pytest.mark.skipif(not shutil.which("spatch"), reason="needs coccinelle")
def test_a_semantic_patch_changes_the_copy_or_is_refused(tree, tmp_path):
    edit = tmp_path / "x.cocci"
    edit.write_text("// files: mm/f.c\n@@\n@@\nf(...)\n{\n<...\n- goto abort;\n+ goto next;\n...>\n}\n")
    build.apply(edit, tree)
    assert "goto next" in (tree / "mm" / "f.c").read_text() and "goto abort" in (tmp_path / "pristine.c").read_text()
    with pytest.raises(InputError, match=r"x.cocci: nothing in mm/f.c matches"):
        build.apply(edit, tree)


@pytest.mark.skipif(not shutil.which("spatch"), reason="needs coccinelle")
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda path: path.stem)
def test_variants_are_patches_that_can_be_read(variant):
    """Coccinelle's own parser; each names its files and the simulator's policy."""
    text = variant.read_text()
    assert build.named(text, variant) and len(ab.parse(text.split("// simulator: ")[1].splitlines()[0])) == 1
    told = subprocess.run(["spatch", "--parse-cocci", variant], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def rows(tmp_path, name: str, seed: int, kills: list[tuple[int, int]], outcome: str = "recovered") -> None:
    """A run's: kills as (ns of the kill, ns until its memory is back)."""
    record = dict.fromkeys(FILES["records.csv"], 0) | {"run": name, "schedule": seed, "kills": len(kills)}
    record |= {
        "outcome": outcome,
        "first_oom_ns": 10**9,
        "daemon_stall_ns": 10**9,
        "needless": seed,
        "outage_ns": 9 * 10**9,
    }
    shot = [
        {"run": name, "seed": seed, "killed_ns": at, "mark_to_back_ns": "" if back < 0 else back} for at, back in kills
    ]
    for table, some in (("records.csv", [record]), ("kills.csv", shot)):
        new = not (tmp_path / table).exists()
        with open(tmp_path / table, "a", newline="") as file:
            writer = csv.DictWriter(file, FILES[table])
            if new:
                writer.writeheader()
            writer.writerows(some)


def test_runs_are_paired_by_their_seed(tmp_path):
    """The second seed first; a victim whose memory never comes back counts to the run's end."""
    rows(tmp_path, "x@a", 2, [(2 * 10**9, -1)], "livelock")
    rows(tmp_path, "x@a", 1, [(10**9, 10**9), (2 * 10**9, 10**9 // 2)])
    rows(tmp_path, "y@a", 1, [])
    table = paired.seen(tmp_path, "x@a", (1, 2))
    assert {metric: list(values) for metric, values in table.items()} == {
        "kills": [2, 1], "collateral": [0, 0], "unnecessary": [0, 0], "needless": [1, 2], "hung": [0, 1],
        "outage": [1.5, 9], "stall": [1, 1],
    }  # fmt: skip
    assert list(paired.seen(tmp_path, "y@a", (1,))["outage"]) == [0]


def test_intervals_by_hand():
    """Student's t for three pairs is 4.3027; what never differs has no width."""
    low, high = paired.interval(np.array([1.0, 2.0, 3.0]))
    assert (low, high) == pytest.approx((2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-3)
    assert paired.interval(np.zeros(4)) == (0, 0) and paired.interval(np.zeros(1)) is None
    assert paired.foretold(np.array([3.0]), 2) == (3, 3)


def table(kills: list[float]) -> paired.Table:
    return dict.fromkeys(paired.METRICS, np.zeros(len(kills))) | {"kills": np.array(kills)}


def test_the_table_has_the_simulator_beside_the_kernel():
    lines = paired.report(table([1, 1]), table([2, 4]), (table([1]), table([3]))).splitlines()
    assert lines[2] == "| kills | 1.00 | 3.00 | +2.00 [-10.71, +14.71] | 1.00 | 3.00 | +2.00 [+2.00, +2.00] |"
    assert len(lines) == 2 + len(paired.METRICS)
    assert paired.report(table([1]), table([2])).splitlines()[2] == "| kills | 1.00 | 2.00 | +1.00 |"


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--patch", "none.patch"], "none.patch: can't be read"),
        (["--patch", __file__, "--seeds", "0"], "--seeds: at least 1, not 0"),
        (["--patch", __file__, "--scenario", "none.toml"], "none.toml: no such file"),
        (["--patch", __file__, "--policies", "mainline-6", "x"], "policies: no policy 'x'"),
    ],
)
def test_bad_input_is_one_line_and_status_2(argv, told, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ab.py", *argv])
    assert ab.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ab.py: ") and told in line


def test_a_pair_differs_in_its_kernel_alone(tmp_path):
    (tmp_path / "mine.patch").write_text("x")
    args = ab.arguments(["--patch", str(tmp_path / "mine.patch"), "--scenario", "base", "--seeds", "2"])
    [(without, having)] = ab.entries(args)
    assert (without.name, having.name) == ("base@without", "base@mine")
    assert without.scenario == having.scenario and without.scenario.machine.cpus == 1
    assert without.seeds == having.seeds == (1, 2)
    for entry in (without, having):  # without swap there is no free_pages_and_swap_cache() to probe
        lines = guest.plan(entry.scenario, entry.policy, 1, flush=entry.flush).splitlines()
        assert f"write {guest.TRACE}/kprobe_events p:flush release_pages nr=%si:s32" in lines


def test_stored_logs_give_the_stored_rows(tmp_path):
    """Of the variants' runs; each is of a variant that is there, or without any."""
    results = plan.HOME / "results" / "variants"
    for row in table_of(results / "records.csv"):
        name, seed = row["run"], int(row["schedule"])
        scenario, _, variant = name.partition("@")
        args = ab.arguments(["--patch", str(VARIANTS[0].parent / f"{variant}.cocci"), "--scenario", scenario])
        if variant == "without":
            args.patch = VARIANTS[0]
        [pair] = ab.entries(args)
        paths = [results / "logs" / f"{name}-{seed}.{port}.gz" for port in machine.Logs._fields]
        logs = machine.Logs(*(gzip.decompress(path.read_bytes()).decode() for path in paths))
        command.add(next(entry for entry in pair if entry.name == name), seed, logs, tmp_path)
    for name in ("records.csv", "kills.csv"):
        assert table_of(tmp_path / name) == table_of(results / name)
