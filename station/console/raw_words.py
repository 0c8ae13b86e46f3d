"""Bytes that somebody sent, as they can be read on a page: bounded, decoded if they are JSON, nothing invisible. Pure."""

import json
from dataclasses import dataclass

from sync.canonical import MalformedJson, read_json

# Twice the largest record: whatever a device can have meant is read in full; the whole stays in the database.
SHOWN_BYTES_MAX = 8_192
SHOWN_CHARACTERS_MAX = 16_384


@dataclass(frozen=True, slots=True)
class Shown:
    """Bytes as text, how many there are, and the same as JSON where they are that."""

    text: str
    length: int
    is_cut: bool
    decoded: str | None


def shown_bytes(raw: bytes) -> Shown:
    """These bytes as text for a page."""
    text = raw[:SHOWN_BYTES_MAX].decode("utf-8", "backslashreplace")
    return Shown(
        _visible(text), len(raw), len(raw) > SHOWN_BYTES_MAX, None if len(raw) > SHOWN_BYTES_MAX else _decoded(raw)
    )


def _decoded(raw: bytes) -> str | None:
    try:
        found = read_json(raw)
    except MalformedJson:
        return None
    return _visible(json.dumps(found, ensure_ascii=False, indent=2, default=str)[:SHOWN_CHARACTERS_MAX])


def _visible(text: str) -> str:
    # Letters that turn the direction of text around, or that are half of one, are shown by their number.
    return "".join(each if each.isprintable() or each == "\n" else f"\\u{ord(each):04x}" for each in text)
