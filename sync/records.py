"""The records a device makes: immutable facts, each under the one id that it keeps from tap to worksheet.

A correction is a new contact that names the one it replaces; an undo is a withdrawal. Nothing is ever edited.
Fields that this version does not know are kept in `extra` and written back as they came.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from sync import fields, limits
from sync.canonical import JsonObject, canonical_bytes, content_hash
from sync.fields import Field

SCHEMA = 1


class Source(StrEnum):
    """How a contact came about: self-initiated, on a call for service, or at the desk (Unit Order 16-02)."""

    OBS = "obs"
    CALL = "call"
    COUNTER = "counter"


class Role(StrEnum):
    """In what role a person is signed on. Volunteers and the desk fall under the order too."""

    DEPUTY = "deputy"
    VOLUNTEER = "volunteer"
    DESK = "desk"


class BadRecord(ValueError):
    """A record that cannot be taken; `problems` has one plain sentence per fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


class NewerRecord(ValueError):
    """A record of a kind or schema that this version does not know; it is kept for a newer one."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every record carries.

    `sequence` is gapless per device, for audit only. `entered_at` is the device's wall clock at the tap (UTC),
    `monotonic_ms` its steady clock within `boot`: with both, the station can correct a wrong wall clock.
    """

    kind: ClassVar[str]
    table: ClassVar[Mapping[str, Field]] = {
        "id": fields.uuid_text(),
        "device": fields.uuid_text(),
        "sequence": fields.whole(1, limits.INTEGER_MAX),
        "person": fields.text(limits.CODE_CHARACTERS_MAX),
        "entered_at": fields.time(),
        "monotonic_ms": fields.whole(0, limits.MONOTONIC_MS_MAX),
        "boot": fields.text(64),
    }

    id: str
    device: str
    sequence: int
    person: str
    entered_at: datetime
    monotonic_ms: int
    boot: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "extra", MappingProxyType(dict(self.extra)))


@dataclass(frozen=True, kw_only=True)
class Contact(Record):
    """One 755: a social contact with citizens.

    `claimed_at` is when it happened as the person says (UTC), `minutes` how long it took; `people` counts the
    citizens spoken to, `cards` the "755" cards handed out. Settings are the order's seven examples and *other*.
    """

    kind: ClassVar[str] = "contact"
    table: ClassVar[Mapping[str, Field]] = {
        **Record.table,
        "claimed_at": fields.time(),
        "setting": fields.text(40, pattern=r"[a-z]+(-[a-z]+)*", like="a setting's name, like coffee-shop"),
        "source": fields.one_of(Source),
        "role": fields.one_of(Role),
        "watch": fields.text(
            limits.CODE_CHARACTERS_MAX,
            pattern=r"[a-z0-9]+",
            like="a watch's name, like day",
        ),
        "unit": fields.text(limits.CODE_CHARACTERS_MAX, required=False),
        "rd": fields.text(limits.CODE_CHARACTERS_MAX, required=False),
        "tag": fields.text(limits.CODE_CHARACTERS_MAX, required=False),
        "people": fields.whole(limits.PEOPLE_MIN, limits.PEOPLE_MAX),
        "cards": fields.whole(0, limits.CARDS_MAX),
        "minutes": fields.whole(0, limits.MINUTES_MAX, required=False),
        "note": fields.text(limits.NOTE_CHARACTERS_MAX, required=False),
        "corrects": fields.uuid_text(required=False),
    }

    claimed_at: datetime
    setting: str
    source: Source
    role: Role
    watch: str
    unit: str | None = None
    rd: str | None = None
    tag: str | None = None
    people: int = 1
    cards: int = 1
    minutes: int | None = None
    note: str | None = None
    corrects: str | None = None


@dataclass(frozen=True, kw_only=True)
class Withdrawal(Record):
    """Takes one record back: an undo, a mistake, or a contact that was a stop (never only a 755, DOMAIN.md §4.2)."""

    kind: ClassVar[str] = "withdrawal"
    table: ClassVar[Mapping[str, Field]] = {
        **Record.table,
        "withdraws": fields.uuid_text(),
        "reason": fields.text(limits.REASON_CHARACTERS_MAX),
    }

    withdraws: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Worksheet(Record):
    """A person confirms the Deputy Daily Worksheet of one shift: `contacts` are the ids of those that stand there.

    `shift_on` is the date on which the watch started. `signature` (hexadecimal) is over everything else here, by the key
    that only the person's PIN opens, whose public half is `key` (signing.py); a store without PINs has neither. A later
    one of the same device replaces it by being later; both are kept.
    """

    kind: ClassVar[str] = "worksheet"
    table: ClassVar[Mapping[str, Field]] = {
        **Record.table,
        "watch": Contact.table["watch"],
        "shift_on": fields.day(),
        "unit": Contact.table["unit"],
        "contacts": fields.uuid_texts(limits.WORKSHEET_CONTACTS_MAX),
        "key": fields.hexadecimal(64, required=False),
        "signature": fields.hexadecimal(128, required=False),
    }

    watch: str
    shift_on: date
    unit: str | None = None
    contacts: tuple[str, ...] = ()
    key: str | None = None
    signature: str | None = None


