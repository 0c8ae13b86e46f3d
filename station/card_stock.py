"""What the station knows of the "755" cards: in each car, and in its own reserve."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from station.card_estimates import WINDOW, Estimate, Handed, estimate
from station.card_sums import Slim, gone_since, sums_since
from station.card_tables import CardMoveRow, LowCardsRow

# Below this a car is low until a sergeant says otherwise: a meeting's worth.
LOW_CARDS = 20
# Moves that the page lists; the CSV of the audit has all.
MOVES_MAX = 20


@dataclass(frozen=True, slots=True)
class Stock:
    """The cars' estimates by unit, the station's reserve, below how many a car is low, and the latest moves."""

    cars: tuple[Estimate, ...]
    reserve: int
    low: int
    moves: tuple[CardMoveRow, ...]


def stock(session: Session, now: datetime) -> Stock:
    """Everything that the page of the cards shows."""
    moves = session.scalars(select(CardMoveRow).order_by(CardMoveRow.id.desc()).limit(MOVES_MAX)).all()
    return Stock(tuple(cars(session, now)), reserve(session), low_cards(session), tuple(moves))


def cars(session: Session, now: datetime) -> list[Estimate]:
    """The estimates of all units that counted, handed out or got cards lately, by unit."""
    since = now - WINDOW
    found = list(session.execute(sums_since(since)))
    counts = {row.unit: (row.counted_at, row.counted) for row in found if row.counted_at is not None}
    handed = {row.unit: Handed(row.cards or 0, row.squares or 0, row.since_count or 0, row.first_at) for row in found}
    for gone in gone_since(session, since):
        if gone.unit is not None:
            handed[gone.unit] = _less(handed[gone.unit], gone, counts.get(gone.unit))
    return [
        estimate(row.unit, counts.get(row.unit), handed[row.unit], row.put_in or 0, now)
        for row in found
        if row.unit in counts or row.first_at is not None or row.put_in is not None
    ]


def reserve(session: Session) -> int:
    """How many cards the station has itself: what came, less what went into cars."""
    signed = case((CardMoveRow.unit.is_(None), CardMoveRow.cards), else_=-CardMoveRow.cards)
    return session.scalar(select(func.sum(signed))) or 0


def low_cards(session: Session) -> int:
    """Below how many cards a car is low."""
    found = session.scalar(select(LowCardsRow.cards).order_by(LowCardsRow.id.desc()).limit(1))
    return LOW_CARDS if found is None else found


def _less(handed: Handed, gone: Slim, count: tuple[datetime, int] | None) -> Handed:
    is_since = count is not None and gone.contact_at > count[0]
    return Handed(
        cards=handed.cards - gone.cards,
        squares=handed.squares - gone.cards**2,
        since_count=handed.since_count - (gone.cards if is_since else 0),
        first_at=handed.first_at,
    )
