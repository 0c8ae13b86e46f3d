"""Worksheets as PDF: one, or those of a day that its page lists. Noted like the CSV."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response

from station.console.day_views import chosen
from station.console.papers import paper_of, title_of
from station.console.questions import area_of, asked_day, choice_in, person_of
from station.console.refusals import NotShown
from station.console.sheet_views import SheetView, sheet_view
from station.console.sheets import Sheets
from station.console.visits import note_worksheets, visit_of
from station.console.words import day_words
from station.day_sheets import day_sheets
from station.happenings import Happening
from station.pdfs import pdf_of
from station.reviews import State, reviews_on
from station.worksheets import worksheets_on

# More than twice a day of a large station (docs/figures.md); what takes longer would hold up the pages.
CONTACTS_MAX, SHEETS_MAX = 2_000, 300
# Making one takes a processor for itself; others wait for it without a thread.
_AT_ONCE_MAX = 1
_LANGUAGE = "en-US"
_BAD, _NONE = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class SheetPdfs:
    """The PDFs of the worksheets; each of one moment of the database."""

    sheets: Sheets
    one_of_few: CapacityLimiter

    async def pdf(self, request: Request) -> Response:
        """The worksheets that an address asks for."""
        return await to_thread.run_sync(self._made, request, limiter=self.one_of_few)

    def _made(self, request: Request) -> Response:
        reference, now, visit = self.sheets.reference, self.sheets.now, visit_of(request)
        on, watch = asked_day(request, reference, now)
        asked = request.query_params.get("person")
        person = person_of(asked, reference.on(on), _BAD) if asked else visit.only
        found = [self.sheets.sheet(on, watch, asked)] if watch and asked else self._day(request, on, watch, person)
        refuse_too_many(found)
        note_worksheets(self.sheets.database, visit, Happening.WORKSHEETS_EXPORTED, person or "", on, watch)
        station = reference.on(on).station
        papers = [paper_of(sheet, station) for sheet in found]
        name = "-".join(part for part in ("worksheets", on.isoformat(), watch, person) if part)
        return Response(
            pdf_of(papers, title_of(found, station), station, _LANGUAGE),
            media_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'},
        )

    def _day(self, request: Request, on: date, watch: str | None, person: str | None) -> list[SheetView]:
        """The worksheets that the day's page lists. Raises NotShown."""
        reference = self.sheets.reference.on(on)
        area, state = area_of(request, reference), choice_in(request, "state", State)
        with self.sheets.database.reading() as session:
            found = worksheets_on(session, reference, on, watch, person)
            reviews = reviews_on(session, on, watch, person)
        rows = chosen(day_sheets(found, reviews, reference), area, state)
        if not rows:
            raise NotShown(_NONE, f"No worksheets of {day_words(on)} fit what was asked for.")
        return [sheet_view(found, reviews, on, row.watch, row.person, reference) for row in rows]


def refuse_too_many(sheets: list[SheetView]) -> None:
    """Refuse more than one PDF is made of. Raises NotShown."""
    contacts = sum(len(sheet.rows) for sheet in sheets)
    if contacts > CONTACTS_MAX or len(sheets) > SHEETS_MAX:
        sentence = (
            f"These are {len(sheets):,} worksheets with {contacts:,} contacts. A PDF holds {SHEETS_MAX:,} worksheets and "
            f"{CONTACTS_MAX:,} contacts at most: choose a watch, an area or a state first, or take the CSV."
        )
        raise NotShown(_BAD, sentence)


def add_pdf_routes(router: APIRouter, sheets: Sheets) -> None:
    """Add the route of the PDFs."""
    pdfs = SheetPdfs(sheets, CapacityLimiter(_AT_ONCE_MAX))
    router.add_api_route("/worksheets.pdf", pdfs.pdf, methods=["GET"])
