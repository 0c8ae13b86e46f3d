"""What a person confirms at the end of a shift. Pure: entries in, worksheets out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from field_app.entries import Entry
from field_app.refusals import BadInput
from field_app.shift import Shift
from sync.limits import WORKSHEET_CONTACTS_MAX
from sync.records import Contact, Worksheet, signed_bytes
from sync.reference import Reference
from sync.signing import public_key_of, sign, worksheet_message
from sync.watches import shift_on


class Sheet(NamedTuple):
    """A person's worksheet: the date on which the watch started, and the watch."""

    on: date
    watch: str


def to_confirm(
    shift: Shift,
    entries: Iterable[Entry],
    withdrawn: Collection[str],
    confirmed: Iterable[Worksheet],
    reference: Reference,
) -> Mapping[Sheet, tuple[str, ...]]:
    """The ids of the contacts that stand on each worksheet which this shift has changed.

    `withdrawn` are what it took back, `confirmed` what the person confirmed here until now, the last one last. What the
    person logged on the same watch before, in a shift that was ended for a while, is on the same worksheet. What was
    corrected or withdrawn may be on another watch's, and signed there.
    """
    before = {Sheet(each.shift_on, each.watch): each.contacts for each in confirmed}
    signed_ids = {each for ids in before.values() for each in ids}
    own = {entry.contact.id: entry for entry in entries if entry.contact.person == shift.person}
    sheets = {key: _sheet_of(entry.contact, reference) for key, entry in own.items()}
    made = [entry.contact for entry in own.values() if shift.has(entry.contact)]
    taken = {*withdrawn, *(contact.corrects for contact in made if contact.corrects)} & own.keys()
    changed = {sheets[contact.id] for contact in made if own[contact.id].stands}
    # What came and went in this shift has changed nothing, unless it was signed meanwhile: who went back stayed signed on.
    changed |= {sheets[key] for key in taken if key in signed_ids or not shift.has(own[key].contact)}
    standing = {
        sheet: tuple(sorted(key for key in own if own[key].stands and sheets[key] == sheet)) for sheet in changed
    }
    # Signed empty as well, or the station would find for good that what was signed is gone.
    return {sheet: standing[sheet] for sheet in sorted(standing) if standing[sheet] or before.get(sheet)}


def _sheet_of(contact: Contact, reference: Reference) -> Sheet:
    return Sheet(_shift_on(contact, reference.at(contact.claimed_at)), contact.watch)


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
