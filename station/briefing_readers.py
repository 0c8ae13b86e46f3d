"""Who has read a briefing and who has not: asked of the acknowledgements, the roster and the assignments; kept nowhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.assignments import NOT_KNOWN, Assignment
from station.briefing_tables import BriefingAcknowledgementRow
from station.briefings import Briefing
from station.people import Person
from sync.briefings import Audience


class Reading(StrEnum):
    """What somebody of the audience has done."""

    READ = "read"
    READ_EARLIER = "read an earlier edition"
    NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That somebody has read an edition of a briefing, for a due day; at what time, on which watch."""

    key: str
    edition: int
    text_hash: str
    due_on: date
    person: str
    watch: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whom a briefing is for, or who has read it all the same (`is_asked` is False then).

    `watch` is the one on which it was read, or else the one they worked last; None if nothing tells.
    """

    person: str
    role: str
    watch: str | None
    area: str | None
    reading: Reading
    read_at: datetime | None
    edition: int | None
    is_asked: bool


def acknowledgements_of(session: Session, keys: Iterable[str]) -> dict[str, list[Acknowledgement]]:
    """The acknowledgements of these briefings, by their keys, the earliest first."""
    found: dict[str, list[Acknowledgement]] = {key: [] for key in keys}
    question = select(BriefingAcknowledgementRow).where(
        BriefingAcknowledgementRow.briefing_key.in_([UUID(key) for key in found])
    )
    for row in session.scalars(question.order_by(BriefingAcknowledgementRow.read_at, BriefingAcknowledgementRow.id)):
        key = str(row.briefing_key)
        found[key].append(
            Acknowledgement(key, row.edition, row.text_hash, row.due_on, row.person, row.watch, row.read_at)
        )
    return found


def readers(
    briefing: Briefing,
    due_on: date,
    given: Sequence[Acknowledgement],
    people: Iterable[Person],
    assigned: Mapping[str, Assignment],
) -> list[Reader]:
    """Everybody whom the edition of a due day is for, and who else has read it, for that day; by number. Pure."""
    asked, found = briefing.edition_due(due_on) or briefing.latest, []
    by_person: dict[str, list[Acknowledgement]] = {}
    for each in given:
        by_person.setdefault(each.person, []).append(each)
    known = {each.number: each for each in people}
    for number in sorted(known.keys() | by_person.keys()):
        person, assignment = known.get(number), assigned.get(number, NOT_KNOWN)
        own = by_person.get(number, [])
        mine = [
            each
            for each in own
            if (each.edition, each.text_hash, each.due_on) == (asked.number, asked.text_hash, due_on)
        ]
        earlier = [each for each in own if each.edition < asked.number]
        is_asked = person is not None and person.left_at is None and is_for(asked.audience, person, assignment)
        if not is_asked and not mine:
            continue
        counted = mine[0] if mine else earlier[-1] if earlier else None
        found.append(
            Reader(
                person=number,
                role="" if person is None else person.role.value,
                watch=mine[0].watch if mine else assignment.watch,
                area=assignment.area,
                reading=Reading.READ if mine else Reading.READ_EARLIER if earlier else Reading.NOT_READ,
                read_at=None if counted is None else counted.read_at,
                edition=None if counted is None else counted.edition,
                is_asked=is_asked,
            )
        )
    return found


def is_for(audience: Audience, person: Person, assignment: Assignment) -> bool:
    """Whether a briefing is for somebody. Whose watch or area nobody knows is in no audience of some of them alone."""
    return (
        (not audience.roles or person.role.value in audience.roles)
        and (not audience.watches or assignment.watch in audience.watches)
        and (not audience.areas or assignment.area in audience.areas)
    )


def unknown_people(audience: Audience, people: Iterable[Person], assigned: Mapping[str, Assignment]) -> list[str]:
    """Who could be in the audience, but nothing tells their watch or area yet."""
    found = []
    for person in people:
        assignment = assigned.get(person.number, NOT_KNOWN)
        open_to_all = Audience(
            audience.watches if assignment.watch else (), audience.areas if assignment.area else (), audience.roles
        )
        lacks = (bool(audience.watches) and not assignment.watch) or (bool(audience.areas) and not assignment.area)
        if lacks and person.left_at is None and is_for(open_to_all, person, assignment):
            found.append(person.number)
    return found
