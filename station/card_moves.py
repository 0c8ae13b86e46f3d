"""Writing down where cards went: into the reserve, into cars, and what was a mistake. Only added to, one at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.card_stock import low_cards, reserve
from station.card_tables import CardMoveRow, LowCardsRow
from station.database import one_at_a_time
from station.happenings import Happening, note
from station.table_base import NUMBER_MAX
from sync.limits import CARDS_MAX
from sync.reference import Reference

# A pallet: what a print shop delivers at once.
RECEIVED_MAX = 100_000
_LOCK = "card moves"


class NotMoved(Exception):
    """It cannot be written down; the text is a sentence, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Mover:
    """Who writes it down, when, and on which form: the same form again adds nothing."""

    who: str
    at: datetime
    form: UUID


def receive(session: Session, cards: int, by: Mover) -> bool:
    """Cards came into the reserve; whether that was new. Raises NotMoved."""
    if not 1 <= cards <= RECEIVED_MAX:
        raise NotMoved(f"Write how many cards came: a number from 1 to {RECEIVED_MAX}.")
    if _is_written(session, by, [(None, cards)]):
        return False
    _add(session, None, cards, by)
    note(session, Happening.CARDS_RECEIVED, by.who, details=str(cards))
    return True


def restock(session: Session, reference: Reference, cards: Mapping[str, int], by: Mover) -> bool:
    """Cards went from the reserve into cars, by unit; whether that was new. Raises NotMoved."""
    if not cards:
        raise NotMoved("Write beside at least one car how many cards you put in.")
    for unit, count in cards.items():
        if not reference.at(by.at).is_unit(unit):
            raise NotMoved(f"{unit[:20]!r} is not a unit. A unit is up to six letters and digits, like 42A.")
        if not 1 <= count <= CARDS_MAX:
            raise NotMoved(f"Write for {unit} a number from 1 to {CARDS_MAX}, or leave it empty.")
    if _is_written(session, by, cards.items()):
        return False
    _see_that_there_are(session, sum(cards.values()))
    for unit, count in cards.items():
        _add(session, unit, count, by)
        note(session, Happening.CARDS_PUT_IN, by.who, unit, str(count))
    return True


def take_back(session: Session, number: int, by: Mover) -> bool:
    """Put a mistake right by its opposite; whether that was new. Raises NotMoved."""
    one_at_a_time(session, _LOCK)
    row = session.get(CardMoveRow, min(number, NUMBER_MAX))
    if row is None or row.undoes is not None:
        raise NotMoved("There is no such entry to take back.")
    if session.scalar(select(CardMoveRow.id).where(CardMoveRow.undoes == number)) is not None:
        return False
    if row.unit is None:
        _see_that_there_are(session, row.cards)
    opposite = CardMoveRow(
        unit=row.unit,
        cards=-row.cards,
        moved_at=row.moved_at,
        who=by.who,
        noted_at=by.at,
        form=by.form,
        undoes=number,
    )
    session.add(opposite)
    note(session, Happening.CARDS_TAKEN_BACK, by.who, row.unit or "", f"{row.cards}, entry {number}")
    return True


def set_low(session: Session, cards: int, who: str, at: datetime) -> bool:
    """Say below how many cards a car is low; whether that changed. Raises NotMoved."""
    if not 0 <= cards <= CARDS_MAX:
        raise NotMoved(f"Write a number from 0 to {CARDS_MAX}.")
    one_at_a_time(session, _LOCK)
    before = low_cards(session)
    if cards == before:
        return False
    session.add(LowCardsRow(cards=cards, who=who, at=at))
    note(session, Happening.LOW_CARDS_SET, who, details=f"{before} to {cards}")
    return True


def _is_written(session: Session, by: Mover, moves: Iterable[tuple[str | None, int]]) -> bool:
    """Whether just this was written down from this form. Raises NotMoved if it was something else: that stands."""
    one_at_a_time(session, _LOCK)
    of_form = select(CardMoveRow).where(CardMoveRow.form == by.form, CardMoveRow.undoes.is_(None))
    written = {(row.unit, row.cards) for row in session.scalars(of_form)}
    if written and written != set(moves):
        raise NotMoved("This form was written down already with other numbers. Open the page again.")
    return bool(written)


def _see_that_there_are(session: Session, cards: int) -> None:
    here = reserve(session)
    if cards > here:
        raise NotMoved(
            f"That is {cards} cards, and the reserve has {here} by the book. If more came in, write that down first."
        )


def _add(session: Session, unit: str | None, cards: int, by: Mover) -> None:
    session.add(CardMoveRow(unit=unit, cards=cards, moved_at=by.at, who=by.who, noted_at=by.at, form=by.form))
