"""Contacts with their corrections and withdrawals: what is needed to say which of them stand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from station.tables import DELETED, ContactRow, RecordRow, WithdrawalRow
from sync.kept import record_from_kept
from sync.records import Contact, Withdrawal
from sync.standing import Standing, standing

# Ids in one question to the database: SQLite takes 32,766 values, older ones 999.
_IDS_MAX = 900

# Contacts' ids, as they stand in a question: themselves, or the question of which ones they are.
_Asked = Sequence[UUID] | Select[Any]


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
        if contact.corrects is None:
            return ()
        found: dict[str, Contact] = {}  # a faulty device could draw a circle
        original = self.known.get(contact.corrects)
        while original is not None and original.person == contact.person and original.id not in found:
            found[original.id] = original
            original = self.known.get(original.corrects or "")
        return tuple(found.values())


def family_of(session: Session, ids: set[UUID]) -> Family:
    """These contacts with everything that decides whether they stand."""
    return _family(session, _contacts(session, ids), list(portions(ids)))


def family_around(session: Session, contacts: Iterable[Contact], which: Select[Any]) -> Family:
    """Contacts that are at hand, with everything that decides whether they stand; `which` asks for their ids."""
    return _family(session, contacts, [which])


def _family(session: Session, contacts: Iterable[Contact], asked: list[_Asked]) -> Family:
    known = {contact.id: contact for contact in contacts}
    withdrawals = _withdrawals(session, asked)
    fresh: Iterable[Contact] = known.values()
    found = set(known)
    while near := {*_corrections(session, asked), *(each.corrects for each in fresh if each.corrects)} - found:
        found |= near
        ids = {UUID(each) for each in near}
        fresh, asked = _contacts(session, ids), list(portions(ids))
        known |= {contact.id: contact for contact in fresh}
        withdrawals |= _withdrawals(session, asked)
    # In the order of their ids: what arrived first must not decide where a circle of corrections is cut.
    known, withdrawals = dict(sorted(known.items())), dict(sorted(withdrawals.items()))
    return Family(known, tuple(withdrawals.values()), standing([*known.values()], withdrawals.values()))


def _corrections(session: Session, asked: Iterable[_Asked]) -> Iterator[str]:
    """The ids of what corrects these contacts."""
    for some in asked:
        yield from map(str, session.scalars(select(ContactRow.id).where(ContactRow.corrects.in_(some))))


def _withdrawals(session: Session, asked: Iterable[_Asked]) -> dict[str, Withdrawal]:
    question = select(RecordRow.canonical).join(WithdrawalRow, WithdrawalRow.id == RecordRow.id)
    records = (
        record_from_kept(canonical)
        for some in asked
        for canonical in session.scalars(question.where(WithdrawalRow.withdraws.in_(some)))
    )
    return {record.id: record for record in records if isinstance(record, Withdrawal)}


def _contacts(session: Session, ids: Iterable[UUID]) -> list[Contact]:
    records = (
        record_from_kept(canonical)
        for some in portions(ids)
        for canonical in session.scalars(
            select(RecordRow.canonical).where(RecordRow.id.in_(some), RecordRow.kind != DELETED)
        )
    )
    return [record for record in records if isinstance(record, Contact)]


def portions(ids: Iterable[UUID]) -> Iterable[Sequence[UUID]]:
    """Ids in portions that one question to the database can name."""
    ordered = sorted(ids)
    return (ordered[start : start + _IDS_MAX] for start in range(0, len(ordered), _IDS_MAX))
