"""What the changes of a store's journal hold of records and verdicts, each once, and what cannot be proved, as it was.

The device gathers from what it can read, the station from the sealed frames that only it can open. Both see the tables
of the device's store (field_app/store/records.py): `records` and `verdicts` by record id, `device` for the device itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sync.canonical import JsonObject, NotCanonical, readable_bytes
from sync.records import hashed, unhashed

RECORDS, VERDICTS, DEVICE, IDENTITY = "records", "verdicts", "device", "identity"
UNPROVED = "A record whose content does not match its own hash: it was damaged on the device."


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that say no record that can be proved, and why they are kept."""

    reason: str
    data: bytes


class Gathered:
    """Records by id and content, the last verdict on each, and raw bytes. Two records of one id are both kept."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], JsonObject] = {}
        self._raw: dict[bytes, Raw] = {}
        self.verdicts: dict[str, JsonObject] = {}
        self.identity: JsonObject = {}

    @property
    def records(self) -> list[JsonObject]:
        """The records that prove themselves, by sequence."""
        return sorted(self._records.values(), key=sequence_of)

    @property
    def raw(self) -> list[Raw]:
        """What cannot be proved."""
        return list(self._raw.values())

    def follow(self, changes: Iterable[Any]) -> None:
        """Take in changes, as decoded from a frame; what is none is passed over."""
        for change in changes:
            match change:
                case [str(table), "p", str(key), dict(document)] if table == RECORDS:
                    self.keep(document)
                case [str(table), "p", str(key), dict(document)] if table == VERDICTS:
                    self.verdicts[key] = document
                case [str(table), "p", str(key), dict(document)] if (table, key) == (DEVICE, IDENTITY):
                    self.identity = document

    def keep(self, document: JsonObject) -> None:
        """Keep a record, or its bytes if its hash does not prove it."""
        if is_proved(document):
            self._records[document["id"], document["hash"]] = document
        else:
            self.keep_raw(UNPROVED, readable_bytes(document))

    def keep_raw(self, reason: str, data: bytes) -> None:
        """Keep bytes, once."""
        self._raw.setdefault(data, Raw(reason, data))

    def has(self, document: JsonObject) -> bool:
        """Whether this very record is kept."""
        return (document.get("id"), document.get("hash")) in self._records


def is_proved(document: JsonObject) -> bool:
    """Whether a record carries the hash of its own content, and an id."""
    try:
        return hashed(unhashed(document)) == document and isinstance(document.get("id"), str)
    except (NotCanonical, RecursionError):
        return False


def sequence_of(document: JsonObject) -> int:
    """A record's sequence number, 0 if it has none."""
    found = document.get("sequence")
    # In Python, true is a number too.
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0
