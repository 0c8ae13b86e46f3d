"""Contacts with their corrections and withdrawals: what is needed to say which of them stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.tables import ContactRow, RecordRow, WithdrawalRow
from sync.canonical import read_json
from sync.records import Contact, Withdrawal, record_from_json
from sync.standing import Standing, standing

# Ids in one question to the database: SQLite takes 32,766 values, older ones 999.
_IDS_MAX = 900

_Kind = TypeVar("_Kind", Contact, Withdrawal)


@dataclass(frozen=True, slots=True)
class Family:
    """Contacts, all that they correct and that corrects them, by id; what withdraws any of these; and what stands."""

    known: dict[str, Contact]
    withdrawals: tuple[Withdrawal, ...]
    standing: Standing[Contact]

    def stands(self) -> dict[str, Contact]:
        """The contacts that stand, by id."""
        return {contact.id: contact for contact in self.standing.contacts}

    def line_of(self, contact: Contact) -> tuple[Contact, ...]:
        """What a contact stands in place of, the latest first; only the same person's."""
        found: dict[str, Contact] = {}  # a faulty device could draw a circle
        original = self.known.get(contact.corrects or "")
        while original is not None and original.person == contact.person and original.id not in found:
            found[original.id] = original
            original = self.known.get(original.corrects or "")
        return tuple(found.values())


def family_of(session: Session, ids: set[UUID]) -> Family:
    """These contacts with everything that decides whether they stand."""
    related = _with_corrections(session, ids)
    contacts = _records(session, related, Contact)
    withdrawals = _records(session, _withdrawals_of(session, related), Withdrawal)
    found = standing(contacts, withdrawals)
    return Family({contact.id: contact for contact in contacts}, tuple(withdrawals), found)


def _with_corrections(session: Session, ids: set[UUID]) -> set[UUID]:
    """These contacts, what they correct and what corrects them, however far it goes."""
    found: set[UUID] = set()
    fresh = set(ids)
    while fresh:
        found |= fresh
        near: set[UUID] = set()
        for some in portions(fresh):
            near.update(session.scalars(select(ContactRow.id).where(ContactRow.corrects.in_(some))))
            near.update(
                original
                for original in session.scalars(select(ContactRow.corrects).where(ContactRow.id.in_(some)))
                if original
            )
        fresh = near - found
    return found


def _withdrawals_of(session: Session, ids: set[UUID]) -> set[UUID]:
    return {
        found
        for some in portions(ids)
        for found in session.scalars(select(WithdrawalRow.id).where(WithdrawalRow.withdraws.in_(some)))
    }


def _records(session: Session, ids: set[UUID], kind: type[_Kind]) -> list[_Kind]:
    # In the order of their ids: what arrived first must not decide where a circle of corrections is cut.
    found = []
    for some in portions(ids):
        for canonical in session.scalars(
            select(RecordRow.canonical).where(RecordRow.id.in_(some)).order_by(RecordRow.id)
        ):
            record = record_from_json(read_json(canonical))
            if isinstance(record, kind):
                found.append(record)
    return found


def portions(ids: Iterable[UUID]) -> Iterable[Sequence[UUID]]:
    """Ids in portions that one question to the database can name."""
    ordered = sorted(ids)
    return (ordered[start : start + _IDS_MAX] for start in range(0, len(ordered), _IDS_MAX))
