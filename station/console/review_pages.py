"""Reviewing a worksheet: approve it, or return contacts of it with reasons. Only for who may decide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from station.console import views
from station.console.day_views import sheet_rows
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.questions import date_of, person_of, watch_of
from station.console.refusals import NotShown
from station.console.visits import name_of, note_worksheets, visit_of
from station.console.words import day_words
from station.database import Database
from station.day_sheets import day_sheets
from station.happenings import Happening
from station.people import known_numbers
from station.reviewing import NotReviewed, Reviewer, SheetName, approve, give_back
from station.reviews import mark_of, reviews_on
from station.worksheets import worksheet_lines, worksheets_on
from sync.limits import REASON_CHARACTERS_MAX
from sync.reference import Reference
from sync.reviews import ReviewNote

_NONE = HTTPStatus.NOT_FOUND
# What a form's fields are called: `reason.` and `comment.` with a contact's id, or with this for the whole worksheet.
WHOLE = "all"
# Two fields for each contact of a long day (twice what can be signed), and as many bytes as their comments can have.
_FIELDS_MAX = 400
_FORM_BYTES_MAX = 512 * 1_024


@dataclass(frozen=True, slots=True)
class ReviewPages:
    """The pages on which a worksheet is decided on."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def to_return(self, request: Request, on: str, watch: str, person: str) -> Response:
        """The form with every contact, to choose reasons from."""
        sheet = self._sheet(on, watch, person)
        with self.database.reading() as session:
            lines = worksheet_lines(session, self.reference, sheet.on, watch, person)
            reviews = reviews_on(session, sheet.on, watch, person)
        if not lines:
            raise NotShown(_NONE, "There is no contact on this worksheet.")
        visit = visit_of(request)
        note_worksheets(self.database, visit, Happening.WORKSHEETS_READ, person, sheet.on, watch)
        values = {
            "on": sheet.on,
            "watch": watch,
            "watch_label": views.watch_label(watch, self.reference.on(sheet.on)),
            "person": person,
            "day_words": day_words,
            "rows": views.contact_rows(lines, self.reference),
            "ids": [line.contact.id for line in lines],
            "reasons": self.reference.at(self.now()).return_reasons,
            "whole": WHOLE,
            "mark": mark_of((line.contact.id for line in lines), reviews),
            "comment_characters_max": REASON_CHARACTERS_MAX,
        }
        return self.pages.page("return.html", visit, values)

    async def approve(self, request: Request, on: str, watch: str, person: str) -> Response:
        """Approve the worksheet as it was seen."""
        sheet = self._sheet(on, watch, person)
        form = await read_form(request, visit_of(request).secret)
        return await self._decide(request, sheet, form, lambda session, by: approve(session, self.reference, sheet, by))

    async def give_back(self, request: Request, on: str, watch: str, person: str) -> Response:
        """Return what has a reason or a comment."""
        sheet = self._sheet(on, watch, person)
        form = await read_form(request, visit_of(request).secret, _FORM_BYTES_MAX, _FIELDS_MAX)
        notes = notes_in(form)
        return await self._decide(
            request, sheet, form, lambda session, by: give_back(session, self.reference, sheet, by, notes)
        )

    async def approve_clean(self, request: Request) -> Response:
        """Approve the worksheets of a form, each as it was seen and only if nothing is odd about it; leave the others."""
        form = await read_form(request, visit_of(request).secret, _FORM_BYTES_MAX, _FIELDS_MAX)
        on = date_of(form.get("on", ""), HTTPStatus.BAD_REQUEST)
        who, at = name_of(visit_of(request)), self.now()

        def approving() -> None:
            with self.database.writing() as session:
                found, reviews = worksheets_on(session, self.reference, on), reviews_on(session, on)
                sheets = day_sheets(found, reviews, self.reference.on(on))
                for row in sheet_rows(sheets, known_numbers(session), self.reference.on(on)):
                    mark = form.get(f"sheet.{row.watch}.{row.person}")
                    if mark == row.mark and row.is_clean and row.person != who:
                        approve(session, self.reference, SheetName(on, row.watch, row.person), Reviewer(who, at, mark))

        try:
            await run_in_threadpool(approving)
        except NotReviewed as problem:  # something came in between: none is approved
            raise NotShown(HTTPStatus.CONFLICT, f"{problem} Nothing was changed.") from None
        return RedirectResponse(f"/worksheets?on={on}", HTTPStatus.SEE_OTHER)

    async def _decide(
        self,
        request: Request,
        sheet: SheetName,
        form: Mapping[str, str],
        decide: Callable[[Session, Reviewer], object],
    ) -> Response:
        by = Reviewer(name_of(visit_of(request)), self.now(), form.get("mark", ""))

        def deciding() -> None:
            with self.database.writing() as session:
                decide(session, by)

        try:
            await run_in_threadpool(deciding)
        except NotReviewed as problem:
            raise NotShown(HTTPStatus.BAD_REQUEST, f"{problem} Nothing was changed.") from None
        return RedirectResponse(f"/worksheets/{sheet.on}/{sheet.watch}/{sheet.person}", HTTPStatus.SEE_OTHER)

    def _sheet(self, on: str, watch: str, person: str) -> SheetName:
        return SheetName(
            date_of(on, _NONE),
            watch_of(watch, self.reference, _NONE),
            person_of(person, self.reference.at(self.now()), _NONE),
        )


def notes_in(form: Mapping[str, str]) -> list[ReviewNote]:
    """What a form returns: everything that has a reason or a comment, the whole worksheet first. Pure."""
    names = [WHOLE, *sorted({name.partition(".")[2] for name in form if "." in name} - {WHOLE})]
    found = [
        ReviewNote(
            None if name == WHOLE else name,
            form.get(f"reason.{name}", "").strip(),
            form.get(f"comment.{name}", "").strip(),
        )
        for name in names
    ]
    return [note for note in found if note.reason or note.comment]


def add_review_routes(router: APIRouter, pages: ReviewPages) -> None:
    """Add the routes of reviewing."""
    router.add_api_route("/worksheets/approve", pages.approve_clean, methods=["POST"])
    sheet = "/worksheets/{on}/{watch}/{person}"
    router.add_api_route(f"{sheet}/return", pages.to_return, methods=["GET"])
    router.add_api_route(f"{sheet}/return", pages.give_back, methods=["POST"])
    router.add_api_route(f"{sheet}/approve", pages.approve, methods=["POST"])
