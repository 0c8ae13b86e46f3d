"""The file keys.json, which lies beside a sealed store: its data keys, and the ways to open them. Format alone, no disk.

As in LUKS: the data keys are sealed under one random ring key, and each slot gives the ring key to somebody, so that a
PIN can be changed, or a data key added, without touching what the others hold.

    platform   the ring key lies in the platform's secure store, under a name
    pin        sealed under a key stretched from one person's PIN (beside a platform slot: something else is sealed so,
               and the PIN only shows who signs on, and signs)
    recovery   sealed to the station's recovery key, whose private half never leaves the station
    open       in plain: nobody has set a PIN yet, and the store holds no contact

What a newer version wrote is kept as it is, and written again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sync.canonical import JsonObject, MalformedJson, NotCanonical, read_json
from sync.records import hashed, unhashed
from sync.sealing import Stretch, is_bearable

VERSION = 1
# What a sealed data key is bound to.
DATA_KEY_BOUND = b"contact755-data-key"
_VERSION, _RING, _DATA_KEYS, _SLOTS = "version", "ring", "data_keys", "slots"


class KeysUnreadable(Exception):
    """The text is no keys.json, or it is damaged."""


class KeysNewer(Exception):
    """Written by a version of the program that this one does not understand."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key, by the name that sealed frames call it, sealed under the ring key (hexadecimal)."""

    name: str
    sealed: str


@dataclass(frozen=True, slots=True)
class PinSlot:
    """The ring key (see above) sealed under a person's stretched PIN; salt and sealed key are hexadecimal."""

    person: str
    stretch: Stretch
    salt: str
    sealed: str


@dataclass(frozen=True, slots=True)
class PlatformSlot:
    """The ring key lies in the platform's secure store under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class RecoverySlot:
    """The ring key sealed to this public key of the station (both hexadecimal)."""

    public_key: str
    sealed: str


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """The ring key itself (hexadecimal): nobody has a PIN here yet."""

    ring_key: str


@dataclass(frozen=True, slots=True)
class UnknownSlot:
    """A slot of a kind that this version does not know, as it was found."""

    found: Any


Slot = PinSlot | PlatformSlot | RecoverySlot | OpenSlot | UnknownSlot


@dataclass(frozen=True, slots=True)
class KeySlots:
    """All that keys.json says. `ring` is the ring key's name, the newest of `data_keys` comes first."""

    ring: str
    data_keys: tuple[DataKey, ...]
    slots: tuple[Slot, ...]

    def pins(self) -> dict[str, PinSlot]:
        """The PIN slots, by person."""
        return {slot.person: slot for slot in self.slots if isinstance(slot, PinSlot)}

    def with_pin(self, new: PinSlot) -> "KeySlots":
        """The same, with this person's slot new or replaced."""
        others = (slot for slot in self.slots if not (isinstance(slot, PinSlot) and slot.person == new.person))
        return replace(self, slots=(*others, new))

    def without_pin(self, person: str) -> "KeySlots":
        """The same, without this person's slot."""
        return replace(self, slots=tuple(slot for slot in self.slots if slot != self.pins().get(person)))

    def platform(self) -> PlatformSlot | None:
        """The platform's slot, if the platform keeps the ring key."""
        return next((slot for slot in self.slots if isinstance(slot, PlatformSlot)), None)

    def open(self) -> OpenSlot | None:
        """The slot that gives the ring key in plain, if nobody has set a PIN yet."""
        return next((slot for slot in self.slots if isinstance(slot, OpenSlot)), None)

    def with_recovery(self, new: RecoverySlot) -> "KeySlots":
        """The same, with the recovery slot new or replaced."""
        others = (slot for slot in self.slots if not isinstance(slot, RecoverySlot))
        return replace(self, slots=(*others, new))

    def recovery(self) -> RecoverySlot | None:
        """The recovery slot, if a station gave its key."""
        return next((slot for slot in self.slots if isinstance(slot, RecoverySlot)), None)


def pin_bound(person: str) -> bytes:
    """What a ring key in a PIN slot is bound to: one person's slot cannot be passed off as another's."""
    return b"contact755-pin-slot " + person.encode()


def recovery_bound(ring: str) -> bytes:
    """What a ring key in the recovery slot is bound to."""
    return b"contact755-recovery-slot " + ring.encode()


def slots_to_json(keys: KeySlots) -> JsonObject:
    """The file's JSON, with a hash that tells damage."""
    return hashed(
        {
            _VERSION: VERSION,
            _RING: keys.ring,
            _DATA_KEYS: [{"name": each.name, "sealed": each.sealed} for each in keys.data_keys],
            _SLOTS: [_slot_to_json(slot) for slot in keys.slots],
        }
    )


def slots_from_bytes(data: bytes) -> KeySlots:
    """What a file says. Raises KeysUnreadable, KeysNewer."""
    try:
        found = read_json(data)
        if not isinstance(found, dict) or hashed(unhashed(found)) != found:
            raise KeysUnreadable
        if found[_VERSION] != VERSION:
            raise KeysNewer
        data_keys = tuple(DataKey(_hex(each["name"]), _hex(each["sealed"])) for each in found[_DATA_KEYS])
        return KeySlots(_hex(found[_RING]), data_keys, tuple(_slots_in(found[_SLOTS])))
    except (MalformedJson, NotCanonical, KeyError, TypeError, ValueError):
        raise KeysUnreadable from None


def _slots_in(found: Sequence[Any]) -> Iterator[Slot]:
    for each in found:
        try:
            yield _slot_from_json(each)
        except (KeyError, TypeError, ValueError):
            yield UnknownSlot(each)


def _slot_from_json(found: JsonObject) -> Slot:
    kind = found["kind"]
    if kind == "pin":
        stretch = Stretch(found["n"], found["r"], found["p"])
        if not is_bearable(stretch):
            raise ValueError(kind)
        return PinSlot(str(found["person"]), stretch, _hex(found["salt"]), _hex(found["sealed"]))
    if kind == "platform":
        return PlatformSlot(str(found["name"]))
    if kind == "recovery":
        return RecoverySlot(_hex(found["public_key"]), _hex(found["sealed"]))
    if kind == "open":
        return OpenSlot(_hex(found["ring_key"]))
    raise ValueError(kind)


def _slot_to_json(slot: Slot) -> Any:  # noqa: ANN401 - an unknown slot may be anything
    match slot:
        case PinSlot(person, stretch, salt, sealed):
            cost = {"n": stretch.n, "r": stretch.r, "p": stretch.p}
            return {"kind": "pin", "person": person, **cost, "salt": salt, "sealed": sealed}
        case PlatformSlot(name):
            return {"kind": "platform", "name": name}
        case RecoverySlot(public_key, sealed):
            return {"kind": "recovery", "public_key": public_key, "sealed": sealed}
        case OpenSlot(ring_key):
            return {"kind": "open", "ring_key": ring_key}
        case UnknownSlot(found):
            return found


def _hex(found: str) -> str:
    bytes.fromhex(found)
    return found
