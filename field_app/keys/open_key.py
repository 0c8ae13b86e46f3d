"""The ring key of an opened store, from sign-on to sign-off: in memory only, never on a disk.

Between the programs of one user (the command line, the app, a restart after a kill) it lies in a file of a folder in
memory. Where a system has no such folder, it is held by this process alone, and the next one asks for the PIN again.
"""

from contextlib import suppress
from pathlib import Path

from field_app.keys.memory_folder import make_memory_folder
from field_app.store.disk import Disk


class OpenKey:
    """The place of one open ring key."""

    def __init__(self, folder: Path | None, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._held: dict[str, bytes] = {}

    @property
    def outlives_process(self) -> bool:
        """Whether the next program of this user finds the store open too."""
        return self._folder is not None

    def get(self, ring: str) -> bytes | None:
        """The open key of this ring, or None."""
        if ring in self._held or self._folder is None:
            return self._held.get(ring)
        try:
            return bytes.fromhex(self._disk.read(self._path(self._folder, ring)).decode("ascii"))
        except (OSError, ValueError):
            return None

    def put(self, ring: str, key: bytes) -> None:
        """Keep a ring open."""
        self._held[ring] = key
        if self._folder is not None and make_memory_folder(self._folder):
            with suppress(OSError):  # no space: this process has it all the same
                self._disk.write_whole(self._path(self._folder, ring), key.hex().encode())
                del self._held[ring]  # whoever locks the store, from whichever program, removes the file

    def forget(self, ring: str) -> None:
        """Lock."""
        self._held.pop(ring, None)
        if self._folder is not None:
            with suppress(OSError):
                self._disk.remove(self._path(self._folder, ring))

    @staticmethod
    def _path(folder: Path, ring: str) -> Path:
        return folder / f"{ring}.key"