@dataclass(frozen=True, kw_only=True)
class CardCount(Record):
    """Somebody counted the "755" cards in a unit's car, at `entered_at`. A later count replaces it by being later."""

    kind: ClassVar[str] = "card-count"
    table: ClassVar[Mapping[str, Field]] = {
        **Record.table,
        "unit": fields.text(limits.CODE_CHARACTERS_MAX),
        "cards": Contact.table["cards"],
    }

    unit: str
    cards: int


@dataclass(frozen=True, kw_only=True)
class BriefingAcknowledgement(Record):
    """A person has read a briefing: which one, in which edition, whose `text_hash` (briefings.py) says what was read.

    `due_on` is the day by which it was to be read: one that comes back is read anew each time. `watch` is the reader's.
    """

    kind: ClassVar[str] = "briefing-acknowledgement"
    table: ClassVar[Mapping[str, Field]] = {
        **Record.table,
        "briefing": fields.uuid_text(),
        "edition": fields.whole(1, limits.BRIEFING_EDITIONS_MAX),
        "text_hash": fields.hexadecimal(32),
        "due_on": fields.day(),
        "watch": Contact.table["watch"],
    }

    briefing: str
    edition: int
    text_hash: str
    due_on: date
    watch: str


KINDS: Mapping[str, type[Record]] = {
    kind.kind: kind for kind in (Contact, Withdrawal, Worksheet, CardCount, BriefingAcknowledgement)
}


def record_to_json(record: Record) -> JsonObject:
    """The JSON form of a record, unknown fields included, without its hash."""
    written: JsonObject = {"kind": record.kind, "schema": SCHEMA, **record.extra}
    for name, entry in record.table.items():
        value = getattr(record, name)
        if value is not None:
            written[name] = entry.write(value)
    return written


def record_from_json(found: object) -> Record:
    """The record of a JSON form. `record_to_json` of the result is equal to `found`, whatever else it holds.

    Raises NewerRecord for a kind or schema of a newer version, BadRecord with a sentence per fault.
    """
    if not isinstance(found, dict):
        raise BadRecord(["A record is a JSON object; this is something else."])
    kind = KINDS.get(found["kind"]) if isinstance(found.get("kind"), str) else None
    schema = found.get("schema")
    if kind is None and isinstance(found.get("kind"), str):
        raise NewerRecord(f"Records of kind {found['kind'][:40]!r} are not known here yet.")
    if isinstance(schema, int) and schema > SCHEMA:
        raise NewerRecord(f"Records of schema {schema} are not known here yet.")
    if kind is None or schema != SCHEMA or isinstance(schema, bool):
        raise BadRecord([f"A record says its kind ({', '.join(KINDS)}) and schema (1); this one does not."])
    return _build(kind, found)


def signed_bytes(worksheet: Worksheet) -> bytes:
    """What a worksheet's signature is over: its canonical bytes without it."""
    found = record_to_json(worksheet)
    return canonical_bytes({name: value for name, value in found.items() if name != "signature"})


def hashed(record: JsonObject) -> JsonObject:
    """A record's JSON form with its content hash, as it is stored and sent.

    Raises NotCanonical.
    """
    return with_hash(record, canonical_bytes(record))


def with_hash(record: JsonObject, canonical: bytes) -> JsonObject:
    """The same where the record's canonical bytes are at hand."""
    return {**record, "hash": content_hash(canonical)}


def unhashed(found: JsonObject) -> JsonObject:
    """The JSON form without its hash: what the hash is taken over."""
    return {name: value for name, value in found.items() if name != "hash"}


def _build(kind: type[Record], found: JsonObject) -> Record:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, entry in kind.table.items():
        if name not in found:
            if entry.required:
                problems.append(f"{name} is missing.")
            continue
        try:
            values[name] = entry.read(found[name])
        except ValueError as problem:
            problems.append(f"{name} {problem}.")
    if problems:
        raise BadRecord(problems)
    extra = {name: value for name, value in found.items() if name not in values and name not in {"kind", "schema"}}
    return kind(**values, extra=extra)
