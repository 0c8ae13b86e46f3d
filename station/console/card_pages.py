"""Cards: what each car probably has, the station's reserve, and filling the cars. For sergeants and above."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from station.card_moves import RECEIVED_MAX, Mover, NotMoved, receive, restock, set_low, take_back
from station.card_stock import stock
from station.console.card_words import TEXTS, car_rows, cards_csv, move_rows
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.questions import number_of
from station.console.refusals import NotShown
from station.console.visits import name_of, visit_of
from station.database import Database
from station.happenings import Happening, note
from sync.limits import CARDS_MAX
from sync.reference import Reference

_BAD, _NONE = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND
_CARDS = "cards."
# A line for each car of a large station, and as many bytes.
_FIELDS_MAX = 400
_FORM_BYTES_MAX = 32 * 1_024


@dataclass(frozen=True, slots=True)
class CardPages:
    """The pages of the cards."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def all(self, request: Request) -> Response:
        """Every car, those to fill first; the reserve and its latest entries."""
        with self.database.reading() as session:
            found = stock(session, self.now())
            moves = move_rows(found.moves, self.reference)
        values = {
            "words": TEXTS,
            "rows": car_rows(found, self.reference),
            "reserve": found.reserve,
            "low": found.low,
            "moves": moves,
            "form": str(uuid4()),
            "received_max": RECEIVED_MAX,
            "cards_max": CARDS_MAX,
        }
        return self.pages.page("cards.html", visit_of(request), values)

    def csv(self, request: Request) -> Response:
        """The same as CSV."""
        with self.database.writing() as session:
            note(session, Happening.CARDS_EXPORTED, name_of(visit_of(request)))
        with self.database.reading() as session:
            found = stock(session, self.now())
        return Response(
            cards_csv(found),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="cards.csv"'},
        )

    def to_fill(self, request: Request) -> Response:
        """The sheet for whoever fills the cars, and the form for what was put in."""
        with self.database.reading() as session:
            found = stock(session, self.now())
        values = {
            "words": TEXTS,
            "rows": car_rows(found, self.reference),
            "reserve": found.reserve,
            "form": str(uuid4()),
            "cards_max": CARDS_MAX,
        }
        return self.pages.page("cards_fill.html", visit_of(request), values)

    async def fill(self, request: Request) -> Response:
        """Write down what was put into the cars."""
        form = await read_form(request, visit_of(request).secret, _FORM_BYTES_MAX, _FIELDS_MAX)
        cards = cards_in(form)
        return await self._move(request, form, lambda session, by: restock(session, self.reference, cards, by))

    async def received(self, request: Request) -> Response:
        """Write down what came into the reserve."""
        form = await read_form(request, visit_of(request).secret)
        cards = _number(form.get("cards", ""))
        return await self._move(request, form, lambda session, by: receive(session, cards, by))

    async def take_back(self, request: Request, number: str) -> Response:
        """Take an entry back by its opposite."""
        wanted = number_of(number, _NONE)
        form = await read_form(request, visit_of(request).secret)
        return await self._move(request, form, lambda session, by: take_back(session, wanted, by))

    async def low(self, request: Request) -> Response:
        """Say below how many cards a car is low."""
        form = await read_form(request, visit_of(request).secret)
        cards = _number(form.get("cards", ""))
        return await self._move(request, form, lambda session, by: set_low(session, cards, by.who, by.at))

    async def _move(
        self, request: Request, form: Mapping[str, str], move: Callable[[Session, Mover], object]
    ) -> Response:
        by = Mover(name_of(visit_of(request)), self.now(), _form_of(form))

        def moving() -> None:
            with self.database.writing() as session:
                move(session, by)

        try:
            await run_in_threadpool(moving)
        except NotMoved as problem:
            raise NotShown(
                _BAD, f"{problem} Nothing was changed; go back, and what you typed is still there."
            ) from None
        return RedirectResponse("/cards", HTTPStatus.SEE_OTHER)


def cards_in(form: Mapping[str, str]) -> dict[str, int]:
    """How many cards a form puts into which units; empty lines are none. Raises NotShown."""
    typed = {name.removeprefix(_CARDS): text.strip() for name, text in form.items() if name.startswith(_CARDS)}
    other, more = form.get("unit", "").strip().upper(), form.get("cards", "").strip()
    if other or more:
        if not (other and more) or typed.get(other):
            raise NotShown(_BAD, "Write the other unit and its cards, or neither; each unit once. Nothing was changed.")
        typed[other] = more
    return {unit: _number(text) for unit, text in typed.items() if text not in {"", "0"}}


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text.strip()):
        raise NotShown(_BAD, f"{text.strip()[:20]!r} is not a number of cards. Write digits alone, like 40.")
    return int(text)


def _form_of(form: Mapping[str, str]) -> UUID:
    try:
        return UUID(form.get("form", ""))
    except ValueError:
        raise NotShown(_BAD, "That form cannot be read. Open the page again. Nothing was changed.") from None


def add_card_routes(router: APIRouter, pages: CardPages) -> None:
    """Add the routes of the cards."""
    router.add_api_route("/cards", pages.all, methods=["GET"])
    router.add_api_route("/cards.csv", pages.csv, methods=["GET"])
    router.add_api_route("/cards/fill", pages.to_fill, methods=["GET"])
    router.add_api_route("/cards/fill", pages.fill, methods=["POST"])
    router.add_api_route("/cards/received", pages.received, methods=["POST"])
    router.add_api_route("/cards/low", pages.low, methods=["POST"])
    router.add_api_route("/cards/moves/{number}/take-back", pages.take_back, methods=["POST"])
