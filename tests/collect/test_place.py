"""What is in a place that a run is given stays there, unless it is a result directory's own."""

import os

import pytest

import oommc
from oommc.collect.files import open_regular, read_regular

pytestmark = pytest.mark.usefixtures("fast_engine")

TOKEN = "0123456789abcdef" * 2


def go(out, **more):
    return oommc.run("usemem", "baseline", 30, block=10, out=out, workers=1, **more)


@pytest.mark.parametrize("there", ["another file's text", TOKEN + "\n", ""])
@pytest.mark.parametrize("how", ["symlink_to", "hardlink_to"])
def test_a_lock_that_is_a_link_overwrites_nothing(tmp_path, how, there):
    mine = tmp_path / "mine"
    mine.write_text(there)
    (tmp_path / "out").mkdir()
    getattr(tmp_path / "out" / ".lock", how)(mine)
    if how == "hardlink_to" and not there:  # nothing to lose
        go(tmp_path / "out")
        return
    with pytest.raises(oommc.InputError, match=r"\.lock: not the lock of a result directory"):
        go(tmp_path / "out")
    assert mine.read_text() == there and os.listdir(tmp_path / "out") == [".lock"]


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("nowhere", path)])
def test_a_lock_that_is_no_file_is_refused(tmp_path, make):
    (tmp_path / "out").mkdir()
    make(tmp_path / "out" / ".lock")
    with pytest.raises(oommc.InputError, match=r"\.lock: not the lock of a result directory"):
        go(tmp_path / "out")


@pytest.mark.parametrize("before", [b"", TOKEN.encode(), TOKEN[:7].encode(), bytes(32)])
def test_a_lock_of_ours_is_taken_over(tmp_path, before):
    """Also one whose writer was killed, or whose machine lost power, while it was written."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".lock").write_bytes(before)
    go(tmp_path / "out")
    assert len((tmp_path / "out" / ".lock").read_bytes()) == 32


@pytest.mark.parametrize(
    "name",
    [
        "sub.part/.keep.part",
        "notes.part",
        ".notes.part",
        ".notes.00c0ffee.part",
        ".run.json.part",
        "summary.json",
        "choice.json",
    ],
)
def test_a_folder_with_files_of_somebody_else_is_no_result_directory(tmp_path, name):
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(oommc.InputError, match="not empty and not a result directory"):
        go(tmp_path / "out")
    assert path.read_text() == "mine"


def test_what_a_killed_first_run_left_is_none_of_somebody_else(tmp_path):
    (tmp_path / "out").mkdir()
    left = tmp_path / "out" / ".run.json.00c0ffee.part"
    left.write_text("{")
    go(tmp_path / "out")
    assert not left.exists()


@pytest.mark.parametrize("records", [True, False])
def test_of_what_ends_in_part_only_ours_is_removed(tmp_path, records):
    out = tmp_path / "out"
    go(out, records=records)
    folder = next(path.parent for path in out.rglob("*") if path.suffix in (".parquet", ".gz"))
    ours = [out / ".summary.json.00c0ffee.part", folder / ".7.parquet.00c0ffee.part"]
    if not records:
        ours[1] = folder / ".0123456789abcdef.json.gz.00c0ffee.part"
    theirs = [
        out / ".notes.00c0ffee.part",
        folder / ".notes.part",
        folder / ".7.parquet.part",
        out / "mine" / ours[1].name,
    ]
    for path in (*ours, *theirs):
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    linked = folder / ours[1].name.replace("00c0ffee", "0000beef")
    linked.symlink_to(theirs[0])
    go(out, records=records)
    assert not any(path.exists() for path in ours) and all(path.exists() for path in theirs)
    assert linked.is_symlink()


def test_only_regular_files_are_read_and_only_so_much(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular(tmp_path / "file", 5) == read_regular(tmp_path / "link", 5) == b"12345"
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(oommc.InputError, match="not a regular file"):
            open_regular(path, 5)
    for path in (tmp_path / "file", "/proc/self/status"):  # whose size is said to be 0
        with pytest.raises(oommc.InputError, match="larger than the 4 bytes"):
            read_regular(path, 4)
