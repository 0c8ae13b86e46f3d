"""How far a write must be pushed before it may be called "Logged", by platform. Pure: facts in, policy out.

Sources: Linux fs/f2fs/file.c (an fsync of a directory forces a checkpoint, which flushes the device's cache even where
`fsync_mode=nobarrier` makes that of a file skip it; Pixel 3's device tree ships so); Apple's fsync(2) (only F_FULLFSYNC
asks the drive to flush); Windows' FlushFileBuffers has no counterpart for folders.
"""

import os
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class SyncPolicy(Enum):
    """What is done after each append; the value is what `status` says."""

    FILE = "fsync"
    FILE_AND_FOLDER = "fsync of file and folder"
    FULL = "F_FULLFSYNC"


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """What decides: `sys.platform`, whether this is Android, and the file system's type and options if they are known."""

    platform: str
    is_android: bool = False
    file_system: str | None = None
    mount_options: tuple[str, ...] = ()


def policy_for(facts: PlatformFacts) -> SyncPolicy:
    """The weakest policy that is safe there; where the file system is unknown on Android, the strong one."""
    if facts.platform in ("darwin", "ios"):
        return SyncPolicy.FULL
    skips_flush = facts.file_system == "f2fs" and "fsync_mode=nobarrier" in facts.mount_options
    is_unknown_tablet = facts.is_android and facts.file_system in (None, "f2fs")
    return SyncPolicy.FILE_AND_FOLDER if skips_flush or is_unknown_tablet else SyncPolicy.FILE


def facts_here(folder: Path) -> PlatformFacts:
    """The facts of this machine for a store in this folder."""
    is_android = hasattr(sys, "getandroidapilevel")
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace")
    except OSError:  # not Linux, or an app's sandbox
        return PlatformFacts(sys.platform, is_android)
    file_system, options = mount_of(os.path.realpath(folder), mounts)
    return PlatformFacts(sys.platform, is_android, file_system, options)


def mount_of(path: str, mounts: str) -> tuple[str | None, tuple[str, ...]]:
    """Type and options of the file system that holds a path, from the text of /proc/self/mounts; the last mount wins."""
    best: tuple[str, str | None, tuple[str, ...]] = ("", None, ())
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < len(("device", "point", "type", "options")):
            continue
        point = fields[1].replace("\\040", " ")
        is_above = path == point or path.startswith(point.rstrip("/") + "/")
        if is_above and len(point) >= len(best[0]):
            best = (point, fields[2], tuple(fields[3].split(",")))
    return best[1], best[2]
