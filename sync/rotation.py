"""A device's new key: what it asks for, signed with the old key as an exchange is, and inside with the new one too.

Both keys are good until the first request that is signed with the new one. So whatever is lost on the way, or wherever
the device stops, it can ask again with the key that it has, for the same new key, and nothing changes by that.
"""

from dataclasses import dataclass
from typing import Any

from sync import fields
from sync.canonical import JsonObject
from sync.signing import rotation_message, sign
from sync.wire import WIRE_VERSION, BadEnvelope

ROTATE_PATH = "/v1/rotate-key"


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a device sends: its id, the new public key, and the new key's own signature (both hex)."""

    device: str
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Rotated:
    """What the station answers: the public key that it has noted, and the challenge to sign next."""

    device: str
    public_key: str
    challenge: str


def rotation_to(device: str, private_key: str, public_key: str) -> Rotation:
    """The request for a new key, of which both halves are given."""
    signature = sign(private_key, rotation_message(device=device, public_key=public_key))
    return Rotation(device, public_key, signature)


_ROTATION = {
    "device": fields.uuid_text(),
    "public_key": fields.text(64, pattern="[0-9a-f]{64}", like="a key of 64 hexadecimal digits"),
    "signature": fields.text(128, pattern="[0-9a-f]{128}", like="a signature of 128 hexadecimal digits"),
}
_ROTATED = {
    "device": fields.uuid_text(),
    "public_key": fields.text(64, pattern="[0-9a-f]{64}", like="a key of 64 hexadecimal digits"),
    "challenge": fields.header_text(200),
}


def rotation_to_json(rotation: Rotation) -> JsonObject:
    """The body of a request for a new key."""
    return {"wire": WIRE_VERSION} | {name: getattr(rotation, name) for name in _ROTATION}


def rotation_from_json(found: object) -> Rotation:
    """The request in a decoded body. Raises BadEnvelope."""
    return Rotation(**_read(found, _ROTATION, "The request for a new key"))


def rotated_to_json(rotated: Rotated) -> JsonObject:
    """The body of the station's answer."""
    return {"wire": WIRE_VERSION} | {name: getattr(rotated, name) for name in _ROTATED}


def rotated_from_json(found: object) -> Rotated:
    """The station's answer in a decoded body. Raises BadEnvelope."""
    return Rotated(**_read(found, _ROTATED, "The answer"))


def _read(found: object, table: dict[str, fields.Field], what: str) -> dict[str, Any]:
    if not isinstance(found, dict) or found.get("wire") != WIRE_VERSION:
        raise BadEnvelope(f"{what} is not of wire version {WIRE_VERSION}.")
    try:
        return {name: entry.read(found.get(name)) for name, entry in table.items()}
    except ValueError as problem:
        raise BadEnvelope(f"{what} is not whole: something {problem}.") from None
