"""The "755" cards in the car of the unit that is signed on: counting them, and what this device knows of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from field_app.entries import Entry
from field_app.hand import Hand
from field_app.refusals import BadInput, NotSignedOn
from field_app.shift import Shift
from field_app.stamps import check_form, stamp_of
from sync.records import CardCount, Contact

NO_UNIT = "Cards are counted in a unit's car. Sign on with a unit first."


@dataclass(frozen=True, slots=True)
class CardsHere:
    """What this device knows of a unit's cards: the last count on it, None if there is none, and what was handed out since.

    Other devices hand out too, and the station puts new cards in: only counting says how many there are.
    """

    unit: str
    counted: int | None = None
    counted_at: datetime | None = None
    handed_out: int = 0

    @property
    def left(self) -> int | None:
        """How many are probably left; None if nobody counted here."""
        return None if self.counted is None else max(0, self.counted - self.handed_out)


def count_cards(hand: Hand, cards: int) -> CardCount:
    """Keep how many cards are in the car now: when this returns, it is on the disk. Raises BadInput, NotSignedOn, StoreFault."""
    shift, unit = _unit_of(hand)
    made: list[CardCount] = []

    def make(sequence: int) -> CardCount:
        count = CardCount(**stamp_of(hand.clock, hand.device, shift.person, sequence), unit=unit, cards=cards)
        check_form(count)
        made.append(count)
        return count

    hand.store.add([make])
    return made[-1]


def counted_words(cards: int) -> str:
    """So many cards."""
    return "1 card" if cards == 1 else f"{cards} cards"


def cards_here(hand: Hand) -> CardsHere:
    """What this device knows of the cards in the car. Raises BadInput, NotSignedOn, StoreFault."""
    _, unit = _unit_of(hand)
    page = hand.logbook.page()
    return known_of(unit, page.card_counts(), page.entries(with_past=False))


def known_of(unit: str, counts: Iterable[CardCount], entries: Iterable[Entry]) -> CardsHere:
    """The latest count of a unit, by the order in which the device made its records, and what it handed out since. Pure."""
    last = max((count for count in counts if count.unit == unit), key=lambda count: count.sequence, default=None)
    if last is None:
        return CardsHere(unit)
    handed_out = sum(entry.contact.cards for entry in entries if _is_since(last, entry.contact))
    return CardsHere(unit, last.cards, last.entered_at, handed_out)


def _is_since(count: CardCount, contact: Contact) -> bool:
    return contact.unit == count.unit and contact.sequence > count.sequence


def _unit_of(hand: Hand) -> tuple[Shift, str]:
    shift = hand.logbook.shift()
    if shift is None:
        raise NotSignedOn
    if shift.unit is None:
        raise BadInput(NO_UNIT)
    return shift, shift.unit
