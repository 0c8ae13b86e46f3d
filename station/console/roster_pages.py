"""The roster as a file: out, and in again with a look at what would change first. For administrators."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from station.console.forms import read_form
from station.console.pages import Pages
from station.console.people_words import change_words
from station.console.texts import TEXTS
from station.console.uploads import read_upload
from station.console.visits import name_of, visit_of
from station.database import Database
from station.happenings import Happening, note
from station.rosters import (
    ROSTER_BYTES_MAX,
    Entry,
    changes_of,
    digest_of,
    import_roster,
    read_roster,
    roster_csv,
    roster_of,
    summary,
)
from sync.reference import Reference

# The file once more, as a form's field: a line's end and a comma take three times their length there.
_CONFIRMATION_BYTES_MAX = 3 * ROSTER_BYTES_MAX + 4_096
_EMPTY: dict[str, object] = {"problem": None, "bad": [], "changes": None, "roster": "", "digest": "", "done": None}


@dataclass(frozen=True, slots=True)
class RosterPages:
    """The pages of the roster as a file."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def export(self, request: Request) -> Response:
        """Everyone, as a file that can be imported again."""
        with self.database.writing() as session:
            entries = roster_of(session)
            note(session, Happening.ROSTER_EXPORTED, name_of(visit_of(request)), details=f"{len(entries)} people")
        return Response(
            roster_csv(entries),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="roster.csv"'},
        )

    def ask(self, request: Request) -> Response:
        """Where a file is chosen."""
        return self._page(request, {})

    async def preview(self, request: Request) -> Response:
        """What a file would change, or every line of it that cannot be taken; nothing is changed."""
        raw = await read_upload(request, visit_of(request).secret, ROSTER_BYTES_MAX)
        return await run_in_threadpool(self._looked_at, request, raw)

    async def confirmed(self, request: Request) -> Response:
        """Import what was looked at: all of it, or nothing if it is not the same any more."""
        form = await read_form(request, visit_of(request).secret, _CONFIRMATION_BYTES_MAX)
        return await run_in_threadpool(self._confirmed, request, form)

    def _looked_at(self, request: Request, raw: bytes) -> Response:
        if not raw:
            return self._page(request, {"problem": TEXTS["no_file"]}, HTTPStatus.BAD_REQUEST)
        entries, bad = read_roster(raw, self.reference.at(self.now()))
        if bad:
            return self._page(request, {"bad": bad}, HTTPStatus.BAD_REQUEST)
        return self._preview(request, entries)

    def _confirmed(self, request: Request, form: Mapping[str, str]) -> Response:
        entries, bad = read_roster(form.get("roster", "").encode(), self.reference.at(self.now()))
        if bad:
            return self._page(request, {"bad": bad}, HTTPStatus.BAD_REQUEST)
        return self._import(request, entries, form.get("digest", ""))

    def _import(self, request: Request, entries: Sequence[Entry], seen: str) -> Response:
        with self.database.writing() as session:
            changes = import_roster(session, entries, self.now(), name_of(visit_of(request)), seen)
        if changes is None:
            return self._preview(request, entries, TEXTS["changed_meanwhile"], HTTPStatus.CONFLICT)
        words = summary(changes)
        done = f"{TEXTS['imported']} {words}." if words else TEXTS["imported_nothing"]
        return self._page(request, {"done": done})

    def _preview(
        self,
        request: Request,
        entries: Sequence[Entry],
        problem: str | None = None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        with self.database.reading() as session:
            changes = changes_of(session, entries)
        values: dict[str, object] = {
            "problem": problem,
            "changes": [change_words(change) for change in changes],
            "roster": roster_csv(entries),
            "digest": digest_of(changes),
        }
        return self._page(request, values, status)

    def _page(self, request: Request, values: dict[str, object], status: HTTPStatus = HTTPStatus.OK) -> Response:
        return self.pages.page("import.html", visit_of(request), _EMPTY | values, status)


def add_roster_routes(router: APIRouter, pages: RosterPages) -> None:
    """Add the routes of the roster as a file."""
    router.add_api_route("/people.csv", pages.export, methods=["GET"])
    router.add_api_route("/people/import", pages.ask, methods=["GET"])
    router.add_api_route("/people/import", pages.preview, methods=["POST"])
    router.add_api_route("/people/import/confirmed", pages.confirmed, methods=["POST"])
