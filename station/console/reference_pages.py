"""The reference data: their versions, what differs between two, and forms that make the next one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from station.console.forms import read_form
from station.console.map_views import NAME_DIGITS
from station.console.pages import Pages
from station.console.questions import number_of
from station.console.reference_base import Base, base_of, moment_typed
from station.console.reference_texts import FIELD_WORDS, PART_HINTS, PART_WORDS, TEXTS
from station.console.reference_views import fields_of, mdc_example, version_row, version_rows
from station.console.refusals import NotShown
from station.console.visits import name_of, visit_of
from station.database import Database
from station.happenings import Happening, note
from station.reference_parts import PARTS, Difference, Part, changed, differences
from station.reference_rules import problems_in
from station.references import NotSaved, document_of, kept_versions, save, valid_at
from sync.canonical import JsonObject
from sync.limits import REFERENCE_BYTES_MAX
from sync.reference import Reference

_NONE, _BAD = HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST
# Indented, and as a form writes it: a quotation mark or a line's end takes three times its length there.
_FORM_BYTES_MAX = 8 * REFERENCE_BYTES_MAX
_SAVE = "save"
_REASONS = "reasons"


@dataclass(frozen=True, slots=True)
class ReferencePages:
    """The pages of the reference data."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def all(self, request: Request) -> Response:
        """The versions, the last first."""
        with self.database.reading() as session:
            kept = kept_versions(session)
        now = self.now()
        values = {
            "words": TEXTS,
            "rows": version_rows(kept, now, self.reference.at(now)),
            "valid": valid_at(kept, now).number,
            "parts": PART_WORDS,
            "reasons": _REASONS,
        }
        return self.pages.page("references.html", visit_of(request), values)

    def one(self, request: Request, number: str) -> Response:
        """A version, and what differs from another one: the one before, unless another is asked for."""
        wanted = number_of(number, _NONE)
        with self.database.reading() as session:
            kept = kept_versions(session)
            document = document_of(session, wanted)
            asked = request.query_params.get("against")
            against = number_of(asked, _BAD) if asked else max(wanted - 1, 1)
            other = document_of(session, against)
        if document is None or other is None:
            raise NotShown(_NONE, TEXTS["no_version"])
        now = self.now()
        (this,) = (each for each in kept if each.number == wanted)
        values = {
            "words": TEXTS,
            "row": version_row(this, kept, now, self.reference.at(now)),
            "numbers": [each.number for each in kept if each.number != wanted],
            "against": against,
            "differences": _shown(other, document) if against != wanted else [],
            "parts": {name: PART_WORDS[name] for name in PARTS if name != "document"},
            "contents": {
                name: fields_of(part, part.write(document)) for name, part in PARTS.items() if name != "document"
            },
        }
        return self.pages.page("reference.html", visit_of(request), values)

    def as_file(self, request: Request, number: str) -> Response:
        """A version as the command exports it."""
        wanted = number_of(number, _NONE)
        with self.database.writing() as session:
            document = document_of(session, wanted)
            if document is None:
                raise NotShown(_NONE, TEXTS["no_version"])
            note(session, Happening.REFERENCE_EXPORTED, name_of(visit_of(request)), f"version {wanted}")
        return Response(
            json.dumps(document, ensure_ascii=False, indent=2) + "\n",
            media_type="application/json; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="reference-{wanted}.json"'},
        )

    def ask(self, request: Request, number: str, part: str) -> Response:
        """The form of a part, as a version has it."""
        base, found = base_of(self.database, number_of(number, _NONE), self.now()), _part(part)
        return self._form(request, base, found, found.write(base.document))

    async def take(self, request: Request, number: str, part: str) -> Response:
        """Look at what a form would change, or make it the next version."""
        return await self._take(request, number_of(number, _NONE), _part(part))

    def ask_reasons(self, request: Request) -> Response:
        """The form of the return reasons that are valid now."""
        base, found = base_of(self.database, None, self.now()), PARTS[_REASONS]
        return self._form(request, base, found, found.write(base.document))

    async def take_reasons(self, request: Request) -> Response:
        """The same for the return reasons."""
        return await self._take(request, None, PARTS[_REASONS])

    async def _take(self, request: Request, number: int | None, part: Part) -> Response:
        form = await read_form(request, visit_of(request).secret, _FORM_BYTES_MAX)
        return await run_in_threadpool(self._taken, request, number, part, form)

    def _taken(self, request: Request, number: int | None, part: Part, form: Mapping[str, str]) -> Response:
        base = base_of(self.database, number, self.now())
        values = {name: form.get(name, "") for name in part.write(base.document)}
        try:
            document = changed(base.document, part, form)
            begins = moment_typed(form.get("begins", ""), self.reference.at(self.now()))
        except ValueError as problem:
            return self._form(request, base, part, values, problems=[str(problem)], begins=form.get("begins", ""))
        problems = problems_in(document)
        if problems or form.get("do") != _SAVE:
            seen = None if problems else document
            return self._form(request, base, part, values, problems=problems, seen=seen, begins=form.get("begins", ""))
        try:
            newest = number_of(form.get("newest", ""), _BAD)
            with self.database.writing() as session:
                kept = save(session, document, begins, name_of(visit_of(request)), self.now(), newest)
        except NotSaved as refusal:
            return self._form(request, base, part, values, problems=refusal.problems, begins=form.get("begins", ""))
        return RedirectResponse(f"/reference/{kept.number}", HTTPStatus.SEE_OTHER)

    def _form(
        self,
        request: Request,
        base: Base,
        part: Part,
        values: Mapping[str, str],
        *,
        problems: list[str] | None = None,
        seen: JsonObject | None = None,
        begins: str = "",
    ) -> Response:
        shown = {
            "words": TEXTS,
            "base": base,
            "part": part.name,
            "part_words": PART_WORDS[part.name],
            "part_hint": PART_HINTS[part.name],
            "address": "/reference/reasons" if part.name == _REASONS else f"/reference/{base.number}/edit/{part.name}",
            "fields": fields_of(part, values),
            "problems": problems or [],
            "differences": None if seen is None else _shown(base.document, seen),
            "example": mdc_example(seen or base.document, self.now()) if part.name == "mdc" else None,
            "begins": begins,
        }
        status = _BAD if problems else HTTPStatus.OK
        return self.pages.page("reference_form.html", visit_of(request), shown, status)


def _shown(before: JsonObject, after: JsonObject) -> list[tuple[str, str, str]]:
    return [
        (FIELD_WORDS.get(each.place, each.place[:1].upper() + each.place[1:]), *_values(each))
        for each in differences(before, after)
    ]


def _values(each: Difference) -> tuple[str, str]:
    end = NAME_DIGITS if each.place == "rd_map" else None
    return each.before[:end], each.after[:end]


def _part(name: str) -> Part:
    if name not in PARTS:
        raise NotShown(_NONE, f"There is no part {name[:20]!r} of the reference data.")
    return PARTS[name]


def add_reference_routes(router: APIRouter, pages: ReferencePages) -> None:
    """Add the routes of the reference data."""
    router.add_api_route("/reference", pages.all, methods=["GET"])
    router.add_api_route("/reference/reasons", pages.ask_reasons, methods=["GET"])
    router.add_api_route("/reference/reasons", pages.take_reasons, methods=["POST"])
    router.add_api_route("/reference/{number}", pages.one, methods=["GET"])
    router.add_api_route("/reference/{number}/file", pages.as_file, methods=["GET"])
    router.add_api_route("/reference/{number}/edit/{part}", pages.ask, methods=["GET"])
    router.add_api_route("/reference/{number}/edit/{part}", pages.take, methods=["POST"])
