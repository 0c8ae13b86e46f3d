"""A locked device whose disk is full: it can be unlocked, and cannot be guessed at."""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from doubles import FixedClock
from journals import Mount

from field_app.hand import open_hand
from field_app.keys.faults import PinMustWait, WrongPin
from field_app.keys.keyring import Keyring
from field_app.keys.pins import WRONG_TRIES_FREE
from field_app.keys.wrong_tries import HALF_BYTES, WrongTries
from field_app.store.disk import Disk
from field_app.store.faults import StoreFault
from sync.records import Role
from sync.reference import Reference

PIN, WRONG_PIN = "271828", "161803"


def test_on_a_full_disk_wrong_pins_are_counted_and_the_right_one_opens(
    mount: Mount, tmp_path: Path, clock: FixedClock, reference: Reference
) -> None:
    disk, memory = mount("size=512k"), tmp_path / "memory"
    folder = disk / "car"
    keyring = Keyring(folder, clock, memory=memory)
    keyring.make()
    keyring.sign_in("900001", PIN)
    with open_hand(folder, clock, reference, keyring) as hand:
        hand.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    keyring.lock()
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(disk).free == 0
    for _ in range(WRONG_TRIES_FREE):
        with pytest.raises(WrongPin):
            Keyring(folder, clock, memory=memory).unlock("900001", WRONG_PIN)
    with pytest.raises(PinMustWait):
        Keyring(folder, clock, memory=memory).unlock("900001", PIN)
    clock.passes(60)
    again = Keyring(folder, clock, memory=memory)
    again.unlock("900001", PIN)
    with open_hand(folder, clock, reference, again) as hand:
        assert hand.logbook.shift() is not None


class Torn(Disk):
    """A disk that stops in the middle of writing over."""

    def write_over(self, path: Path, offset: int, data: bytes) -> None:
        """Write the beginning of it."""
        super().write_over(path, offset, data[:40])
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_torn_write_takes_no_try_away(tmp_path: Path, clock: FixedClock) -> None:
    tries = WrongTries(tmp_path, Disk(), clock)
    tries.make_room()
    for _ in range(4):
        tries.count("900001")
    with pytest.raises(StoreFault):
        WrongTries(tmp_path, Torn(), clock).count("900001")
    assert tries.count("900001").wrong == 5


def test_the_file_grows_for_more_people_than_it_has_room_for(tmp_path: Path, clock: FixedClock) -> None:
    tries = WrongTries(tmp_path, Disk(), clock)
    for _ in range(2):
        for number in range(60):
            tries.count(str(900001 + number))
    assert tries.count("900001").wrong == 3
    assert (tmp_path / "wrong-pins").stat().st_size > 2 * HALF_BYTES
    for number in range(60):
        tries.clear(str(900001 + number))
    assert tries.count("900030").wrong == 1
