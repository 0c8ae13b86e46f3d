"""What the pages show, made from the lines of the worksheets. Pure: no database, no HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from station.console.words import (
    ROLE_WORDS,
    change_words,
    clock_words,
    entered_later,
    flag_words,
    moment_words,
    setting_words,
)
from station.day_sheets import own_flags
from station.sheet_findings import Finding
from station.signings import Signing, signing_words
from station.worksheets import Line
from sync.reference import Reference


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
    clock: str


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A reason to look by a rule's name, what it is about in words, and the contacts; none if it is about the worksheet."""

    name: str
    reason: str
    about: str
    rows: tuple[ContactRow, ...]


def contact_rows(lines: Iterable[Line], reference: Reference) -> list[ContactRow]:
    """The contacts of one worksheet."""
    return [_contact_row(line, reference) for line in lines]


def exceptions(lines: Sequence[Line], rows: Sequence[ContactRow]) -> list[Exceptional]:
    """What a sergeant looks at first: each reason once, with its contacts."""
    flags = dict.fromkeys(flag for line in lines for flag in line.flags)
    return [
        Exceptional(
            flag,
            flag_words(flag).reason,
            "",
            tuple(row for line, row in zip(lines, rows, strict=True) if flag in own_flags(line)),
        )
        for flag in flags
    ]


def signing_lines(signings: Iterable[Signing]) -> list[str]:
    """Who signed a worksheet, and when."""
    return [_capital(signing_words(signing)) for signing in signings]


def finding_exceptions(findings: Sequence[Finding]) -> list[Exceptional]:
    """What is odd about a worksheet beside its contacts: each reason once, with all that it is about."""
    about: dict[str, list[str]] = {}
    for finding in findings:
        about.setdefault(finding.name, []).extend(filter(None, [finding.about]))
    return [Exceptional(name, flag_words(name).reason, ", ".join(words), ()) for name, words in about.items()]


def units(lines: Iterable[Line]) -> str:
    """The units that a person had on a watch."""
    return ", ".join(dict.fromkeys(line.contact.unit for line in lines if line.contact.unit))


def roles(lines: Iterable[Line]) -> str:
    """The roles that a person had on a watch."""
    return ", ".join(dict.fromkeys(ROLE_WORDS[line.contact.role] for line in lines))


def watch_label(watch: str, reference: Reference) -> str:
    """What a watch is called on paper."""
    found = reference.watch_named(watch)
    return watch if found is None else found.label


def _contact_row(line: Line, reference: Reference) -> ContactRow:
    contact, reference = line.contact, reference.at(line.contact_at)
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
        flags=tuple(flag_words(flag).short for flag in own_flags(line)),
        changes=change_words(line, reference),
        clock=clock_words(line),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
