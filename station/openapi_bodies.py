"""The bodies of the exchange and of the enrolment as JSON Schema, each like its reader in sync/ (openapi.py)."""

from typing import Any

from sync.certificates import PIN_PATTERN
from sync.limits import (
    BATCH_RECORDS_MAX,
    DAMAGE_CHARACTERS_MAX,
    DAMAGE_LINES_MAX,
    INTEGER_MAX,
    MISSING_RANGES_MAX,
    MONOTONIC_MS_MAX,
    NEWS_ITEMS_MAX,
    PINS_MAX,
)
from sync.problem import PREFIX, Trouble
from sync.verdicts import MEANINGS
from sync.wire import WIRE_VERSION

Schema = dict[str, Any]

# As in sync/fields.py: one line, no control characters, none that turn the direction of what follows.
_ONE_LINE = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff]+$"
_WIRE: Schema = {"type": "integer", "const": WIRE_VERSION, "description": "The version of the wire."}
_UUID: Schema = {
    "type": "string",
    "format": "uuid",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
}
_TIME: Schema = {
    "type": "string",
    "description": "UTC with milliseconds, from 1970 to 2999, like 2026-11-22T22:32:05.123Z.",
    "pattern": "^(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z$",
}


def _text(most: int, description: str = "") -> Schema:
    found: Schema = {"type": "string", "minLength": 1, "maxLength": most, "pattern": _ONE_LINE}
    return found | {"description": description} if description else found


def _whole(least: int, most: int = INTEGER_MAX, description: str = "") -> Schema:
    found: Schema = {"type": "integer", "minimum": least, "maximum": most}
    return found | {"description": description} if description else found


def _hex(digits: int, description: str) -> Schema:
    return {"type": "string", "pattern": f"^[0-9a-f]{{{digits}}}$", "description": description}


def _object(required: list[str], properties: Schema, **more: object) -> Schema:
    return {"type": "object", "required": required, "properties": properties, **more}


