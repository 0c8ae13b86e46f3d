"""The worksheets: a day of them, one of them, and both as CSV. Only for who is signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from station.console.day_views import LOOK_FIRST_MAX, PageOf, chosen, is_odd, page_of, sheet_rows
from station.console.pages import Pages
from station.console.questions import area_of, asked_day, choice_in, date_of, number_of, person_of, watch_of
from station.console.refusals import NotShown
from station.console.review_views import STATE_WORDS
from station.console.sheet_views import SheetView, sheet_view
from station.console.visits import name_of, note_worksheets, visit_of
from station.console.words import day_words, short_day_words
from station.csvs import worksheet_csv
from station.database import Database
from station.day_sheets import summed
from station.exceptions import RULES, rule_words
from station.happenings import Happening
from station.kept_days import sheets_on
from station.people import known_numbers
from station.quarantine import waiting
from station.reviews import State, reviews_on
from station.worksheets import worksheet_lines, worksheets_on
from sync.reference import Reference

_DAY = timedelta(days=1)
_ONE = "/worksheets/{on}/{watch}/{person}"
_BAD, _NONE = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Sheets:
    """The pages of the worksheets; each reads one moment of the database."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def first(self) -> Response:
        """Today's worksheets."""
        return RedirectResponse("/worksheets", HTTPStatus.SEE_OTHER)

    def day(self, request: Request) -> Response:
        """The worksheets of a date."""
        on, watch = asked_day(request, self.reference, self.now)
        reference = self.reference.on(on)
        area, state = area_of(request, reference), choice_in(request, "state", State)
        number, visit = number_of(request.query_params.get("page") or "1", _BAD), visit_of(request)
        with self.database.reading() as session:
            sheets = sheets_on(session, reference, on, watch, visit.only)
            known = known_numbers(session)
            count = waiting(session) if visit.may("/quarantine") else 0
        if any(sheet.totals.contacts and sheet.person != name_of(visit) for sheet in sheets):
            note_worksheets(self.database, visit, Happening.WORKSHEETS_READ, "", on, watch)
        found = chosen(sheets, area, state)
        odd, page = [sheet for sheet in found if is_odd(sheet, known)], page_of(found, number)
        rows = sheet_rows(page.rows, known, reference)
        may_approve = visit.may("/worksheets/approve", "POST")
        values = {
            "on": on,
            "watch": watch,
            "area": area,
            "areas": list(reference.areas),
            "state": state,
            "states": STATE_WORDS,
            "chosen": urlencode({name: value for name, value in _choices(watch, area, state) if value}),
            "clean": [row for row in rows if may_approve and row.is_clean and row.person != name_of(visit)],
            "watches": reference.watches.values(),
            "day_words": day_words,
            "short_day_words": short_day_words,
            "before": on - _DAY,
            "after": on + _DAY,
            "count": len(found),
            "page": PageOf(rows, *page[1:]),
            "odd": sheet_rows(odd[:LOOK_FIRST_MAX], known, reference),
            "more_odd": len(odd[LOOK_FIRST_MAX:]),
            "totals": summed(sheet.once for sheet in found),
            "waiting": count,
        }
        return self.pages.page("day.html", visit, values)

    def csv(self, request: Request) -> Response:
        """The contacts of a date as CSV, as the command prints them."""
        on, watch = asked_day(request, self.reference, self.now)
        asked = request.query_params.get("person")
        reference = self.reference.on(on)
        person = person_of(asked, reference, _BAD) if asked else visit_of(request).only
        with self.database.reading() as session:
            lines = worksheet_lines(session, reference, on, watch, person)
        note_worksheets(self.database, visit_of(request), Happening.WORKSHEETS_EXPORTED, person or "", on, watch)
        name = "-".join(part for part in ("worksheets", on.isoformat(), watch, person) if part)
        return Response(
            worksheet_csv(lines, reference),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    def one(self, request: Request, on: str, watch: str, person: str) -> Response:
        """One worksheet."""
        visit, sheet = visit_of(request), self.sheet(date_of(on, _NONE), watch, person)
        if person != name_of(visit):
            note_worksheets(self.database, visit, Happening.WORKSHEETS_READ, person, sheet.on, watch)
        may_decide = visit.may(f"{_ONE}/approve", "POST") and name_of(visit) != person
        values = {**sheet._asdict(), "day_words": day_words, "may_decide": may_decide}
        return self.pages.page("worksheet.html", visit, values)

    def sheet(self, on: date, watch: str, person: str) -> SheetView:
        """One worksheet as it is shown. Raises NotShown."""
        reference = self.reference.on(on)
        watch_of(watch, reference, _NONE)
        person_of(person, reference, _NONE)
        with self.database.reading() as session:
            found = worksheets_on(session, reference, on, watch, person)
            reviews = reviews_on(session, on, watch, person)
            is_known = bool(found.lines or found.signings or found.findings) or person in known_numbers(session)
        if not is_known:
            raise NotShown(_NONE, f"Nobody with the number {person} is known here, and no contact was logged by it.")
        return sheet_view(found, reviews, on, watch, person, reference)

    def rules(self, request: Request) -> Response:
        """The rules by which something is shown first, from the table that decides."""
        reference = self.reference.at(self.now())
        values = {"rules": [(rule, rule_words(rule, reference)) for rule in RULES]}
        return self.pages.page("rules.html", visit_of(request), values)


def _choices(watch: str | None, area: str | None, state: State | None) -> list[tuple[str, str | None]]:
    return [("watch", watch), ("area", area), ("state", state)]


def add_sheet_routes(router: APIRouter, sheets: Sheets) -> None:
    """Add the routes of the worksheets."""
    router.add_api_route("/", sheets.first, methods=["GET"])
    router.add_api_route("/worksheets", sheets.day, methods=["GET"])
    router.add_api_route("/worksheets.csv", sheets.csv, methods=["GET"])
    router.add_api_route("/rules", sheets.rules, methods=["GET"])
    router.add_api_route(_ONE, sheets.one, methods=["GET"])
