"""What the devices' addresses take and answer, as OpenAPI 3.1, for whoever writes another device or station.

Written by hand, since bodies are read by hand (api.py): a framework would refuse a whole batch for one record. What the
schemas cannot say, docs/exchange.md does: that columns fit each other, and what a signature is over.
"""

from http import HTTPStatus
from typing import Any

from station.openapi_bodies import (
    BATCH,
    COLUMNS,
    ENROLLED,
    ENROLMENT,
    HEALTH,
    PROBLEM,
    RECEIPT,
    ROTATED,
    ROTATION,
    SPELLING,
)
from station.problems import RETRY_AFTER_SECONDS
from station.refusal import STATUSES
from sync.packing import Packing
from sync.problem import MEDIA_TYPE, Trouble
from sync.rotation import ROTATE_PATH
from sync.signing import BATCH_HEADER, CHALLENGE_HEADER, DEVICE_HEADER, SIGNATURE_HEADER
from sync.trust import AUTHORITY_PATH, PEM_TYPE
from sync.wire import ENROL_PATH, EXCHANGE_PATH, HEALTH_PATH, WIRE_VERSION

Schema = dict[str, Any]

OPENAPI_PATH = "/openapi.json"
_JSON = "application/json"
_UUID = {"type": "string", "format": "uuid"}
_SIGNED_HEADERS: dict[str, tuple[Schema, str]] = {
    DEVICE_HEADER: (_UUID, "The device that sends."),
    BATCH_HEADER: (
        _UUID | {"pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
        "A fresh id for each batch; the receipt names it.",
    ),
    CHALLENGE_HEADER: (
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        "The challenge of the last receipt, of the enrolment, or of the refusal challenge-stale.",
    ),
    SIGNATURE_HEADER: (
        {"type": "string", "pattern": "^[0-9a-f]{128}$"},
        "Ed25519 over method, path, device, batch, challenge and the SHA-256 of the body as sent.",
    ),
}


def _any_case(name: str) -> str:
    """A pattern for a name in capitals or not, as HTTP has it (RFC 9110 §8.4.1); patterns here cannot say that otherwise."""
    return "".join(f"[{each.upper()}{each}]" if each.isalpha() else each for each in name)


_ENCODING: Schema = {
    "name": "Content-Encoding",
    "in": "header",
    "required": False,
    "description": "How the body is packed, in capitals or not, identity if empty; contact755-1 is zlib with the preset dictionary "
    "(docs/exchange.md).",
    "schema": {
        "type": "string",
        "pattern": f"^[ \\t]*({'|'.join(_any_case(packing) for packing in Packing)})?[ \\t]*$",
        "examples": [str(packing) for packing in Packing],
        "default": str(Packing.NONE),
    },
}
_BODY_TROUBLES = (Trouble.MALFORMED, Trouble.WRONG_TYPE, Trouble.TOO_LARGE, Trouble.CANNOT_STORE, Trouble.FAULT)
_SIGNED_TROUBLES = (
    Trouble.DEVICE_UNKNOWN,
    Trouble.SIGNATURE_BAD,
    Trouble.CHALLENGE_STALE,
    Trouble.DEVICE_REVOKED,
)


def document() -> Schema:
    """The whole description; the same in every start."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Contact 755: what devices and a station say to each other",
            "version": str(WIRE_VERSION),
            "description": "Unknown fields are ignored on both sides. The protocol in words: docs/exchange.md.",
        },
        "paths": {
            EXCHANGE_PATH: {"post": _exchange()},
            ENROL_PATH: {"post": _enrol()},
            ROTATE_PATH: {"post": _rotate()},
            AUTHORITY_PATH: {"get": _authority()},
            HEALTH_PATH: {"get": _health()},
        },
        "components": {
            "schemas": {
                "Batch": BATCH,
                "Columns": COLUMNS,
                "Spelling": SPELLING,
                "Receipt": RECEIPT,
                "Enrolment": ENROLMENT,
                "Enrolled": ENROLLED,
                "Rotation": ROTATION,
                "Rotated": ROTATED,
                "Health": HEALTH,
                "Problem": PROBLEM,
            }
        },
    }


def _exchange() -> Schema:
    return {
        "operationId": "exchange",
        "summary": "Takes a signed batch in and answers with its receipt, after the commit.",
        "parameters": [*(_header(name, *how) for name, how in _SIGNED_HEADERS.items()), _ENCODING],
        "requestBody": _body("Batch"),
        "responses": {
            "200": _answer("Receipt", "The receipt, as gzip if Accept-Encoding has it and it is worth it."),
            **_refusals(*_BODY_TROUBLES, *_SIGNED_TROUBLES, Trouble.WRONG_METHOD),
        },
    }


def _enrol() -> Schema:
    return {
        "operationId": "enrol",
        "summary": "Makes a device known, once, by a code from the station.",
        "requestBody": _body("Enrolment"),
        "responses": {
            "200": _answer("Enrolled", "Under what name the station knows the device, and the first challenge."),
            **_refusals(*_BODY_TROUBLES, Trouble.CODE_REFUSED, Trouble.SIGNATURE_BAD, Trouble.WRONG_METHOD),
        },
    }


def _rotate() -> Schema:
    return {
        "operationId": "rotateKey",
        "summary": "Notes a device's next key; both are good until the first request with the next one.",
        "parameters": [*(_header(name, *how) for name, how in _SIGNED_HEADERS.items()), _ENCODING],
        "requestBody": _body("Rotation"),
        "responses": {
            "200": _answer("Rotated", "The key that was noted, and the challenge to sign next."),
            **_refusals(*_BODY_TROUBLES, *_SIGNED_TROUBLES, Trouble.WRONG_METHOD),
        },
    }


def _authority() -> Schema:
    answer = {
        "description": "One certificate, or two while the authority is being replaced.",
        "content": {PEM_TYPE: {}},
    }
    return {
        "operationId": "authority",
        "summary": "The certificates of the station's own authority (PEM), to be held against pins; 404 if it has none.",
        "responses": {"200": answer, **_refusals(Trouble.NOT_FOUND, Trouble.WRONG_METHOD, Trouble.FAULT)},
    }


def _health() -> Schema:
    return {
        "operationId": "health",
        "summary": "Whether the station can answer and read its database.",
        "responses": {
            "200": _answer("Health", "It can."),
            **_refusals(Trouble.WRONG_METHOD, Trouble.CANNOT_STORE, Trouble.FAULT),
        },
    }


def _header(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


def _body(name: str) -> Schema:
    return {"required": True, "content": {_JSON: {"schema": _named(name)}}}


def _answer(name: str, description: str) -> Schema:
    return {"description": description, "content": {_JSON: {"schema": _named(name)}}}


def _refusals(*troubles: Trouble) -> Schema:
    """Every refusal by its status, with the names that come under it."""
    by_status: dict[HTTPStatus, list[str]] = {}
    for trouble in troubles:
        by_status.setdefault(STATUSES[trouble], []).append(trouble)
    return {str(int(status)): _refusal(status, by_status[status]) for status in sorted(by_status)}


def _refusal(status: HTTPStatus, names: list[str]) -> Schema:
    found: Schema = {"description": ", ".join(names), "content": {MEDIA_TYPE: {"schema": _named("Problem")}}}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        description = f"Seconds to wait; here {RETRY_AFTER_SECONDS}."
        found["headers"] = {
            "Retry-After": {"description": description, "required": True, "schema": {"type": "string"}},
        }
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        found["headers"] = {
            "Allow": {"description": "The right method.", "required": True, "schema": {"type": "string"}},
        }
    return found


def _named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
