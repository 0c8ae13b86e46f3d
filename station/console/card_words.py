"""The cards in words: each car as a row, days left with their bounds, the sheet for whoever fills the cars, CSV. Pure."""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from station.card_estimates import WINDOW, Estimate
from station.card_stock import Stock
from station.card_tables import CardMoveRow
from station.console.words import short_day_words
from station.csvs import cell
from sync.reference import Reference
from sync.times import write_time

# Further than that nobody plans, and the rate of four weeks tells nothing.
DAYS_SHOWN_MAX = 60
# A car is filled for two weeks, in packs of so many.
FILL_DAYS, PACK = 14, 10

TEXTS: Mapping[str, str] = {
    "title": "Cards",
    "hint": f'"755" cards in each car: the last count, with what was put in since and less what was handed out since, by the contacts '
    f"that stand. Days left are reckoned from the last {WINDOW.days} days, and are right four times of five.",
    "sheet": "Fill the cars",
    "export": "Download as CSV",
    "first": "To fill or count first",
    "caption": "Cars, those to fill or count first",
    "unit": "Unit",
    "left": "Left",
    "days": "Days left",
    "counted": "Last count",
    "handed_out": "Handed out since",
    "put_in": "Put in since",
    "per_day": "Each day",
    "low": "Low",
    "short": "More handed out than there were: count them",
    "never": "not lately",
    "uncounted": f"Not counted in {WINDOW.days} days: count them",
    "no_cars": f"No unit counted, handed out or got cards in the last {WINDOW.days} days.",
    "reserve": "Reserve of the station",
    "reserve_hint": "What came, less what went into cars. A mistake is taken back by an opposite entry; nothing is ever changed.",
    "in_reserve": "In the reserve",
    "received": "Cards that came",
    "note_received": "Write down",
    "low_below": "Low below",
    "set_low": "Change",
    "moves": "The latest entries, the newest first",
    "number": "Entry",
    "when": "When",
    "what": "What",
    "cards": "Cards",
    "who": "By",
    "came": "Came into the reserve",
    "into": "Put into",
    "took_back": "Took back entry",
    "taken_back": "taken back",
    "take_back": "Take back",
    "no_moves": "Nothing was written down yet.",
    "fill_title": "Fill the cars",
    "fill_hint": "Print this, fill the cars, then write here how many cards you put into each and save. Empty lines change nothing. "
    f"Suggested is what {FILL_DAYS} days need, in packs of {PACK}.",
    "back": "Back to the cards",
    "print": "Print it from the browser",
    "found": "Counted in the car",
    "suggested": "Suggested",
    "put_in_now": "Put in",
    "other_unit": "Another unit",
    "save": "Save what was put in",
    "filled_by": "Filled by, date",
}


