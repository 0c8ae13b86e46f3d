"""A store whose key lies in the platform's secure store, here a double of it."""

import ctypes
from pathlib import Path
from typing import Any

import pytest
from doubles import FixedClock

from field_app.keys.dpapi import Blob, DpapiStore, Protection
from field_app.keys.faults import PlatformKeyGone, WrongPin
from field_app.keys.keyring import Keyring, Need, Sealing
from field_app.keys.ring import opened_by_pin
from field_app.store.faults import StoreFault
from sync.keyslots import slots_from_bytes
from sync.sealing import new_recovery_key, recovery_public_key

PIN, OTHER_PIN = "271828", "314159"


class Keystore:
    """A platform's secure store, as a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """The secret under a name."""
        return self.kept.get(name)

    def put(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self.kept[name] = secret


def test_a_platform_with_a_secure_store_keeps_the_key_there_and_no_lock_or_restart_closes_it(
    tmp_path: Path, clock: FixedClock
) -> None:
    keystore = Keystore()
    keyring = Keyring(tmp_path / "car", clock, keystore)
    keyring.make()
    assert (keyring.sealing(), keyring.need("900001")) == (Sealing.PLATFORM, Need.NEW_PIN)
    (secret,) = keystore.kept.values()
    assert secret.encode() not in (tmp_path / "car" / "keys.json").read_bytes()
    keyring.lock()
    again = Keyring(tmp_path / "car", clock, keystore)
    assert again.data_keys() == keyring.data_keys()
    assert Keyring(tmp_path / "car", clock, Keystore()).is_locked()  # the same folder, restored on another device


def test_a_secure_store_that_forgets_is_found_out_before_anything_is_sealed(tmp_path: Path, clock: FixedClock) -> None:
    class Sieve(Keystore):
        def put(self, name: str, secret: str) -> None:
            """Keep nothing."""

    keyring = Keyring(tmp_path / "car", clock, Sieve())
    with pytest.raises(StoreFault, match="does not keep the key"):
        keyring.make()
    assert keyring.sealing() is Sealing.NO_STORE


def test_there_a_pin_shows_who_signs_on_and_signs_but_does_not_hold_the_key(tmp_path: Path, clock: FixedClock) -> None:
    keystore = Keystore()
    keyring = Keyring(tmp_path / "car", clock, keystore)
    keyring.make()
    keyring.sign_in("900001", PIN)
    keyring.sign_in("900001", PIN)
    with pytest.raises(WrongPin):
        keyring.sign_in("900001", OTHER_PIN)
    assert keyring.private_key_of("900001", PIN) == keyring.private_key_of("900001", PIN)
    (secret,) = keystore.kept.values()
    slots = slots_from_bytes((tmp_path / "car" / "keys.json").read_bytes())
    found = opened_by_pin(slots.pins()["900001"], PIN)
    assert found is not None
    assert found.inside.hex() != secret


@pytest.mark.parametrize("is_dead", [False, True])
def test_a_secure_store_that_lost_the_key_is_told_and_the_station_opens_what_was(
    tmp_path: Path, clock: FixedClock, *, is_dead: bool
) -> None:
    class Dead(Keystore):
        def put(self, name: str, secret: str) -> None:
            """Fail."""
            raise OSError(f"{name}: no place for {len(secret)} digits")

    station = new_recovery_key()
    keystore = Keystore()
    keyring = Keyring(tmp_path / "car", clock, keystore)
    keyring.make()
    keyring.sign_in("900001", PIN)
    keyring.seal_to_station(recovery_public_key(station))
    before = keyring.data_keys()
    (ring_key,) = keystore.kept.values()
    after = Keyring(tmp_path / "car", clock, Dead() if is_dead else Keystore(), tmp_path / "memory")
    after.make()  # never a new store over the old one
    for refused in (after.data_keys, lambda: after.unlock("900001", PIN), lambda: after.need("900002")):
        with pytest.raises(PlatformKeyGone, match="recovery code"):
            refused()
    after.recover("900001", OTHER_PIN, bytes.fromhex(ring_key))
    assert after.data_keys()[1:] == before
    assert after.sealing() is (Sealing.PIN if is_dead else Sealing.PLATFORM)
    after.unlock("900001", OTHER_PIN)


def protection(spoiled: bytes = b"") -> Protection:
    """Windows' three calls, as ctypes sees them: a machine that turns every byte over."""
    kept: list[ctypes.Array[ctypes.c_char]] = []
    freed: list[int] = []
    blob = ctypes.POINTER(Blob)
    shape = ctypes.CFUNCTYPE(
        ctypes.c_int, blob, ctypes.c_void_p, blob, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, blob
    )

    def turn(given: Any, _: Any, mark: Any, __: Any, ___: Any, flags: int, found: Any) -> int:  # noqa: ANN401 - pointers
        data = ctypes.string_at(given[0].data, given[0].length)
        assert ctypes.string_at(mark[0].data, mark[0].length) == b"contact755-1"
        assert flags == 1
        if data == spoiled:
            return 0
        kept.append(ctypes.create_string_buffer(bytes(255 - byte for byte in data), len(data)))
        found[0].length, found[0].data = len(data), ctypes.cast(kept[-1], ctypes.POINTER(ctypes.c_char))
        return 1

    call = shape(turn)
    return Protection(call, call, lambda pointer: freed.append(ctypes.addressof(pointer.contents)), lambda: 5)


def test_windows_keeps_the_key_in_a_file_that_only_its_user_can_open(tmp_path: Path, clock: FixedClock) -> None:
    folder = tmp_path / "car"
    keyring = Keyring(folder, clock, DpapiStore(folder, protection()))
    keyring.make()
    (path,) = folder.glob("*.dpapi")
    assert Keyring(folder, clock, DpapiStore(folder, protection())).data_keys() == keyring.data_keys()
    other_user = DpapiStore(folder, protection(spoiled=path.read_bytes()))
    with pytest.raises(PlatformKeyGone):
        Keyring(folder, clock, other_user).data_keys()
    path.write_bytes(b"damaged")
    assert Keyring(folder, clock, DpapiStore(folder, protection())).is_locked()
    path.unlink()
    assert Keyring(folder, clock, DpapiStore(folder, protection())).is_locked()