_NUMBERS: Schema = {"type": "array", "items": {"type": "integer"}}
_HOW: Schema = {
    "steps": {"type": "boolean", "description": "Each number is its step from the one before."},
    "from": {"type": "boolean", "description": "Each number is reckoned from the record's entered_at."},
}
SPELLING: Schema = {
    "description": "The values of one field, in the order of the records that have it.",
    "anyOf": [
        {"type": "array", "description": "The values themselves."},
        _object(["all"], {"all": {"description": "The same value everywhere."}}),
        _object(["ints"], {"ints": _NUMBERS, **_HOW}),
        _object(["times"], {"times": _NUMBERS | {"description": "Milliseconds since 1970."}, **_HOW}),
        _object(
            ["uuids", "rest"],
            {
                "uuids": _NUMBERS | {"description": "The first 48 bits of each."},
                "rest": {"type": "string", "description": "The other 80 bits of each, in base64."},
                **_HOW,
            },
        ),
        _object(["hex", "bytes"], {"hex": {"type": "string", "description": "In base64."}, "bytes": _whole(1, 64)}),
    ],
}
COLUMNS: Schema = _object(
    ["count", "shapes", "columns"],
    {
        "count": _whole(0, BATCH_RECORDS_MAX, "How many records."),
        "shapes": {
            "type": "array",
            "items": {"type": ["array", "null"], "items": {"type": "string"}, "uniqueItems": True},
            "description": "The lists of field names that occur; null for what is no JSON object.",
        },
        "of": _NUMBERS | {"description": "Which shape each record has; left out if there is only one."},
        "columns": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Spelling"}},
        "others": {"type": "array", "description": "What is no JSON object; left out if there is none."},
    },
    description="Records as columns. A record may be {raw: base64} where nothing else helps; it is kept unread.",
)
BATCH: Schema = _object(
    ["wire", "app", "sent_at", "monotonic_ms", "boot", "sequence_last", "ready", "receipt_last", "news", "records"],
    {
        "wire": _WIRE,
        "app": _text(40, "The version of the app."),
        "sent_at": _TIME,
        "monotonic_ms": _whole(0, MONOTONIC_MS_MAX, "The device's steady clock at sending."),
        "boot": _text(64, "Which start of the device the steady clock counts from."),
        "sequence_last": _whole(0, description="The last sequence number given out; 0 if none."),
        "ready": _whole(0, description="How many records are ready to send, these included."),
        "epoch": _text(64, "Of the last receipt; left out if there was none."),
        "receipt_last": _whole(0, description="The number of the last receipt; 0 if none."),
        "news": _whole(0, description="The number of the last news item that the device has."),
        "damage": {
            "description": f"What was wrong with the device's store, in at most {DAMAGE_LINES_MAX} lines of "
            f"{DAMAGE_CHARACTERS_MAX} characters; more is cut off, and what is no list is ignored."
        },
        "records": {"$ref": "#/components/schemas/Columns"},
    },
)
_AUDIT: Schema = _object(
    ["said", "held", "missing"],
    {
        "said": _whole(0, description="The last number that the device has given out."),
        "held": _whole(0, description="How many of those the station holds."),
        "missing": {
            "type": "array",
            "maxItems": MISSING_RANGES_MAX,
            "items": {"type": "array", "items": _whole(1), "minItems": 2, "maxItems": 2},
            "description": "Ranges (first, last) that it lacks, the lowest first.",
        },
    },
)
_NEWS: Schema = _object(
    ["items", "more"],
    {
        "items": {
            "type": "array",
            "maxItems": NEWS_ITEMS_MAX,
            "items": _object(
                ["number", "kind", "body"], {"number": _whole(1), "kind": _text(40), "body": {"type": "object"}}
            ),
        },
        "more": {"type": "boolean", "description": "Whether more waits for the next exchange."},
    },
)
RECEIPT: Schema = _object(
    ["wire", "receipt", "batch", "epoch", "received_at", "challenge", "verdicts", "digest", "audit", "records_max"],
    {
        "wire": _WIRE,
        "receipt": _whole(0, description="A number to quote; 0 for a batch without records."),
        "batch": _UUID,
        "epoch": _text(64, "Another one: the station was restored from a backup."),
        "received_at": _TIME,
        "challenge": _text(200, "To be signed next."),
        "verdicts": {
            "type": "string",
            "maxLength": BATCH_RECORDS_MAX,
            "description": "A letter for each record, in order: "
            + ", ".join(f"{meaning.letter} {verdict}" for verdict, meaning in MEANINGS.items())
            + "; any other counts as try-later.",
        },
        "reasons": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "By position, for a person to read.",
        },
        "digest": _hex(32, "BLAKE2b-128 over the records' hashes, a line each."),
        "audit": _AUDIT,
        "records_max": _whole(1, description="How many records the station takes at once."),
        "news": _NEWS,
        "pins": {
            "type": "array",
            "maxItems": PINS_MAX,
            "items": {"type": "string", "pattern": f"^{PIN_PATTERN}$"},
            "description": "All that name the station's own authority from now on.",
        },
    },
)
_KEY = _hex(64, "A public key.")
ENROLMENT: Schema = _object(
    ["wire", "code", "device", "public_key", "signature"],
    {
        "wire": _WIRE,
        "code": _text(20, "The code from the station, like K7QM-4T2X."),
        "device": _UUID,
        "public_key": _KEY,
        "signature": _hex(128, "Ed25519 over device, code and key."),
    },
)
ENROLLED: Schema = _object(
    ["wire", "device", "name", "station", "epoch", "challenge"],
    {
        "wire": _WIRE,
        "device": _UUID,
        "name": _text(80),
        "station": _text(80),
        "epoch": _text(64),
        "challenge": _text(200, "To be signed first."),
        "recovery_key": _KEY,
    },
)
ROTATION: Schema = _object(
    ["wire", "device", "public_key", "signature"],
    {
        "wire": _WIRE,
        "device": _UUID,
        "public_key": _KEY,
        "signature": _hex(128, "Ed25519 of the new key over device and new key."),
    },
)
ROTATED: Schema = _object(
    ["wire", "device", "public_key", "challenge"],
    {"wire": _WIRE, "device": _UUID, "public_key": _KEY, "challenge": _text(200, "To be signed first.")},
)
HEALTH: Schema = _object(["status", "version"], {"status": {"const": "ok"}, "version": {"type": "string"}})
PROBLEM: Schema = _object(
    ["type", "title", "status", "detail"],
    {
        "type": {"type": "string", "enum": [PREFIX + trouble for trouble in Trouble]},
        "title": {"type": "string"},
        "status": _whole(400, 599),
        "detail": {"type": "string", "minLength": 1, "description": "A sentence that says what to do."},
        "challenge": _text(200, "Only with challenge-stale: sign this one."),
    },
)
