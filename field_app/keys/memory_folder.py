"""Where the open key lies between two programs of one user: a folder in memory, that a reboot forgets by itself."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from field_app.store.policy import mount_of

_RUNTIME_VARIABLE = "XDG_RUNTIME_DIR"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only a folder of our own in it is used, after a look at its owner
_MOUNTS = Path("/proc/self/mounts")
_MEMORY_FILE_SYSTEMS = ("tmpfs", "ramfs")
_FOLDER_MODE = 0o700


def memory_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder for open keys, which may not be there yet; None where the system has no memory file system."""
    try:
        mounts = _MOUNTS.read_text("utf-8", "replace")
    except OSError:  # not Linux
        return None
    named = environment.get(_RUNTIME_VARIABLE)
    candidates = [Path(named) / "contact755"] if named else []
    candidates.append(_SHARED_MEMORY / f"contact755-{os.getuid()}")
    return next((folder for folder in candidates if _is_in_memory(folder.parent, mounts) and _is_ours(folder)), None)


def make_memory_folder(folder: Path) -> bool:
    """See that the folder is there, and ours alone."""
    with suppress(OSError):
        folder.mkdir(mode=_FOLDER_MODE)
    return folder.is_dir() and _is_ours(folder)


def _is_in_memory(folder: Path, mounts: str) -> bool:
    file_system, _ = mount_of(os.path.realpath(folder), mounts)
    return file_system in _MEMORY_FILE_SYSTEMS and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _is_ours(folder: Path) -> bool:
    """Whether the folder is free to be made, or was made by this user for this user alone; a link is neither."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == _FOLDER_MODE
