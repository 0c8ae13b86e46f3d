"""The keyring of one store: makes, opens, changes and locks what keys.json describes (sync/keyslots.py).

Every change is on the disk before it counts, so no frame is ever sealed under a key that only memory holds.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from field_app.clock import Clock
from field_app.keys.faults import NoPinHere, NoPinToRemove, PlatformKeyGone, locked
from field_app.keys.key_files import KeyFiles
from field_app.keys.open_key import OpenKey
from field_app.keys.pin_check import PinCheck
from field_app.keys.pins import checked_new_pin
from field_app.keys.ring import data_keys_of, is_ring_key, pin_slot, recovery_slot, slots_over
from field_app.keys.secure_store import SecureStore
from field_app.keys.wrong_tries import WrongTries
from field_app.refusals import BadInput
from field_app.store.disk import Disk
from field_app.store.faults import StoreFault, fault_of
from field_app.store.segments import segments_in
from sync.keyslots import KeySlots, OpenSlot, PlatformSlot, Slot
from sync.sealing import key_name, new_key

LOCK_NAME = "keys.lock"
STORE_NAME = "store"


class Sealing(StrEnum):
    """How the store is sealed, in the words of `status`."""

    PIN = "sealed (PIN)"
    PLATFORM = "sealed (platform)"
    NO_PIN_YET = "NOT SEALED (no PIN yet)"
    NONE = "NOT SEALED"
    NO_STORE = "no store yet"


class Need(StrEnum):
    """What a person has to give to sign on."""

    NOTHING = "nothing"
    PIN = "pin"
    NEW_PIN = "new-pin"
    SOMEONE_ELSE = "someone-else"


# What opens the store or not: who signs on shows a PIN, and signs with it.
_WITH_PINS = (Sealing.PIN, Sealing.NO_PIN_YET, Sealing.PLATFORM)


class Keyring:
    """The keys of the store in one data folder. Every method may raise StoreFault; those that take a PIN are slow."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        secure_store: SecureStore | None = None,
        memory: Path | None = None,
        disk: Disk | None = None,
    ) -> None:
        self.folder = folder
        self._disk = disk or Disk()
        self._files = KeyFiles(folder, self._disk)
        self._pins = PinCheck(WrongTries(folder, self._disk, clock), clock)
        self._secure_store = secure_store
        self._open_key = OpenKey(memory, self._disk)

    @property
    def outlives_process(self) -> bool:
        """Whether a store that was opened is open for this user's next program too."""
        return self._open_key.outlives_process

    def sealing(self) -> Sealing:
        """How the store is sealed."""
        keys = self._files.read()
        if keys is None:
            return Sealing.NONE if self._has_store() else Sealing.NO_STORE
        if keys.platform() is not None:
            return Sealing.PLATFORM
        return Sealing.NO_PIN_YET if keys.open() else Sealing.PIN

    def is_locked(self) -> bool:
        """Whether the store is sealed and not open."""
        keys = self._files.read()
        return keys is not None and self._ring_key(keys) is None

    def data_keys(self) -> tuple[bytes, ...]:
        """The data keys, newest first; none for a store that is not sealed. Raises StoreLocked."""
        keys = self._files.read()
        return () if keys is None else data_keys_of(keys, self._opened(keys))

    def people(self) -> frozenset[str]:
        """Who has a PIN here."""
        keys = self._files.read()
        return frozenset() if keys is None else frozenset(keys.pins())

    def pins(self) -> frozenset[str] | None:
        """Who has a PIN here, or None where nobody needs one."""
        return self.people() if self.sealing() in _WITH_PINS else None

    def need(self, person: str) -> Need:
        """What this person has to give to sign on."""
        sealing = self.sealing()
        if sealing not in _WITH_PINS:
            return Need.NOTHING
        if person in self.people():
            return Need.PIN
        if sealing is Sealing.PLATFORM and self.is_locked():
            raise PlatformKeyGone
        return Need.SOMEONE_ELSE if self.is_locked() else Need.NEW_PIN

    def make(self) -> None:
        """Make the keys of a store that is not there yet. Without a secure store it stays open until the first PIN."""
        with self._changing():
            if self._files.read() is not None or self._has_store():
                return  # another program was quicker, or the store is one that was never sealed
            ring_key = new_key()
            first = self._platform_slot(ring_key) or OpenSlot(ring_key.hex())
            self._files.write(slots_over(ring_key, [new_key()], [first]))
            self._pins.tries.make_room()

    def unlock(self, person: str, pin: str) -> None:
        """Open the store with a person's PIN. Raises BadInput, WrongPin, PinMustWait, NoPinHere."""
        with self._changing():
            keys = self._kept()
            found = self._pins.opened(keys, person, pin)
            if keys.platform() is None:
                self._open_key.put(keys.ring, found.inside)
            else:
                self._opened(keys)

    def private_key_of(self, person: str, pin: str) -> str:
        """The key (hexadecimal) with which this person signs. Raises BadInput, WrongPin, PinMustWait, NoPinHere."""
        with self._changing():
            return self._pins.opened(self._kept(), person, pin).private_key

    def remove_pin(self, person: str) -> None:
        """Take a person's PIN away while the store is open; never the last one. Raises NoPinToRemove, BadInput, StoreLocked."""
        with self._changing():
            keys = self._kept()
            self._opened(keys)
            if person not in keys.pins():
                raise NoPinToRemove(person)
            if len(keys.pins()) == 1:
                raise BadInput(f"{person} has the only PIN on this device. Let somebody else sign on here first.")
            self._files.write(keys.without_pin(person))
            self._pins.tries.clear(person)

    def set_pin(self, person: str, pin: str) -> None:
        """Give a person a PIN, or another one, while the store is open. Raises BadInput, StoreLocked."""
        checked = checked_new_pin(pin, person)
        with self._changing():
            keys = self._kept()
            ring_key = self._opened(keys)
            if keys.open() is not None:
                self._seal_for_good(keys, ring_key, person, checked)
            else:
                inside = ring_key if keys.platform() is None else new_key()
                self._files.write(keys.with_pin(pin_slot(person, checked, inside)))
            self._pins.tries.make_room()
            self._pins.tries.clear(person)

    def sign_in(self, person: str, pin: str) -> None:
        """What a sign-on asks for: the person's PIN, or a first one. Raises NoPinHere and what those two raise."""
        need = self.need(person)
        if need is Need.SOMEONE_ELSE:
            raise NoPinHere(person)
        if need is Need.NEW_PIN:
            self.set_pin(person, pin)
        elif need is Need.PIN:
            self.unlock(person, pin)

    def rotate(self) -> None:
        """Seal under a new data key from now on; the older ones stay, to open what was. Raises StoreLocked, BadInput."""
        with self._changing():
            keys = self._kept()
            ring_key = self._opened(keys)
            data_keys = (new_key(), *data_keys_of(keys, ring_key))
            self._files.write(slots_over(ring_key, data_keys, keys.slots))

    def recover(self, person: str, pin: str, ring_key: bytes) -> None:
        """Open the store with the ring key that the station gave, which then is replaced; only this person has a PIN."""
        checked = checked_new_pin(pin, person)
        with self._changing():
            keys = self._kept()
            if not is_ring_key(keys, ring_key):
                raise BadInput(
                    "That recovery code is not for this store. Ask the station to make it from this keys.json."
                )
            self._seal_for_good(keys, ring_key, person, checked)
            self._pins.tries.clear(person)

    def seal_to_station(self, public_key: str | None) -> None:
        """See that the station can open the store too, if it gave its recovery key. Raises StoreLocked."""
        keys = self._files.read()
        if keys is None or public_key is None or ((slot := keys.recovery()) and slot.public_key == public_key):
            return
        with self._changing():
            keys = self._kept()
            self._files.write(keys.with_recovery(recovery_slot(public_key, self._opened(keys))))

    def lock(self) -> None:
        """Forget the open key. A store that the platform opens, or that has no PIN yet, stays open."""
        keys = self._files.read()
        if keys is not None:
            self._open_key.forget(keys.ring)

    def _platform_slot(self, ring_key: bytes) -> PlatformSlot | None:
        """A slot in the platform's secure store, if there is one. Raises StoreFault if that does not keep the key."""
        if self._secure_store is None:
            return None
        name = f"contact755-{key_name(ring_key).hex()}"
        try:
            self._secure_store.put(name, ring_key.hex())
            is_kept = self._secure_store.get(name) == ring_key.hex()
        except OSError as problem:
            raise fault_of(problem) from problem
        if not is_kept:
            raise StoreFault("The device's secure store does not keep the key. Nothing was made; restart the device.")
        return PlatformSlot(name)

    def _seal_for_good(self, keys: KeySlots, ring_key: bytes, person: str, pin: str) -> None:
        """A new ring key and a new data key: the ring key was seen in plain, on this disk or at the station."""
        new_ring_key = new_key()
        data_keys = (new_key(), *data_keys_of(keys, ring_key))
        recovery, platform = keys.recovery(), None
        if keys.platform() is not None:
            with suppress(StoreFault):  # dead for good: from now on the PIN opens
                platform = self._platform_slot(new_ring_key)
        slots: list[Slot] = [
            *([] if platform is None else [platform]),
            pin_slot(person, pin, new_ring_key if platform is None else new_key()),
            *([] if recovery is None else [recovery_slot(recovery.public_key, new_ring_key)]),
        ]
        made = slots_over(new_ring_key, data_keys, slots)
        self._open_key.put(made.ring, new_ring_key)  # first: if this is the last that is done, nothing has changed
        self._files.write(made)
        self._open_key.forget(keys.ring)

    def _kept(self) -> KeySlots:
        keys = self._files.read()
        if keys is None:
            raise BadInput("This store is not sealed: it has no PIN and no keys.")
        return keys

    def _opened(self, keys: KeySlots) -> bytes:
        ring_key = self._ring_key(keys)
        if ring_key is None:
            raise locked() if keys.platform() is None else PlatformKeyGone()
        return ring_key

    def _ring_key(self, keys: KeySlots) -> bytes | None:
        """The ring key if the store is open; a key that fits no more counts as none."""
        found = self._open_key.get(keys.ring)
        if (slot := keys.open()) is not None:
            found = bytes.fromhex(slot.ring_key)
        platform = keys.platform()
        if platform is not None and self._secure_store is not None:
            try:
                secret = self._secure_store.get(platform.name)
            except OSError as problem:
                raise fault_of(problem) from problem
            found = _key_in(secret)
        return found if found is not None and is_ring_key(keys, found) else None

    def _has_store(self) -> bool:
        try:
            return bool(segments_in(self._disk.names(self.folder / STORE_NAME)))
        except OSError as problem:
            raise fault_of(problem) from problem

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One program at a time changes the keys, or tries a PIN."""
        try:
            self._disk.make_folder(self.folder)
            lock = self._disk.lock(self.folder / LOCK_NAME)
        except OSError as problem:
            raise fault_of(problem) from problem
        try:
            lock.acquire()
            try:
                self._files.even()
                yield
            finally:
                lock.release()
        finally:
            lock.close()


def _key_in(secret: str | None) -> bytes | None:
    try:
        return None if secret is None else bytes.fromhex(secret)
    except ValueError:
        return None
