"""Files that people carry: what cannot be their name is told in a sentence, and what a crash left is in nobody's way."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sync.whole_file import DiskTrouble, NotWritten, check_free, or_replace, write_whole

# A program that dies when its file is written and not yet on the disk.
DIES = """
import os, sys
from pathlib import Path
from sync.whole_file import or_replace, write_whole
os.fsync = lambda _: os._exit(9)
write_whole(Path(sys.argv[1]), b"half", may_replace=True)
"""
DAY_SECONDS = 86_400


@pytest.mark.parametrize("may_replace", [False, True])
@pytest.mark.parametrize("name", ["", ".", "..", "/", "taken"])
def test_a_folder_is_no_name_for_a_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, may_replace: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    with pytest.raises(NotWritten, match=r"is a folder\. Name a file in it\."):
        check_free(Path(name), may_replace=may_replace)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="NOT TESTED HERE: this system has no named pipes.")
@pytest.mark.parametrize("may_replace", [False, True])
def test_what_is_no_file_is_never_replaced_by_one(tmp_path: Path, *, may_replace: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotWritten, match="is no file"):
        write_whole(tmp_path / "pipe", b"all", may_replace=may_replace)
    assert (tmp_path / "pipe").is_fifo()


def test_only_a_file_is_offered_to_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(NotWritten) as taken:
        check_free(tmp_path / "taken", may_replace=False)
    assert or_replace(taken.value).endswith("Name another file. Or give --replace.")
    with pytest.raises(NotWritten) as folder:
        check_free(tmp_path, may_replace=False)
    assert or_replace(folder.value).endswith("is a folder. Name a file in it.")


def test_a_name_too_long_for_the_disk_is_told(tmp_path: Path) -> None:
    for file in (tmp_path / ("x" * 300), tmp_path / ("x" * 300) / "b"):
        with pytest.raises(NotWritten, match="cannot be written") as told:
            write_whole(file, b"all")
        assert not isinstance(told.value, DiskTrouble)


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES])
def test_trouble_of_the_disk_is_told_from_a_name_that_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(trouble, os.strerror(trouble))

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(DiskTrouble, match=rf"{os.strerror(trouble)}\. Name a file on another disk"):
        write_whole(tmp_path / "b", b"all")
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_the_longest_name_that_the_disk_takes_is_written(tmp_path: Path) -> None:
    file = tmp_path / ("x" * 255)
    write_whole(file, b"all")
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"all", [file])


def test_what_a_crash_left_is_in_nobodys_way_and_goes_after_a_day(tmp_path: Path) -> None:
    file = tmp_path / "b"
    assert subprocess.run([sys.executable, "-c", DIES, str(file)], check=False).returncode == 9
    (left,) = tmp_path.iterdir()
    assert (left.read_bytes(), left.name.startswith("."), left.stat().st_mode & 0o077) == (b"half", True, 0)
    write_whole(file, b"all")
    write_whole(file, b"all of it", may_replace=True)
    assert (file.read_bytes(), left.exists()) == (b"all of it", True)

    yesterday = time.time() - DAY_SECONDS - 60
    os.utime(left, (yesterday, yesterday))
    write_whole(file, b"more", may_replace=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b": b"more"}


def test_a_file_that_happens_to_be_called_new_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "b.new").write_text("mine")
    write_whole(tmp_path / "b", b"all")
    assert (tmp_path / "b.new").read_text() == "mine"
