"""What a person confirms at the end of a shift. Pure: entries in, worksheets out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from field_app.entries import Entry
from field_app.refusals import BadInput
from field_app.shift import Shift
from sync.limits import WORKSHEET_CONTACTS_MAX
from sync.records import Contact, Worksheet, signed_bytes
from sync.reference import Reference
from sync.signing import public_key_of, sign, worksheet_message
from sync.watches import shift_on


def to_confirm(shift: Shift, entries: Iterable[Entry], reference: Reference) -> Mapping[date, tuple[str, ...]]:
    """The ids of the contacts that stand on each worksheet which this shift has changed, by its date.

    What the person logged on the same watch before, in a shift that was ended for a while, is on the same worksheet.
    """
    own = [entry.contact for entry in entries if entry.stands and entry.contact.person == shift.person]
    dated = [
        (_shift_on(contact, reference.at(contact.claimed_at)), contact)
        for contact in own
        if contact.watch == shift.watch
    ]
    dates = sorted({on for on, contact in dated if shift.has(contact)})
    return {on: tuple(sorted(contact.id for day, contact in dated if day == on)) for on in dates}


def _shift_on(contact: Contact, reference: Reference) -> date:
    watch = reference.watch_named(contact.watch)
    zone = reference.zone
    return contact.claimed_at.astimezone(zone).date() if watch is None else shift_on(contact.claimed_at, watch, zone)


def check_size(contacts: tuple[str, ...]) -> None:
    """Raises BadInput for more contacts than a worksheet names."""
    if len(contacts) > WORKSHEET_CONTACTS_MAX:
        raise BadInput(
            f"A worksheet of more than {WORKSHEET_CONTACTS_MAX} contacts cannot be signed here. The contacts are kept and "
            "sent all the same: end the shift without signing."
        )


def signed(worksheet: Worksheet, private_key: str) -> Worksheet:
    """The worksheet with the person's signature."""
    keyed = replace(worksheet, key=public_key_of(private_key))
    return replace(keyed, signature=sign(private_key, worksheet_message(body=signed_bytes(keyed))))
