"""The ring key, and what it seals. Pure: keys and slots in, keys and slots out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.keyslots import (
    DATA_KEY_BOUND,
    DataKey,
    KeySlots,
    PinSlot,
    RecoverySlot,
    Slot,
    pin_bound,
    recovery_bound,
)
from sync.sealing import (
    STRETCH,
    KeyMissing,
    NotOpened,
    Sealer,
    key_name,
    new_salt,
    seal_to,
    stretched,
)
from sync.signing import private_key_from


@dataclass(frozen=True, slots=True)
class ByPin:
    """What the right PIN gives.

    `inside` is what lies in the slot: the ring key, but not where the platform keeps that. `private_key` (hexadecimal) is
    the person's own, to sign worksheets with; it is kept nowhere.
    """

    inside: bytes
    private_key: str


def slots_over(ring_key: bytes, data_keys: Sequence[bytes], slots: Sequence[Slot]) -> KeySlots:
    """These data keys, newest first, under this ring key, with slots that give it."""
    sealer = Sealer(ring_key)
    sealed = [DataKey(key_name(key).hex(), sealer.seal(key, DATA_KEY_BOUND).hex()) for key in data_keys]
    return KeySlots(key_name(ring_key).hex(), tuple(sealed), tuple(slots))


def data_keys_of(keys: KeySlots, ring_key: bytes) -> tuple[bytes, ...]:
    """The data keys, newest first. Raises NotOpened or KeyMissing if the ring key is another one, or they are damaged."""
    sealer = Sealer(ring_key)
    return tuple(sealer.open(bytes.fromhex(each.sealed), DATA_KEY_BOUND) for each in keys.data_keys)


def is_ring_key(keys: KeySlots, ring_key: bytes) -> bool:
    """Whether this key opens the ring."""
    try:
        return bool(data_keys_of(keys, ring_key))
    except (NotOpened, KeyMissing, ValueError):
        return False


def pin_slot(person: str, pin: str, inside: bytes) -> PinSlot:
    """A slot that gives the ring key, or whatever is put inside, to whoever knows this PIN. Takes a tenth of a second, on purpose."""
    salt = new_salt()
    sealed = Sealer(stretched(pin, salt, STRETCH)).seal(inside, pin_bound(person))
    return PinSlot(person, STRETCH, salt.hex(), sealed.hex())


def opened_by_pin(slot: PinSlot, pin: str) -> ByPin | None:
    """What the PIN gives, or None if that is not the PIN. As slow as making the slot. Raises NotOpened for a damaged slot."""
    key = stretched(pin, bytes.fromhex(slot.salt), slot.stretch)
    try:
        inside = Sealer(key).open(bytes.fromhex(slot.sealed), pin_bound(slot.person))
        return ByPin(inside, private_key_from(key))
    except KeyMissing:  # the sealed key names the key that it was sealed under
        return None


def recovery_slot(public_key: str, ring_key: bytes) -> RecoverySlot:
    """A slot that gives the ring key to the station. Raises ValueError for a key that is none."""
    sealed = seal_to(public_key, ring_key, recovery_bound(key_name(ring_key).hex()))
    return RecoverySlot(public_key, sealed.hex())
