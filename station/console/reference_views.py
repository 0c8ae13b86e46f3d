"""What the pages show of the reference data. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from station.console.people_words import moment_words
from station.console.reference_texts import FIELD_WORDS, TEXTS
from station.reference_parts import Part
from station.references import Kept, valid_at
from sync.canonical import JsonObject
from sync.mdc_lines import mdc_line
from sync.records import Contact, Role, Source
from sync.reference import Reference, reference_from_json
from sync.versions import BEGINNING


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version as a row."""

    number: int
    valid_from: str
    made: str
    who: str
    state: str


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a form."""

    name: str
    label: str
    value: str
    is_lines: bool


def version_rows(kept: Sequence[Kept], now: datetime, reference: Reference) -> list[VersionRow]:
    """The versions, the last first."""
    return [version_row(each, kept, now, reference) for each in reversed(kept)]


def version_row(each: Kept, kept: Sequence[Kept], now: datetime, reference: Reference) -> VersionRow:
    """One version among the others."""
    begins = TEXTS["beginning"] if each.valid_from == BEGINNING else moment_words(each.valid_from, reference)
    return VersionRow(
        each.number, begins, moment_words(each.made_at, reference), each.who, TEXTS[_state(each, kept, now)]
    )


def _state(each: Kept, kept: Sequence[Kept], now: datetime) -> str:
    if each == valid_at(list(kept), now):
        return "now"
    if any(other.valid_from == each.valid_from and other.number > each.number for other in kept):
        return "never"
    return "planned" if each.valid_from > now else "past"


def fields_of(part: Part, values: Mapping[str, str]) -> list[FieldShown]:
    """The fields of a part's form."""
    return [FieldShown(name, FIELD_WORDS[name], value, part.is_lines) for name, value in values.items()]


def mdc_example(document: JsonObject, now: datetime) -> str:
    """The MDC line of a made-up contact at the first setting and RD of a document."""
    reference = reference_from_json(document)
    return mdc_line(
        Contact(
            id="",
            device="",
            sequence=1,
            person="900001",
            entered_at=now,
            monotonic_ms=0,
            boot="",
            claimed_at=now,
            setting=next(iter(reference.settings)),
            source=Source.CALL,
            role=Role.DEPUTY,
            watch=next(iter(reference.watches)),
            unit="42A",
            rd=next(iter(next(iter(reference.areas.values())))),
            tag="123",
            people=2,
            cards=1,
            minutes=5,
            note=None,
        ),
        reference,
    )
