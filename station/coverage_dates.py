"""The contacts of one date, counted for coverage from the records: what stands on its worksheets, partners' contacts once."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from station.boards import is_corrected, is_withdrawn
from station.coverage_counts import Counts, Seen, counted
from station.families import family_of
from station.matches import matches_on
from station.placed import asked_for, placed_on
from station.tables import ContactRow
from sync.reference import Reference


def count_date(session: Session, reference: Reference, on: date) -> Counts:
    """The contacts that stand on the worksheets of a date, counted; `reference` is of that date."""
    which = asked_for(on, None, None)
    here = placed_on(session, which, reference)
    # All others stand, and stand for nothing else.
    asked = or_(ContactRow.corrects.is_not(None), is_corrected(), is_withdrawn())
    family = family_of(session, set(session.scalars(select(ContactRow.id).where(which, asked))))
    stands = family.stands()
    placed = [each for each in here if each.contact.id not in family.known or each.contact.id in stands]
    lines = {each.contact.id: family.line_of(each.contact) for each in placed}
    uncounted = matches_on(session, reference, on, which, placed, lines).uncounted
    return counted(
        (
            Seen(
                rd=each.contact.rd,
                setting=each.contact.setting,
                watch=each.contact.watch,
                at=each.at,
                # Both by the device's own clock, as the worksheet flags it.
                delay=(each.contact, *lines[each.contact.id])[-1].entered_at - each.contact.claimed_at,
            )
            for each in placed
            if each.contact.id not in uncounted
        ),
        reference.late,
    )
