"""Which keys a device signs with: the one of now, and the next from when it was announced until it was first used."""

from datetime import datetime
from typing import Protocol

from station.callers import Caller
from station.challenges import new_challenge
from station.refusal import Refused
from sync.problem import Trouble
from sync.rotation import Rotated, Rotation
from sync.signing import is_signed, rotation_message


class HasKeys(Protocol):
    """A device by its keys."""

    public_key: str
    next_public_key: str | None


def signing_key(device: HasKeys, message: bytes, signature: str) -> str | None:
    """The device's key that made a signature; None if none of its keys did."""
    return next((key for key in public_keys(device) if is_signed(key, message, signature)), None)


def public_keys(device: HasKeys) -> tuple[str, ...]:
    """The device's keys that are good now."""
    return tuple(key for key in (device.public_key, device.next_public_key) if key is not None)


def use(device: HasKeys, key: str) -> None:
    """A request was signed with this key: if it is the next one, the one before ends."""
    if key == device.next_public_key:
        device.public_key, device.next_public_key = key, None


def rotate(device: Caller, asked: Rotation, now: datetime) -> Rotated:
    """Note the next key of a device whose request was checked. Doing it again changes nothing. Raises Refused."""
    if asked.device != str(device.id):
        raise Refused(Trouble.MALFORMED, "The request names another device than its signature.")
    message = rotation_message(device=asked.device, public_key=asked.public_key)
    if not is_signed(asked.public_key, message, asked.signature):
        raise Refused(Trouble.SIGNATURE_BAD, "The request is not signed with the new key that it names.")
    if asked.public_key != device.public_key:
        device.next_public_key = asked.public_key
    return Rotated(asked.device, asked.public_key, new_challenge(device.secret, asked.device, now))
