"""What was counted, handed out and put in, summed for all units in one question over a few weeks, from indexes alone.

The sums are of all contacts; those that do not stand are few, and are read one by one, so that the rule that decides which
stand is the same as everywhere (sync/standing.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from station.card_tables import CardCountRow, CardMoveRow
from station.rows import different
from station.tables import ContactRow, WithdrawalRow
from sync.limits import BEHIND_DAYS_MAX
from sync.standing import standing


class Slim(NamedTuple):
    """What of a contact decides whether it stands, and what it handed out. Its ids are as this database spells them."""

    id: str
    person: str
    corrects: str | None
    unit: str | None
    contact_at: datetime
    cards: int


_WIDTH = len(Slim._fields)


@dataclass(frozen=True, slots=True)
class Taken:
    """A withdrawal."""

    withdraws: str
    person: str


def sums_since(since: datetime) -> Select[Any]:
    """For each unit ever heard of: its last count, what was handed out and put in since that, and handed out since a moment.

    Each sum reads a stretch of an index that has the unit first; grouping would sort all contacts of the weeks instead.
    """
    units = union(*(different(column) for column in (ContactRow.unit, CardCountRow.unit, CardMoveRow.unit))).subquery()
    last = (
        select(CardCountRow.id)
        .where(CardCountRow.unit == units.c.unit, CardCountRow.counted_at >= since)
        .order_by(CardCountRow.counted_at.desc(), CardCountRow.id.desc())
        .limit(1)
        .correlate(units)
        .scalar_subquery()
    )
    count = aliased(CardCountRow)
    counted_at = count.counted_at
    lately = and_(ContactRow.unit == units.c.unit, ContactRow.contact_at >= since)
    moved = and_(CardMoveRow.unit == units.c.unit, CardMoveRow.moved_at >= since)
    is_after = or_(counted_at.is_(None), CardMoveRow.moved_at > counted_at)

    def of_contacts(what: ColumnElement[Any]) -> Any:  # noqa: ANN401 - a column of any type
        return select(what).where(lately).correlate(units, count).scalar_subquery()

    since_count = (
        select(func.sum(ContactRow.cards))
        .where(ContactRow.unit == units.c.unit, ContactRow.contact_at > counted_at)
        .correlate(units, count)
        .scalar_subquery()
    )
    put_in = select(func.sum(CardMoveRow.cards)).where(moved, is_after).correlate(units, count).scalar_subquery()
    return (
        select(
            units.c.unit,
            counted_at,
            count.cards.label("counted"),
            of_contacts(func.sum(ContactRow.cards)).label("cards"),
            of_contacts(func.sum(ContactRow.cards * ContactRow.cards)).label("squares"),
            since_count.label("since_count"),
            of_contacts(func.min(ContactRow.contact_at)).label("first_at"),
            put_in.label("put_in"),
        )
        .select_from(units.join(count, count.id == last, isouter=True))
        .where(units.c.unit.is_not(None))
        .order_by(units.c.unit)
    )


def gone_since(session: Session, since: datetime) -> list[Slim]:
    """The contacts since a moment that do not stand.

    A withdrawal is heard after its contact was logged. A correction may claim an earlier time than what it corrects, but no
    device lets anybody claim more than BEHIND_DAYS_MAX ago.
    """
    original, by, of_original = aliased(ContactRow), WithdrawalRow, aliased(WithdrawalRow)
    # One row for both, and in no order: asked for one, SQLite walks all contacts in it.
    corrections = (
        select(*_columns("", ContactRow, by), *_columns("original_", original, of_original))
        .join(original, original.id == ContactRow.corrects)
        .join(by, by.withdraws == ContactRow.id, isouter=True)
        .join(of_original, of_original.withdraws == original.id, isouter=True)
        .where(
            ContactRow.corrects.is_not(None),
            ContactRow.contact_at >= since - timedelta(days=BEHIND_DAYS_MAX),
            or_(ContactRow.contact_at >= since, original.contact_at >= since),
        )
    )
    withdrawn = (
        select(*_columns("", ContactRow, by)).join(by, by.withdraws == ContactRow.id).where(by.heard_at >= since)
    )
    slim: dict[str, Slim] = {}
    taken: list[Taken] = []
    for row in (*session.execute(corrections), *session.execute(withdrawn)):
        for start in range(0, len(row), _WIDTH + 1):
            each, person = Slim(*row[start : start + _WIDTH]), row[start + _WIDTH]
            slim[each.id] = each
            if person is not None:
                taken.append(Taken(each.id, person))
    # In the order of their ids: what arrived first must not decide where a circle of corrections is cut.
    stands = {contact.id for contact in standing([slim[key] for key in sorted(slim)], taken).contacts}
    return [each for each in slim.values() if each.id not in stands and each.contact_at >= since]


def _columns(prefix: str, contact: type[ContactRow], by: type[WithdrawalRow]) -> list[ColumnElement[Any]]:
    """What of a contact is read, in the order of Slim, and who takes it back, each under a name of its own.

    Ids as text: some thousand are compared and no more, and making UUIDs of them took half of the time.
    """
    key, corrects = cast(contact.id, String), cast(contact.corrects, String)
    found = (key, contact.person, corrects, contact.unit, contact.contact_at, contact.cards, by.person)
    return [each.label(f"{prefix}{place}") for place, each in enumerate(found)]
