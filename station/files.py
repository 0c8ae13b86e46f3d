"""The station's own small files: private, whole or not there, and on the disk when a call returns."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

_WORK = ".station755-{}.part"
# No backup takes so long: what is older was left by one that was killed.
_WORK_SECONDS_MAX = 86_400


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, and make it last. Raises OSError."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def put(path: Path, data: bytes) -> None:
    """Put a file in its place, or leave the place as it was. Raises OSError."""
    beside = _beside(path, data)
    beside.replace(path)
    _sync_folder(path.parent)


def put_first(path: Path, data: bytes) -> bytes:
    """Put a file where none is yet; gives what is there in the end, whoever was first. Raises OSError."""
    beside = _beside(path, data)
    with suppress(FileExistsError):
        os.link(beside, path)  # unlike a rename, it takes nobody's place
    beside.unlink()
    _sync_folder(path.parent)
    return path.read_bytes()


def take_place(path: Path, of: Path) -> None:
    """Give a file the name of another, which ends. Raises OSError."""
    path.replace(of)
    _sync_folder(of.parent)


@contextmanager
def work_folder(beside: Path) -> Iterator[Path]:
    """A private folder on the same disk, gone in the end; what a killed program has left there a day ago goes too."""
    for left in beside.glob(_WORK.format("*")):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _WORK_SECONDS_MAX:
                shutil.rmtree(left)
    made = beside / _WORK.format(token_hex(4))
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _beside(path: Path, data: bytes) -> Path:
    beside = path.with_name(f"{path.name}.{token_hex(4)}.new")  # several programs may write at once
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if (
                os.name != "nt" and os.geteuid() == 0
            ):  # a command as root must not lock out the service, whose folder it is
                owner = path.parent.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        beside.unlink()
        raise
    return beside


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no such call and does it by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
