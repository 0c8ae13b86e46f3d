"""Writing a briefing, another edition of one, and taking one back. Only for who may decide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from station.briefing_html import briefing_html
from station.briefing_writing import NotSent, Overtaken, Writer, send, send_edition, withdraw
from station.briefings import Briefing, one, templates
from station.console.briefing_forms import (
    FIELDS_MAX,
    FORM_BYTES_MAX,
    FormWords,
    choices,
    draft_in,
    form_of,
    form_of_edition,
    form_typed,
    key_in,
    repeats_choices,
)
from station.console.briefing_texts import TEXTS
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.questions import number_of
from station.console.refusals import NotShown
from station.console.visits import name_of, visit_of
from station.database import Database
from sync.limits import BRIEFING_CHARACTERS_MAX, BRIEFING_TITLE_CHARACTERS_MAX
from sync.reference import Reference

_BAD, _NONE = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class BriefingDesk:
    """The pages on which briefings are written."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def new(self, request: Request) -> Response:
        """An empty form, or one with a text to begin with."""
        name = request.query_params.get("from", "")
        with self.database.reading() as session:
            template = next((each for each in templates(session) if each.name == name), None)
        if name and template is None:
            raise NotShown(_NONE, "There is no such text to begin with.")
        return self._form(request, form_of(template, self._today()), str(uuid4()))

    async def send(self, request: Request) -> Response:
        """Show how it will be read, or send it."""
        form = await self._typed(request)
        key = key_in(form)

        def sending(session: Session, by: Writer) -> int:
            return send(session, key, draft_in(form), by, self._valid())

        return await self._shown_or_sent(request, form, str(key), None, sending)

    def another(self, request: Request, number: str) -> Response:
        """The form of the edition that counts."""
        found = self._found(number)
        return self._form(request, form_of_edition(found.latest, self._today()), "", found)

    async def send_another(self, request: Request, number: str) -> Response:
        """Show how another edition will be read, or send it."""
        form = await self._typed(request)
        found = await run_in_threadpool(self._found, number)
        seen = number_of(form.get("seen", ""), _BAD)

        def sending(session: Session, by: Writer) -> int:
            send_edition(session, found.id, seen, draft_in(form), by, self._valid())
            return found.id

        return await self._shown_or_sent(request, form, "", found, sending)

    async def withdraw(self, request: Request, number: str) -> Response:
        """Take it back."""
        await read_form(request, visit_of(request).secret)
        found = await run_in_threadpool(self._found, number)
        await self._writing(request, lambda session, by: withdraw(session, found.id, by))
        return RedirectResponse(f"/briefings/{found.id}", HTTPStatus.SEE_OTHER)

    async def _shown_or_sent(
        self,
        request: Request,
        form: Mapping[str, str],
        key: str,
        found: Briefing | None,
        sending: Callable[[Session, Writer], int],
    ) -> Response:
        typed = form_typed(form)
        if "preview" in form:
            return await run_in_threadpool(self._form, request, typed, key, found, is_preview=True)
        try:
            number = await self._writing(request, sending)
        except (NotSent, NotShown) as problem:  # nothing that was typed is lost
            return await run_in_threadpool(self._form, request, typed, key, found, problem=str(problem))
        except Overtaken as problem:
            sentence = f"{problem} {TEXTS['overtaken']}"
            return await run_in_threadpool(self._form, request, typed, key, found, problem=sentence)
        return RedirectResponse(f"/briefings/{number}", HTTPStatus.SEE_OTHER)

    def _form(
        self,
        request: Request,
        form: FormWords,
        key: str,
        found: Briefing | None = None,
        *,
        is_preview: bool = False,
        problem: str | None = None,
    ) -> Response:
        with self.database.reading() as session:
            offered = templates(session)
        values = {
            "words": TEXTS,
            "form": form,
            "key": key,
            "found": found,
            "templates": offered,
            "choices": choices(self._valid()),
            "repeats": repeats_choices(),
            "html": briefing_html(form.text) if is_preview else None,
            "problem": problem,
            "title_characters_max": BRIEFING_TITLE_CHARACTERS_MAX,
            "text_characters_max": BRIEFING_CHARACTERS_MAX,
        }
        status = HTTPStatus.OK if problem is None else _BAD
        return self.pages.page("briefing_form.html", visit_of(request), values, status)

    async def _typed(self, request: Request) -> dict[str, str]:
        return await read_form(request, visit_of(request).secret, FORM_BYTES_MAX, FIELDS_MAX)

    async def _writing(self, request: Request, work: Callable[[Session, Writer], int]) -> int:
        by = Writer(name_of(visit_of(request)), self.now(), self._today())

        def writing() -> int:
            with self.database.writing() as session:
                return work(session, by)

        return await run_in_threadpool(writing)

    def _found(self, number: str) -> Briefing:
        with self.database.reading() as session:
            found = one(session, number_of(number, _NONE))
        if found is None:
            raise NotShown(_NONE, "There is no such briefing.")
        return found

    def _valid(self) -> Reference:
        return self.reference.at(self.now())

    def _today(self) -> date:
        return self.now().astimezone(self._valid().zone).date()


def add_briefing_desk_routes(router: APIRouter, desk: BriefingDesk) -> None:
    """Add the routes of writing briefings."""
    router.add_api_route("/briefings/new", desk.new, methods=["GET"])
    router.add_api_route("/briefings/new", desk.send, methods=["POST"])
    router.add_api_route("/briefings/{number}/edition", desk.another, methods=["GET"])
    router.add_api_route("/briefings/{number}/edition", desk.send_another, methods=["POST"])
    router.add_api_route("/briefings/{number}/withdraw", desk.withdraw, methods=["POST"])
