"""keys.json and its copy, on the disk: both durable before a caller goes on.

The file is kept twice, since one flipped bit in it would take the whole store. It is read from the first that is whole. A
change writes the copy, then the file: it counts when the file has it, so that nothing is ever sealed under a key that is on
the disk once. What a full disk or a kill breaks off between the two has not happened, and the copy is evened later.
"""

import json
from contextlib import suppress
from pathlib import Path

from field_app.keys.faults import KeysDamaged
from field_app.store.disk import Disk
from field_app.store.faults import StoreFault, fault_of
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
        data = self._whole()
        return None if data is None else slots_from_bytes(data)

    def write(self, keys: KeySlots) -> None:
        """Keep this; when this returns it is on the disk, twice. Raises StoreFault; what was kept before counts then."""
        data = (json.dumps(slots_to_json(keys), ensure_ascii=False, indent=2) + "\n").encode()
        try:
            self._disk.make_folder(self._folder)
            for name in (COPY_NAME, KEYS_NAME):
                self._disk.write_whole(self._folder / name, data)
        except OSError as problem:
            raise fault_of(problem) from problem

    def even(self) -> None:
        """See that both say what counts. What cannot be done now is tried again at the next PIN or change."""
        with suppress(StoreFault, OSError):
            whole = self._whole()
            for name in (COPY_NAME, KEYS_NAME):
                if whole is not None and self._data(name) != whole:
                    self._disk.write_whole(self._folder / name, whole)

    def _whole(self) -> bytes | None:
        """The first that is whole, as it is; None if there is none of them. Raises StoreFault."""
        is_there = False
        for name in (KEYS_NAME, COPY_NAME):
            data = self._data(name)
            if data is None:
                continue
            is_there = True
            try:
                slots_from_bytes(data)
            except KeysNewer:
                raise KeysDamaged(_NEWER) from None
            except KeysUnreadable:
                continue
            return data
        if is_there:
            raise KeysDamaged(_DAMAGED)
        return None

    def _data(self, name: str) -> bytes | None:
        try:
            return self._disk.read(self._folder / name)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as problem:
            raise fault_of(problem) from problem
