"""What the pages show, made from the lines of the worksheets. Pure: no database, no HTML."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from station.console.words import (
    ROLE_WORDS,
    change_words,
    entered_later,
    flag_words,
    moment_words,
    setting_words,
)
from station.signings import Signing, changed_since, signing_words
from station.worksheets import PERSON_UNKNOWN, Line
from sync.reference import Reference

# Flags about the person, not about any contact: said once for a worksheet, not again in each row.
_OF_PERSON = {PERSON_UNKNOWN}


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over contacts; `flagged` counts the contacts with a flag of their own."""

    contacts: int
    people: int
    cards: int
    minutes: int
    flagged: int


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One person's worksheet as one row of a day."""

    person: str
    watch: str
    watch_label: str
    units: str
    roles: str
    totals: Totals
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact as one row of a worksheet; everything is text, as shown."""

    anchor: str
    time: str
    entered: str | None
    source: str
    tag: str
    rd: str
    area: str
    setting: str
    people: int
    cards: int
    minutes: str
    note: str
    flags: tuple[str, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A reason to look, and the contacts that it is about; none if it is about the person."""

    reason: str
    rows: tuple[ContactRow, ...]


def sheet_rows(lines: Sequence[Line], reference: Reference) -> list[SheetRow]:
    """The worksheets among these lines, in the lines' order: by watch and number, never by who has more."""
    return [
        SheetRow(
            person=person,
            watch=watch,
            watch_label=watch_label(watch, reference),
            units=units(found),
            roles=roles(found),
            totals=totals(found),
            flags=_counted_flags(found),
        )
        for (watch, person), group in groupby(lines, key=lambda line: (line.contact.watch, line.contact.person))
        for found in [list(group)]
    ]


def contact_rows(lines: Iterable[Line], reference: Reference) -> list[ContactRow]:
    """The contacts of one worksheet."""
    return [_contact_row(line, reference) for line in lines]


def exceptions(lines: Sequence[Line], rows: Sequence[ContactRow]) -> list[Exceptional]:
    """What a sergeant looks at first: each reason once, with its contacts."""
    flags = dict.fromkeys(flag for line in lines for flag in line.flags)
    return [
        Exceptional(
            flag_words(flag).reason,
            tuple(row for line, row in zip(lines, rows, strict=True) if flag in _own_flags(line)),
        )
        for flag in flags
    ]


def signing_lines(signings: Iterable[Signing]) -> list[str]:
    """Who signed a worksheet, and when."""
    return [_capital(signing_words(signing)) for signing in signings]


def signing_exceptions(signings: Sequence[Signing], lines: Sequence[Line]) -> list[Exceptional]:
    """What is odd about a worksheet's signings, beside the contacts that came later (they have a flag of their own)."""
    went = len(changed_since(signings, (line.contact.id for line in lines)).went)
    found = []
    if went:
        found.append(f"Signed, and not on this worksheet now (withdrawn, corrected, or not sent yet): {went}")
    if any(signing.is_new_key for signing in signings):
        found.append("Signed with another key than before on this device: the PIN was changed since")
    return [Exceptional(reason, ()) for reason in found]


def totals(lines: Sequence[Line]) -> Totals:
    """Sums over these lines."""
    return Totals(
        contacts=len(lines),
        people=sum(line.contact.people for line in lines),
        cards=sum(line.contact.cards for line in lines),
        minutes=sum(line.contact.minutes or 0 for line in lines),
        flagged=sum(1 for line in lines if _own_flags(line)),
    )


def units(lines: Iterable[Line]) -> str:
    """The units that a person had on a watch."""
    return ", ".join(dict.fromkeys(line.contact.unit for line in lines if line.contact.unit))


def roles(lines: Iterable[Line]) -> str:
    """The roles that a person had on a watch."""
    return ", ".join(dict.fromkeys(ROLE_WORDS[line.contact.role] for line in lines))


def watch_label(watch: str, reference: Reference) -> str:
    """What a watch is called on paper."""
    return reference.watches[watch].label


def _counted_flags(lines: Iterable[Line]) -> tuple[str, ...]:
    counts = Counter(flag for line in lines for flag in line.flags)
    return tuple(
        flag_words(flag).short + ("" if flag in _OF_PERSON else f" ({count})") for flag, count in counts.items()
    )


def _own_flags(line: Line) -> tuple[str, ...]:
    return tuple(flag for flag in line.flags if flag not in _OF_PERSON)


def _contact_row(line: Line, reference: Reference) -> ContactRow:
    contact = line.contact
    entered = entered_later(line)
    return ContactRow(
        anchor=f"contact-{contact.id}",
        time=f"{line.contact_at:%H:%M}",
        entered=None if entered is None else moment_words(entered, line.contact_at),
        source=contact.source.value,
        tag=contact.tag or "",
        rd=contact.rd or "",
        area=(reference.area_of(contact.rd) or "") if contact.rd else "",
        setting=setting_words(contact.setting, reference),
        people=contact.people,
        cards=contact.cards,
        minutes="" if contact.minutes is None else str(contact.minutes),
        note=contact.note or "",
        flags=tuple(flag_words(flag).short for flag in _own_flags(line)),
        changes=change_words(line, reference),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
