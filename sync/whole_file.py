"""A file that people carry: written whole or not at all, on the disk when this returns, never over another unasked."""

import errno
import os
import time
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

# Where a file is written before it gets its name: a name that nobody has, and no longer than one may be.
_NEW = ".755-{}.new"
# No file takes so long: what is older was left by a program that was killed.
_NEW_SECONDS_MAX = 86_400
# What a system says of a name that it cannot give; all else that it says is the disk's trouble.
_NAMES_FAULT = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EILSEQ})
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class NotWritten(Exception):
    """The file is not there; the text is a sentence that says why and what to do."""


class NameTaken(NotWritten):
    """There is a file of this name, which was not to be replaced."""


class DiskTrouble(NotWritten):
    """The name is good, and the disk does not take the file: it is full, read-only, closed to this user or damaged."""


def check_free(file: Path, *, may_replace: bool) -> None:
    """See that a file of this name may be written, before any work is done for it. Raises NotWritten."""
    try:
        is_folder, has_folder = file.is_dir(), file.parent.is_dir()
        is_other = file.exists() and not file.is_file()
    except OSError as problem:  # one that may not be looked into, or a name that is too long
        raise _not_written(file, problem) from None
    if is_folder:
        raise NotWritten(f"{file} is a folder. Name a file in it.")
    if is_other and not is_folder:  # a device, a pipe: to be replaced by a file, it would be gone for all
        raise NotWritten(f"{file} is no file. Name a file.")
    if os.path.lexists(file) and not may_replace:
        raise NameTaken(f"{file} is there already, and is left as it is. Name another file.")
    if not has_folder:
        raise NotWritten(f"{file} cannot be written: there is no folder {file.parent}. Name another file.")


def write_whole(file: Path, data: bytes, *, may_replace: bool = False) -> None:
    """Write it beside its place, sync it, give it its name, sync that. Raises NotWritten."""
    check_free(file, may_replace=may_replace)
    try:
        _write(file, data, may_replace=may_replace)
    except FileExistsError:
        raise NameTaken(f"{file} is there already, and is left as it is. Name another file.") from None
    except OSError as problem:
        raise _not_written(file, problem) from None


def or_replace(problem: NotWritten) -> str:
    """The sentence of a command that replaces a file if it is told to."""
    return f"{problem} Or give --replace." if isinstance(problem, NameTaken) else str(problem)


def give_name(new: Path, file: Path, *, may_replace: bool) -> None:
    """Give a file that is whole and synced its name, durably. `new` may be left as a second name. Raises OSError."""
    if may_replace:
        new.replace(file)
    else:
        _name_once(new, file)
    _sync_folder(file.parent)


def _not_written(file: Path, problem: OSError) -> NotWritten:
    why = f"{file} cannot be written: {problem.strerror or problem}."
    if problem.errno in _NAMES_FAULT:
        return NotWritten(f"{why} Name another file.")
    return DiskTrouble(f"{why} Name a file on another disk.")


def _write(file: Path, data: bytes, *, may_replace: bool) -> None:
    _clear_away(file.parent)
    new = file.with_name(_NEW.format(token_hex(4)))
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
    try:
        _write_synced(descriptor, data)
        give_name(new, file, may_replace=may_replace)
    finally:
        with suppress(OSError):
            new.unlink()  # what a try that failed has left; a file that got its name has lost this one


def _clear_away(folder: Path) -> None:
    for left in folder.glob(_NEW.format("*")):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _NEW_SECONDS_MAX:
                left.unlink()


def _write_synced(descriptor: int, data: bytes) -> None:
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _name_once(new: Path, file: Path) -> None:
    """Give a file its name unless another has got it meanwhile."""
    try:
        os.link(new, file)
    except FileExistsError:
        raise
    except OSError:  # a stick with FAT has no second names; there the look before has to do
        new.rename(file)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # which has no such call and does it by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # some network folders cannot; the file itself is on the disk
        pass
    finally:
        os.close(descriptor)
