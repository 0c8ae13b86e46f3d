"""People: numbers and roles, never names."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.database import insert_once
from station.tables import PersonRow
from sync.records import Role


def add_person(session: Session, number: str, role: Role, now: datetime) -> bool:
    """Add a person; False if the number is there already (its role is left as it is)."""
    return insert_once(session, PersonRow, {"number": number, "role": role.value, "added_at": now})


def known_numbers(session: Session) -> set[str]:
    """The numbers of everyone who is known here."""
    return set(session.scalars(select(PersonRow.number)))
