"""The keyring of a data folder on this machine: the one place that knows which secure store a platform has."""

import sys
from pathlib import Path

from field_app.clock import Clock
from field_app.keys.dpapi import DpapiStore, windows_protection
from field_app.keys.keyring import Keyring
from field_app.keys.memory_folder import memory_folder
from field_app.keys.secure_store import SecureStore


def keyring_here(folder: Path, clock: Clock, secure_store: SecureStore | None = None) -> Keyring:
    """The keyring of a data folder; a `secure_store` that only a window can reach (Android, iOS) is given by that."""
    return Keyring(folder, clock, secure_store or secure_store_here(folder), memory_folder())


def secure_store_here(folder: Path) -> SecureStore | None:
    """The secure store that a program without a window has here, None if there is none."""
    return DpapiStore(folder, windows_protection()) if sys.platform == "win32" else None
