"""The logbook's page: contacts as a person sees them, with their states. Pure: records and verdicts in, entries out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from field_app.store.outbox import PARKED
from sync.canonical import JsonObject
from sync.records import BadRecord, Contact, NewerRecord, Record, Withdrawal, record_from_json, unhashed
from sync.rules import Flag, flags_of
from sync.standing import standing
from sync.verdicts import State, Verdict, state_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact as the logbook shows it: what it lacks, where it is, and the station's reason if it gave one.

    `stands` is False for a contact that was withdrawn or replaced by a correction; `is_returned` is True for one that
    a sergeant returned and that was not corrected yet: then the reason is theirs.
    """

    contact: Contact
    stands: bool
    state: State
    missing: tuple[Flag, ...]
    reason: str | None = None
    receipt: int | None = None
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Contacts that stand, by state; all records that are ready to send, withdrawals included; the oldest one's age."""

    contacts: Mapping[State, int]
    records_ready: int
    oldest_ready_seconds: int | None


def entries_of(
    records: Iterable[Record],
    verdicts: Mapping[str, Mapping[str, Any]],
    returned: Mapping[str, str] = MappingProxyType({}),
) -> list[Entry]:
    """Every contact among these records, latest entered first. `returned` are the reasons by the contacts' ids."""
    found_records = list(records)
    contacts = [record for record in found_records if isinstance(record, Contact)]
    found = standing(contacts, [record for record in found_records if isinstance(record, Withdrawal)])
    stands = {contact.id for contact in found.contacts}
    latest_first = sorted(contacts, key=lambda contact: contact.sequence, reverse=True)
    return [
        entry_of(contact, verdicts.get(contact.id), returned.get(contact.id), stands=contact.id in stands)
        for contact in latest_first
    ]


def entry_of(
    contact: Contact, verdict: Mapping[str, Any] | None = None, returned: str | None = None, *, stands: bool = True
) -> Entry:
    """One contact as the logbook shows it. `returned` is why a sergeant returned it, if one did."""
    found = verdict or {}
    is_parked = PARKED in found
    state = state_of(Verdict(found["verdict"]) if "verdict" in found else None)
    is_returned = returned is not None and stands and state is State.SENT and not is_parked
    reason = found[PARKED] if is_parked else found.get("reason")
    return Entry(
        contact=contact,
        stands=stands,
        state=State.NEEDS_ATTENTION if is_parked or is_returned else state,
        missing=flags_of(contact),
        reason=f"Returned: {returned}" if is_returned else reason,
        receipt=found.get("receipt") or None,  # 0: an answer to a question alone
        is_returned=is_returned,
    )


def known(stored: JsonObject) -> Record | None:
    """The record that was stored, or None if this version cannot read it."""
    try:
        return record_from_json(unhashed(stored))
    except (BadRecord, NewerRecord):  # written by a newer version of the app: it is sent, and shown by that one
        return None


def counted(contacts: int) -> str:
    """So many contacts, as the beginning of a sentence."""
    return "1 contact is" if contacts == 1 else f"{contacts} contacts are"
