"""File names and whole files."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oommc.collect.files import put, safe_name, write_whole
from oommc.errors import InputError, RunError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("usemem-smp", "usemem-smp"),
        ("patched(timeout=1s)", "patched(timeout=1s)"),
        ("a/b", "a%2Fb"),
        ("50%", "50%25"),
        ("..", "%2E."),
        ("Ёлка", "Ёлка"),
        ("a\tb\x00", "a%09b%00"),
    ],
)
def test_safe_name(name, expected):
    assert safe_name(name) == expected


@given(st.lists(st.text(min_size=1, max_size=200), min_size=2, max_size=2, unique=True))
def test_names_are_told_apart_and_fit(names):
    one, other = map(safe_name, names)
    assert one != other
    assert len(one.encode()) <= 180 and "/" not in one and not one.startswith(".")


def test_long_names_that_begin_alike():
    assert safe_name("ж" * 199 + "a") != safe_name("ж" * 199 + "b")
    assert len(safe_name("ж" * 200).encode()) <= 180


def test_write_whole_replaces_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "new" / "a.bin"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(path.parent) == ["a.bin"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_whole(path, b"one")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as raised:
        write_whole(path, b"two")
    assert raised.value.filename == str(path)
    with pytest.raises(RunError, match=r"a\.bin: can't be written: No space left on device"):
        put(path, b"two")
    assert path.read_bytes() == b"one" and os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(
    ("name", "why"), [("none/a", "No such file"), ("file/a", "Not a directory"), (".", "Is a directory")]
)
def test_where_no_file_can_be_is_wrong_use(tmp_path, name, why):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=f"can't be written: {why}"):
        put(tmp_path / name, b"one")
    assert os.listdir(tmp_path) == ["file"]


def test_a_pipe_stays_one(tmp_path):
    read, write = os.pipe()
    put(Path(f"/dev/fd/{write}"), b"one")
    assert os.read(read, 9) == b"one" and Path(f"/dev/fd/{write}").is_fifo()
    os.close(read), os.close(write)


def test_a_read_only_file_system_names_the_file_asked_for(tmp_path, monkeypatch):
    """There what isn't there can't even be removed."""

    def read_only(path, *_, **__):
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr("builtins.open", read_only)
    monkeypatch.setattr(Path, "unlink", read_only)
    with pytest.raises(InputError, match=r"/a\.bin: can't be written: Read-only file system"):
        put(tmp_path / "a.bin", b"one")