@dataclass(frozen=True, slots=True)
class CarRow:
    """A car as a row of the page; `warnings` say why it comes first."""

    unit: str
    left: str
    days: str
    counted: str
    handed_out: str
    put_in: str
    per_day: str
    warnings: tuple[str, ...]
    suggested: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One entry; `may_take_back` if it is neither an opposite one nor taken back."""

    number: int
    when: str
    words: str
    cards: int
    who: str
    is_taken_back: bool
    may_take_back: bool


def car_rows(stock: Stock, reference: Reference) -> list[CarRow]:
    """The cars, those to fill or to count first."""
    ordered = sorted(stock.cars, key=lambda car: (_place(car, stock.low), car.left or 0, car.unit))
    return [_car_row(car, stock.low, reference) for car in ordered]


def is_low(car: Estimate, low: int) -> bool:
    """Whether a car has fewer cards than the station says it should."""
    return car.left is not None and car.left < low


def days_words(days: tuple[float, float] | None) -> str:
    """Between how many days the cards last."""
    if days is None:
        return "nothing handed out lately"
    low, high = math.floor(days[0]), math.ceil(days[1])
    if high == 0:
        return "none left"
    if low >= DAYS_SHOWN_MAX:
        return f"more than {DAYS_SHOWN_MAX} days"
    if high > DAYS_SHOWN_MAX:
        return f"at least {_counted(low)}" if low else "too early to tell"
    if low == 0:
        return "less than a day" if high == 1 else f"up to {high} days"
    return f"about {_counted(low)}" if low == high else f"about {low} to {high} days"


def suggested(car: Estimate, low: int) -> int | None:
    """How many cards to put into a car; None where somebody has to count first."""
    if car.left is None or car.is_short:
        return None
    wanted = max(car.per_day * FILL_DAYS, low)
    return max(0, math.ceil((wanted - car.left) / PACK) * PACK)


def move_rows(moves: Sequence[CardMoveRow], reference: Reference) -> list[MoveRow]:
    """The entries in words."""
    undone = {move.undoes for move in moves}
    return [_move_row(move, move.id in undone, reference) for move in moves]


def cards_csv(stock: Stock) -> str:
    """The estimates as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([cell(column(car, stock.low)) for column in _COLUMNS.values()] for car in stock.cars)
    return out.getvalue()


_COLUMNS: Mapping[str, Callable[[Estimate, int], object]] = {
    "unit": lambda car, _: car.unit,
    "left": lambda car, _: car.left,
    "low": lambda car, low: "low" if is_low(car, low) else "",
    "short": lambda car, _: "short" if car.is_short else "",
    "days_from": lambda car, _: None if car.days is None else f"{car.days[0]:.1f}",
    "days_to": lambda car, _: None if car.days is None else f"{car.days[1]:.1f}",
    "each_day": lambda car, _: f"{car.per_day:.2f}",
    "counted": lambda car, _: car.counted,
    "counted_at": lambda car, _: None if car.counted_at is None else write_time(car.counted_at),
    "handed_out_since": lambda car, _: car.handed_out,
    "put_in_since": lambda car, _: car.put_in,
}


def _place(car: Estimate, low: int) -> int:
    if is_low(car, low) or car.is_short:
        return 0
    return 1 if car.left is None else 2


def _car_row(car: Estimate, low: int, reference: Reference) -> CarRow:
    warnings = {"low": is_low(car, low), "short": car.is_short, "uncounted": car.left is None}
    is_counted = car.counted_at is not None
    pack = suggested(car, low)
    return CarRow(
        unit=car.unit,
        left="" if car.left is None else str(car.left),
        days="" if car.left is None else days_words(car.days),
        counted=f"{car.counted}, {lately_words(car.counted_at, reference)}"
        if car.counted_at is not None
        else TEXTS["never"],
        handed_out=str(car.handed_out) if is_counted else "",
        put_in=str(car.put_in) if is_counted else "",
        per_day=f"{car.per_day:.1f}",
        warnings=tuple(TEXTS[name] for name, is_so in warnings.items() if is_so),
        suggested="" if pack is None else str(pack),
    )


def _move_row(move: CardMoveRow, is_taken_back: bool, reference: Reference) -> MoveRow:  # noqa: FBT001 - one of its columns
    words = TEXTS["came"] if move.unit is None else f"{TEXTS['into']} {move.unit}"
    return MoveRow(
        number=move.id,
        when=lately_words(move.noted_at, reference),
        words=words if move.undoes is None else f"{TEXTS['took_back']} {move.undoes} ({words[0].lower()}{words[1:]})",
        cards=move.cards,
        who=move.who,
        is_taken_back=is_taken_back,
        may_take_back=move.undoes is None and not is_taken_back,
    )


def lately_words(at: datetime, reference: Reference) -> str:
    """A moment by the station's clock, without the year: all of it is of the last weeks."""
    local = at.astimezone(reference.at(at).zone)
    return f"{short_day_words(local.date())} {local:%H:%M}"


def _counted(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
