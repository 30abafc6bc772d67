"""A file is written whole or not at all."""

import errno
import os
import stat

import pytest

from mbtutor import files


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_takes_its_place_with_the_usual_permissions(tmp_path):
    with files.replacing(tmp_path / "new", "w", encoding="utf-8") as file:
        file.write("hello")
    (tmp_path / "plain").write_text("hello")
    assert (tmp_path / "new").read_text() == "hello"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_an_error_half_way_leaves_the_old_file_and_no_litter(tmp_path, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error), files.replacing(path) as file:
        file.write(b"half of the new")
        raise error
    assert path.read_bytes() == b"old" and listing(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, step):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"), files.replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old" and listing(tmp_path) == ["file"]


@pytest.mark.parametrize("place", ["nowhere/file", "."])
def test_a_path_that_cannot_be_a_file_is_named(tmp_path, place):
    with pytest.raises(FileNotFoundError, match="path must be a file in a folder that exists; got"):
        files.replacing(tmp_path / place).__enter__()
    assert listing(tmp_path) == []
