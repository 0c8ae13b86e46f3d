"""Legal holds: set with a matter and a reason, lifted with a reason, and asked of everything that is to be deleted."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.database import one_at_a_time
from station.happenings import Happening, note
from station.hold_table import HoldRow
from station.table_base import NUMBER_MAX
from station.tables import ContactRow
from sync.limits import CODE_CHARACTERS_MAX, REASON_CHARACTERS_MAX
from sync.reference import Reference

# A case's number, or a few words for it.
MATTER_CHARACTERS_MAX = 80
# Who sets a hold and who deletes do so one after the other.
RETENTION = "retention"


class NotHeld(Exception):
    """The hold cannot be set or lifted; the text is a sentence."""


class Mark(NamedTuple):
    """What a hold is asked of: whose a record is, the date of its worksheet, and its RD."""

    person: str
    on: date
    rd: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold is for, and what it asks for."""

    matter: str
    reason: str
    person: str | None = None
    first_on: date | None = None
    last_on: date | None = None
    rd: str | None = None


@dataclass(frozen=True, slots=True)
class Hold(Held):
    """A hold as it is kept: its number, who set it when, and who lifted it when and why."""

    id: int = 0
    who: str = ""
    at: datetime | None = None
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_reason: str | None = None


def set_hold(session: Session, held: Held, reference: Reference, who: str, now: datetime) -> int:
    """Set a hold; its number. The same one again is the one that is there. Raises NotHeld.

    Whom or where it names has to be there to be named: a slip would keep nothing, and everybody would believe in it.
    """
    matter = one_line(held.matter, MATTER_CHARACTERS_MAX)
    reason = one_line(held.reason, REASON_CHARACTERS_MAX)
    if not matter or not reason:
        raise NotHeld(
            f"A hold names its matter (up to {MATTER_CHARACTERS_MAX} characters) and a reason (up to {REASON_CHARACTERS_MAX}), "
            "each on one line."
        )
    if held.first_on and held.last_on and held.first_on > held.last_on:
        raise NotHeld("The hold ends before it begins. Write the earlier day first.")
    person, rd = (None if each is None else each.strip() for each in (held.person, held.rd))
    if person is not None and not reference.was_person(person):
        raise NotHeld(f"{person[:CODE_CHARACTERS_MAX]!r} is not a person's number. It has six digits, like 900001.")
    if rd is not None and not _is_known(session, rd, reference, now):
        raise NotHeld(
            f"There is no RD {rd[:CODE_CHARACTERS_MAX]!r}: the reference data have none, and no contact names it."
        )
    one_at_a_time(session, RETENTION)
    asked = Held(matter, reason, person, held.first_on, held.last_on, rd)
    for hold in holds_in_force(session):
        if asdict(asked).items() <= asdict(hold).items():
            return hold.id  # a finger landed twice
    row = HoldRow(**asdict(asked), who=who, at=now)
    session.add(row)
    session.flush()
    note(
        session, Happening.HOLD_SET, who, asked.person or "", f"hold {row.id}: {matter}; {scope_words(asked)}; {reason}"
    )
    return row.id


def lift_hold(session: Session, number: int, reason: str, who: str, now: datetime) -> None:
    """Lift a hold; it stays in the list. Raises NotHeld."""
    said = one_line(reason, REASON_CHARACTERS_MAX)
    if not said:
        raise NotHeld(f"Say why it is lifted in 1 to {REASON_CHARACTERS_MAX} characters on one line.")
    one_at_a_time(session, RETENTION)
    row = session.get(HoldRow, min(number, NUMBER_MAX), with_for_update=True)
    if row is None:
        raise NotHeld(f"There is no hold {number}.")
    if row.lifted_at is not None:
        raise NotHeld(f"Hold {number} is lifted already.")
    row.lifted_at, row.lifted_by, row.lifted_reason = now, who, said
    note(session, Happening.HOLD_LIFTED, who, row.person or "", f"hold {row.id}: {row.matter}; {said}")


def holds_in_force(session: Session) -> list[Hold]:
    """The holds that are not lifted, the first first."""
    asked = select(HoldRow).where(HoldRow.lifted_at.is_(None)).order_by(HoldRow.id)
    return [_hold(row) for row in session.scalars(asked)]


def all_holds(session: Session) -> list[Hold]:
    """Every hold that there ever was, those in force first, then the newest."""
    asked = select(HoldRow).order_by(HoldRow.lifted_at.is_not(None), HoldRow.id.desc())
    return [_hold(row) for row in session.scalars(asked)]


def covers(hold: Held, marks: Collection[Mark]) -> bool:
    """Whether a hold fits any of these: all that it asks for has to. Pure."""
    return any(
        hold.person in {None, mark.person}
        and (hold.first_on is None or hold.first_on <= mark.on)
        and (hold.last_on is None or mark.on <= hold.last_on)
        and hold.rd in {None, mark.rd}
        for mark in marks
    )


def scope_words(hold: Held) -> str:
    """What a hold keeps, in a few words."""
    days = f"{hold.first_on or '…'} to {hold.last_on or '…'}" if hold.first_on or hold.last_on else ""
    parts = (hold.person and f"person {hold.person}", days, hold.rd and f"RD {hold.rd}")
    return ", ".join(filter(None, parts)) or "everything"


def _is_known(session: Session, rd: str, reference: Reference, now: datetime) -> bool:
    on_a_contact = select(ContactRow.id).where(ContactRow.rd == rd).limit(1)
    return reference.at(now).area_of(rd) is not None or session.scalars(on_a_contact).first() is not None


def _hold(row: HoldRow) -> Hold:
    return Hold(**{field.name: getattr(row, field.name) for field in fields(Hold)})


def one_line(text: str, characters_max: int) -> str | None:
    """A text of one line that is not empty and not too long, or None."""
    said = text.strip()
    return said if 0 < len(said) <= characters_max and said.isprintable() else None
