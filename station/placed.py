"""The contacts of worksheets, read for a page: only the columns that a page needs, and each record once."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from station.clocks import Reckoned
from station.tables import ContactRow, RecordRow
from sync.kept import record_from_kept
from sync.records import Contact
from sync.reference import Reference


class Placed(NamedTuple):
    """A contact of a worksheet, and when it was: aware, in the station's zone, by the corrected clock.

    `sheet` says whose worksheet of the date it is, by watch and person.
    """

    contact: Contact
    sheet: tuple[str, str]
    at: datetime
    clock: Reckoned


def asked_for(on: date, watch: str | None, person: str | None) -> ColumnElement[bool]:
    """What asks for the contacts of these worksheets."""
    return and_(
        ContactRow.shift_on == on,
        true() if watch is None else ContactRow.watch == watch,
        true() if person is None else ContactRow.person == person,
    )


def placed_on(session: Session, which: ColumnElement[bool], reference: Reference) -> list[Placed]:
    """The contacts of these worksheets, also those that do not stand, by id."""
    question = (
        select(RecordRow.canonical, ContactRow.contact_at, ContactRow.seconds_off, ContactRow.seconds_unsure)
        .join(ContactRow, ContactRow.id == RecordRow.id)
        .where(which)
    )
    found = [
        Placed(contact, (contact.watch, contact.person), at.astimezone(reference.at(at).zone), Reckoned(off, unsure))
        for canonical, at, off, unsure in session.execute(question)
        if isinstance(contact := record_from_kept(canonical), Contact)
    ]
    return sorted(found, key=lambda each: each.contact.id)
