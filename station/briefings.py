"""Briefings as they were written: each with its editions, the latest of which counts. Nothing is changed once it was sent."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.briefing_tables import BriefingEditionRow, BriefingRow, BriefingTemplateRow
from station.rounds import Repeats
from station.table_base import NUMBER_MAX
from sync.briefings import Audience, round_on

# A station writes some dozens in a year; older ones are a link away.
PAGE_ROWS_MAX = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes: the text, for whom, and when it is due; `until` is the last day on which it may be due again."""

    title: str
    text: str
    audience: Audience
    due_on: date
    repeats: Repeats = Repeats.ONCE
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """What was sent, once; by whom and when."""

    number: int
    title: str
    text: str
    text_hash: str
    audience: Audience
    repeats: Repeats
    due: tuple[date, ...]
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Briefing:
    """A briefing with its editions, the first first; `key` is its id on devices."""

    id: int
    key: str
    editions: tuple[Edition, ...]
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @property
    def latest(self) -> Edition:
        """The edition that counts."""
        return self.editions[-1]

    def due_on(self, today: date) -> date:
        """The due day that counts today."""
        return round_on(self.latest.due, today)

    def edition_due(self, day: date) -> Edition | None:
        """The edition that counts for a due day, also for one of before the latest edition; None if there is no such day."""
        return next((each for each in reversed(self.editions) if day in each.due), None)


@dataclass(frozen=True, slots=True)
class Template:
    """A text to begin with."""

    name: str
    title: str
    text: str


def page_of_briefings(session: Session, before: int | None = None) -> list[Briefing]:
    """A page of briefings, the latest first: those below a number, if one is given."""
    question = select(BriefingRow).order_by(BriefingRow.id.desc()).limit(PAGE_ROWS_MAX)
    return _with_editions(
        session,
        session.scalars(question if before is None else question.where(BriefingRow.id < min(before, NUMBER_MAX))),
    )


def one(session: Session, number: int) -> Briefing | None:
    """One briefing."""
    row = session.get(BriefingRow, min(number, NUMBER_MAX))
    return None if row is None else _with_editions(session, [row])[0]


def templates(session: Session) -> list[Template]:
    """The texts to begin with, in the station's order."""
    rows = session.scalars(select(BriefingTemplateRow).order_by(BriefingTemplateRow.place, BriefingTemplateRow.name))
    return [Template(row.name, row.title, row.text) for row in rows]


def audience_to_text(audience: Audience) -> str:
    """An audience as its column keeps it."""
    return json.dumps({"watches": audience.watches, "areas": audience.areas, "roles": audience.roles})


def _audience(text: str) -> Audience:
    found = json.loads(text)
    return Audience(*(tuple(found[name]) for name in ("watches", "areas", "roles")))


def days_to_text(days: Sequence[date]) -> str:
    """Due days as their column keeps them."""
    return " ".join(day.isoformat() for day in days)


def _with_editions(session: Session, rows: Iterable[BriefingRow]) -> list[Briefing]:
    found = list(rows)
    editions: dict[int, list[Edition]] = {row.id: [] for row in found}
    question = select(BriefingEditionRow).where(BriefingEditionRow.briefing_id.in_(editions))
    for row in session.scalars(question.order_by(BriefingEditionRow.edition)):
        editions[row.briefing_id].append(_edition(row))
    return [
        Briefing(row.id, str(row.key), tuple(editions[row.id]), row.withdrawn_at, row.withdrawn_by) for row in found
    ]


def _edition(row: BriefingEditionRow) -> Edition:
    return Edition(
        number=row.edition,
        title=row.title,
        text=row.text,
        text_hash=row.text_hash,
        audience=_audience(row.audience),
        repeats=Repeats(row.repeats),
        due=tuple(map(date.fromisoformat, row.due.split())),
        who=row.who,
        at=row.at,
    )
