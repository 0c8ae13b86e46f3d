"""The Deputy Daily Worksheet's view of contacts: by date, watch and person. Plain reads, no rules of its own.

Columns are those that are attested (DOMAIN.md §1.3); it is a worksheet-style view, not the official form. The date is
that on which the watch started, in the station's time zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.clocks import RIGHT, Reckoned
from station.families import family_around
from station.findings import Facts, flags_by_contact
from station.matches import matches_on
from station.people import known_numbers
from station.placed import Placed, asked_for, placed_on
from station.sheet_findings import Finding, findings_on
from station.signings import Signing, by_sheet, signing_words, signings_on
from station.tables import ContactRow
from sync.records import Contact
from sync.reference import Reference


class Line(NamedTuple):
    """One contact on a worksheet. `contact_at` is aware, in the station's zone, by the corrected clock.

    `flags` are names of rules (exceptions.py). `original` is the contact that this one corrects, if the station has it,
    `replaces` the ids of all that it stands in place of, however far back; `signed` the words of the signing that it is
    part of. Where `is_counted` is False, a partner's contact is counted in its place. `clock` is how wrong the device's was.
    """

    shift_on: date
    contact_at: datetime
    contact: Contact
    flags: tuple[str, ...]
    original: Contact | None = None
    replaces: tuple[str, ...] = ()
    signed: str = ""
    is_counted: bool = True
    clock: Reckoned = RIGHT


@dataclass(frozen=True, slots=True)
class Worksheets:
    """The worksheets of a date: the contacts that stand, by watch, person and time, and what is odd beside them."""

    lines: list[Line]
    findings: list[Finding]
    signings: list[Signing]


def worksheet_lines(
    session: Session, reference: Reference, on: date, watch: str | None = None, person: str | None = None
) -> list[Line]:
    """The contacts that stand on the worksheets of a date, by watch, person and time."""
    return worksheets_on(session, reference, on, watch, person).lines


def worksheets_on(
    session: Session, reference: Reference, on: date, watch: str | None = None, person: str | None = None
) -> Worksheets:
    """The worksheets of a date, of one watch or person or of all."""
    which, reference = asked_for(on, watch, person), reference.on(on)
    here = placed_on(session, which, reference)
    family = family_around(session, [each.contact for each in here], select(ContactRow.id).where(which))
    stands = family.stands()
    placed = [each for each in here if each.contact.id in stands]
    replaced = {each.contact.id: family.line_of(each.contact) for each in placed}
    signings = signings_on(session, reference, on, watch, person)
    facts = Facts(
        placed=placed,
        replaced=replaced,
        people=known_numbers(session),
        rivals=family.standing.rivals,
        signings=by_sheet(signings),
        matches=matches_on(session, reference, on, which, placed, replaced),
        reference=reference,
    )
    findings = findings_on(session, here, stands, family.withdrawals, facts.signings)
    return Worksheets(_lines(on, facts, reference), findings, signings)


def _lines(on: date, facts: Facts, reference: Reference) -> list[Line]:
    flags = flags_by_contact(facts)
    lines = [_line(on, each, flags[each.contact.id], facts) for each in facts.placed]
    places = {name: place for place, name in enumerate(reference.watches)}

    def order(line: Line) -> tuple[int, str, float, str]:
        # A watch that the station has given up since comes last. Timestamps, because times of one zone are compared by
        # their wall clocks, and an hour a year comes twice. The id keeps the order whatever arrived first.
        contact = line.contact
        return places.get(contact.watch, len(places)), contact.person, line.contact_at.timestamp(), contact.id

    return sorted(lines, key=order)


def _line(on: date, each: Placed, flags: tuple[str, ...], facts: Facts) -> Line:
    contact, replaced = each.contact, facts.replaced[each.contact.id]
    return Line(
        shift_on=on,
        contact_at=each.at,
        contact=contact,
        flags=flags,
        original=next(iter(replaced), None),
        replaces=tuple(old.id for old in replaced),
        signed=_signed(contact.id, facts.signings.get(each.sheet, ())),
        is_counted=contact.id not in facts.matches.uncounted,
        clock=each.clock,
    )


def _signed(contact_id: str, signings: Iterable[Signing]) -> str:
    return "; ".join(signing_words(signing) for signing in signings if contact_id in signing.contacts)
