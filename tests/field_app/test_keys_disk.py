"""The keys on a disk that fails: at every place where it can, what could be opened before can be opened after."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from doubles import FixedClock

from field_app.keys.keyring import Keyring
from field_app.store.disk import Disk
from field_app.store.faults import StoreFull
from sync.sealing import new_recovery_key, recovery_public_key

PIN, OTHER_PIN = "271828", "314159"
STATION = recovery_public_key(new_recovery_key())


class FullDisk(Disk):
    """A disk that is full from the n-th whole file on."""

    def __init__(self, files_left: int) -> None:
        super().__init__()
        self.files_left = files_left

    def write_whole(self, path: Path, data: bytes) -> None:
        """Write, or fail."""
        self.files_left -= 1
        if self.files_left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write_whole(path, data)


CHANGES: dict[str, Callable[[Keyring], None]] = {
    "first pin": lambda keyring: keyring.set_pin("900001", PIN),
    "second person": lambda keyring: keyring.set_pin("900002", OTHER_PIN),
    "new data key": lambda keyring: keyring.rotate(),
    "recovery": lambda keyring: keyring.seal_to_station(STATION),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("files_left", range(3))
def test_a_disk_that_is_full_in_the_middle_of_a_change_of_keys_takes_no_key_away(
    tmp_path: Path, clock: FixedClock, name: str, files_left: int
) -> None:
    folder, memory = tmp_path / "car", tmp_path / "memory"
    keyring = Keyring(folder, clock, memory=memory)
    keyring.make()
    if name != "first pin":
        keyring.set_pin("900001", PIN)
    before = keyring.data_keys()
    failed = False
    try:
        CHANGES[name](Keyring(folder, clock, memory=memory, disk=FullDisk(files_left)))
    except StoreFull:
        failed = True
    assert failed or files_left == 2
    after = Keyring(folder, clock, memory=memory).data_keys()
    assert after[-len(before) :] == before
    if name != "first pin":
        Keyring(folder, clock, memory=memory).lock()
        again = Keyring(folder, clock, memory=memory)
        again.unlock("900001", PIN)
        assert again.data_keys() == after


def test_keys_are_on_the_disk_before_anybody_can_seal_with_them(tmp_path: Path, clock: FixedClock) -> None:
    for files_left in range(2):
        keyring = Keyring(tmp_path / str(files_left), clock, disk=FullDisk(files_left))
        with pytest.raises(StoreFull):
            keyring.make()
        found = Keyring(tmp_path / str(files_left), clock).data_keys()
        assert len(found) == files_left  # none, or those in the one file that was written
