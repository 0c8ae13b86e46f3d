"""Enrolment: how a device and a station come to know each other, once.

The code is eight characters of Crockford's base 32 (no I, L, O or U), shown as two groups of four. The first group
names the code, the second is tried at most ENROL_TRIES_MAX times; both together are only stored as a hash.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from sync import fields
from sync.canonical import JsonObject
from sync.wire import WIRE_VERSION, BadEnvelope

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP_CHARACTERS = 4
# What a person may read instead of the right character.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a device sends: the code it was given, its own id, its Ed25519 public key and its signature (both hex)."""

    code: str
    device: str
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the station answers: under what name it knows the device now, and the challenge to sign next.

    `recovery_key` is the public key to which a device seals what only the station shall open; None from an older station.
    """

    device: str
    name: str
    station: str
    epoch: str
    challenge: str
    recovery_key: str | None = None


def new_code() -> str:
    """A fresh code like K7QM-4T2X, from the system's random source (40 bits)."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(2 * GROUP_CHARACTERS))
    return f"{letters[:GROUP_CHARACTERS]}-{letters[GROUP_CHARACTERS:]}"


def tidy_code(typed: str) -> str:
    """A code as it was given out, however it was typed. Raises ValueError with a sentence if it cannot be one."""
    letters = typed.strip().upper().translate(_MISREAD)
    if len(letters) != 2 * GROUP_CHARACTERS or any(letter not in ALPHABET for letter in letters):
        raise ValueError("An enrolment code has eight letters and digits, like K7QM-4T2X. Ask the station for one.")
    return f"{letters[:GROUP_CHARACTERS]}-{letters[GROUP_CHARACTERS:]}"


def enrolment_to_json(enrolment: Enrolment) -> JsonObject:
    """The body of an enrolment."""
    return {
        "wire": WIRE_VERSION,
        "code": enrolment.code,
        "device": enrolment.device,
        "public_key": enrolment.public_key,
        "signature": enrolment.signature,
    }


_KEY_LIKE = "a key of 64 hexadecimal digits"
_ENROLMENT = {
    "code": fields.text(20),
    "device": fields.uuid_text(),
    "public_key": fields.text(64, pattern="[0-9a-f]{64}", like=_KEY_LIKE),
    "signature": fields.text(128, pattern="[0-9a-f]{128}", like="a signature of 128 hexadecimal digits"),
}
_ENROLLED = {
    "device": fields.uuid_text(),
    "name": fields.text(80),
    "station": fields.text(80),
    "epoch": fields.text(64),
    "challenge": fields.header_text(200),
    "recovery_key": fields.text(64, pattern="[0-9a-f]{64}", like=_KEY_LIKE, required=False),
}


def enrolment_from_json(found: object) -> Enrolment:
    """The enrolment in a decoded body. Raises BadEnvelope."""
    return Enrolment(**_read(found, _ENROLMENT, "The enrolment"))


def enrolled_to_json(enrolled: Enrolled) -> JsonObject:
    """The body of the station's answer."""
    found = {name: getattr(enrolled, name) for name in _ENROLLED}
    return {"wire": WIRE_VERSION} | {name: value for name, value in found.items() if value is not None}


def enrolled_from_json(found: object) -> Enrolled:
    """The station's answer in a decoded body. Raises BadEnvelope."""
    return Enrolled(**_read(found, _ENROLLED, "The answer"))


def _read(found: object, table: dict[str, fields.Field], what: str) -> dict[str, Any]:
    if not isinstance(found, dict) or found.get("wire") != WIRE_VERSION:
        raise BadEnvelope(f"{what} is not of wire version {WIRE_VERSION}.")
    try:
        given = {name: entry for name, entry in table.items() if entry.required or name in found}
        return {name: entry.read(found.get(name)) for name, entry in given.items()}
    except ValueError as problem:
        raise BadEnvelope(f"{what} is not whole: something {problem}.") from None
