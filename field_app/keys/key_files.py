"""keys.json and its copy, on the disk: both durable before a caller goes on.

The file is kept twice, since one flipped bit in it would take the whole store. It is read from the first that is whole;
a change writes both.
"""

import json
from pathlib import Path

from field_app.keys.faults import KeysDamaged
from field_app.store.disk import Disk
from field_app.store.faults import fault_of
from sync.keyslots import KeySlots, KeysNewer, KeysUnreadable, slots_from_bytes, slots_to_json

KEYS_NAME = "keys.json"
COPY_NAME = "keys-copy.json"
_DAMAGED = (
    "keys.json and its copy are damaged, and nothing sealed can be opened without them. Put them back from a backup of "
    "the data folder; do not delete the store."
)
_NEWER = "The keys of this store were written by a newer version of this program. Install that one."


class KeyFiles:
    """The two files in a data folder."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk

    def read(self) -> KeySlots | None:
        """What they say; None if there are none. Raises StoreFault."""
        is_there = False
        for name in (KEYS_NAME, COPY_NAME):
            try:
                data = self._disk.read(self._folder / name)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as problem:
                raise fault_of(problem) from problem
            is_there = True
            try:
                return slots_from_bytes(data)
            except KeysNewer:
                raise KeysDamaged(_NEWER) from None
            except KeysUnreadable:
                continue
        if is_there:
            raise KeysDamaged(_DAMAGED)
        return None

    def write(self, keys: KeySlots) -> None:
        """Keep this; when this returns it is on the disk, twice. Raises StoreFault."""
        data = (json.dumps(slots_to_json(keys), ensure_ascii=False, indent=2) + "\n").encode()
        try:
            self._disk.make_folder(self._folder)
            for name in (KEYS_NAME, COPY_NAME):
                self._disk.write_whole(self._folder / name, data)
        except OSError as problem:
            raise fault_of(problem) from problem
