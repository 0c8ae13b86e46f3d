"""The keys on a disk that fails: at every place where it can, what could be opened before can be opened after."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from doubles import FixedClock

from field_app.keys.faults import WrongPin
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


BOTH = ("keys.json", "keys-copy.json")


def said(folder: Path) -> list[bytes]:
    """What lies in keys.json and in its copy."""
    return [(folder / name).read_bytes() for name in BOTH]


@pytest.mark.parametrize("name", [*CHANGES, "other pin", "pin taken away"])
@pytest.mark.parametrize("files_left", range(2))
def test_a_change_of_keys_that_is_told_to_have_failed_is_not_in_force(
    tmp_path: Path, clock: FixedClock, name: str, files_left: int
) -> None:
    """Nor does it come later: what it left is gone when the next PIN is asked for, and there is space."""
    folder, memory = tmp_path / "car", tmp_path / "memory"
    keyring = Keyring(folder, clock, memory=memory)
    keyring.make()
    if name != "first pin":
        keyring.set_pin("900001", PIN)
        keyring.set_pin("900003", PIN)
    before = (keyring.sealing(), keyring.people(), keyring.data_keys(), (folder / "keys.json").read_bytes())
    changes = CHANGES | {
        "other pin": lambda keyring: keyring.set_pin("900001", OTHER_PIN),
        "pin taken away": lambda keyring: keyring.remove_pin("900003"),
    }
    with pytest.raises(StoreFull):
        changes[name](Keyring(folder, clock, memory=memory, disk=FullDisk(files_left)))
    keyring = Keyring(folder, clock, memory=memory)
    assert (keyring.sealing(), keyring.people(), keyring.data_keys(), (folder / "keys.json").read_bytes()) == before
    if name == "first pin":
        keyring.set_pin("900001", PIN)
    keyring.unlock("900001", PIN)
    with pytest.raises(WrongPin):
        keyring.unlock("900001", OTHER_PIN)
    assert len({*said(folder)}) == 1


def test_keys_that_an_older_version_left_unlike_are_evened_at_the_next_pin(tmp_path: Path, clock: FixedClock) -> None:
    """It wrote keys.json first, so that may be newer than its copy: there a flipped bit would take the new data key."""
    keyring = Keyring(tmp_path, clock)
    keyring.make()
    keyring.set_pin("900001", PIN)
    older = (tmp_path / "keys-copy.json").read_bytes()
    keyring.rotate()
    keys = keyring.data_keys()
    (tmp_path / "keys-copy.json").write_bytes(older)
    with pytest.raises(WrongPin):
        keyring.unlock("900001", OTHER_PIN)
    (tmp_path / "keys.json").write_bytes(b"{")
    assert keyring.data_keys() == keys
    keyring.unlock("900001", PIN)
    assert said(tmp_path)[0] == said(tmp_path)[1] != older


@pytest.mark.parametrize("name", BOTH)
def test_a_lost_keys_file_is_there_again_at_the_next_pin(tmp_path: Path, clock: FixedClock, name: str) -> None:
    keyring = Keyring(tmp_path, clock)
    keyring.make()
    keyring.set_pin("900001", PIN)
    before = said(tmp_path)
    (tmp_path / name).unlink()
    Keyring(tmp_path, clock, disk=FullDisk(0)).unlock("900001", PIN)  # a full disk opens all the same
    assert not (tmp_path / name).exists()
    keyring.unlock("900001", PIN)
    assert said(tmp_path) == before
