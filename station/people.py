"""People: numbers and roles, never names."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.database import insert_once
from station.happenings import Happening, note
from station.people_tables import PersonRow
from station.roles import StationRole

# The station's own account, which is nobody's number: made at the first start, and again by a command.
ADMIN = "admin"
# Two screenfuls; the next page is a link away.
PAGE_ROWS_MAX = 100


@dataclass(frozen=True, slots=True)
class Person:
    """A number, what it is here, and since when it has left, if it has."""

    number: str
    role: StationRole
    left_at: datetime | None


def add_person(session: Session, number: str, role: StationRole, now: datetime, by: str = "") -> bool:
    """Add a person; False if the number is there already (its role is left as it is)."""
    is_new = insert_once(session, PersonRow, {"number": number, "role": role.value, "added_at": now})
    if is_new:
        note(session, Happening.PERSON_ADDED, by, number, role.value)
    return is_new


def change_person(session: Session, number: str, role: StationRole, now: datetime, by: str, *, has_left: bool) -> bool:
    """Give a person a role, and let it leave or come back; whether that changed anything. The person has to be there."""
    row = session.get_one(PersonRow, number, with_for_update=True)
    if (row.role, row.left_at is not None) == (role.value, has_left):
        return False
    note(session, Happening.PERSON_CHANGED, by, number, f"{_standing(row)} to {role}{', left' if has_left else ''}")
    row.role = role.value
    row.left_at = (row.left_at or now) if has_left else None
    return True


def person(session: Session, number: str) -> Person | None:
    """The person of this number."""
    row = session.get(PersonRow, number)
    return None if row is None else _person(row)


def role_of(session: Session, name: str) -> StationRole | None:
    """The role of who has this name at the console; None if nobody has, or who had it has left."""
    if name == ADMIN:
        return StationRole.ADMINISTRATOR
    found = person(session, name)
    return None if found is None or found.left_at is not None else found.role


def known_numbers(session: Session) -> set[str]:
    """The numbers of everyone who is known here, also of those who have left."""
    return set(session.scalars(select(PersonRow.number)))


def everyone(session: Session) -> list[Person]:
    """All people, by number."""
    return [_person(row) for row in session.scalars(select(PersonRow).order_by(PersonRow.number))]


def page_of_people(session: Session, after: str, beginning: str) -> list[Person]:
    """A page of people by number: those above a number, and of those that begin like this."""
    rows = select(PersonRow).where(PersonRow.number > after, PersonRow.number.startswith(beginning, autoescape=True))
    return [_person(row) for row in session.scalars(rows.order_by(PersonRow.number).limit(PAGE_ROWS_MAX))]


def count_people(session: Session) -> int:
    """How many are at this station now."""
    return session.scalar(select(func.count()).select_from(PersonRow).where(PersonRow.left_at.is_(None))) or 0


def _person(row: PersonRow) -> Person:
    return Person(row.number, StationRole(row.role), row.left_at)


def _standing(row: PersonRow) -> str:
    return row.role if row.left_at is None else f"{row.role}, left"
