"""Briefings: the list of them, one with who has read it and who has not, and that as CSV."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from station.assignments import Assignment, assignments
from station.briefing_html import briefing_html
from station.briefing_readers import Reader, acknowledgements_of, readers, unknown_people
from station.briefings import PAGE_ROWS_MAX, Briefing, Edition, one, page_of_briefings
from station.console.briefing_texts import REPEATS_WORDS, TEXTS
from station.console.briefing_views import audience_words, by_watch, count_words, row_words, state_words
from station.console.pages import Pages
from station.console.people_words import moment_words
from station.console.questions import date_of, number_of
from station.console.refusals import NotShown
from station.console.visits import name_of, visit_of
from station.console.words import day_words
from station.csvs import cell
from station.database import Database
from station.happenings import Happening, note
from station.people import Person, everyone
from sync.reference import Reference
from sync.times import write_time

_NONE = HTTPStatus.NOT_FOUND
_COLUMNS = ("person", "role", "watch", "area", "reading", "edition", "read_at", "due_on", "asked")


@dataclass(frozen=True, slots=True)
class BriefingPages:
    """The pages on which briefings are read."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def all(self, request: Request) -> Response:
        """Briefings, a page of them, the latest first."""
        older = request.query_params.get("before")
        before = number_of(older, HTTPStatus.BAD_REQUEST) if older else None
        today = self._today()
        with self.database.reading() as session:
            found = page_of_briefings(session, before)
            people, assigned = everyone(session), assignments(session, self._valid(), today)
            given = acknowledgements_of(session, [each.key for each in found])
        rows = [
            row_words(each, readers(each, each.due_on(today), given[each.key], people, assigned), today, self._valid())
            for each in found
        ]
        values = {
            "words": TEXTS,
            "rows": rows,
            "older": found[-1].id if len(found) == PAGE_ROWS_MAX else None,
        }
        return self.pages.page("briefings.html", visit_of(request), values)

    def one(self, request: Request, number: str) -> Response:
        """One briefing: its text, and who has read it."""
        today = self._today()
        with self.database.reading() as session:
            found = self._found(session, number)
            people, assigned = everyone(session), assignments(session, self._valid(), today)
            given = acknowledgements_of(session, [found.key])[found.key]
        due_on = _asked_due(request, found, today)
        edition = _asked_edition(request, found)
        who = readers(found, due_on, given, people, assigned)
        self._note(request, Happening.BRIEFING_READERS_SEEN, found, due_on)
        values = self._words(found, edition, due_on, today) | {
            "groups": by_watch(who, due_on, today, self._valid()),
            "counts": count_words(who),
            "unknown": unknown_people(found.latest.audience, people, assigned),
        }
        return self.pages.page("briefing.html", visit_of(request), values)

    def csv(self, request: Request, number: str) -> Response:
        """Who has read it and who has not, as CSV."""
        today = self._today()
        with self.database.reading() as session:
            found = self._found(session, number)
            due_on = _asked_due(request, found, today)
            who = self._readers(session, found, due_on, everyone(session), assignments(session, self._valid(), today))
        self._note(request, Happening.BRIEFING_READERS_EXPORTED, found, due_on)
        return Response(
            _csv(who, due_on),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="briefing-{found.id}-{due_on}.csv"'},
        )

    def _readers(
        self,
        session: Session,
        found: Briefing,
        due_on: date,
        people: Sequence[Person],
        assigned: Mapping[str, Assignment],
    ) -> list[Reader]:
        return readers(found, due_on, acknowledgements_of(session, [found.key])[found.key], people, assigned)

    def _words(self, found: Briefing, edition: Edition, due_on: date, today: date) -> dict[str, object]:
        withdrawn = None if found.withdrawn_at is None else moment_words(found.withdrawn_at, self._valid())
        return {
            "words": TEXTS,
            "found": found,
            "edition": edition,
            "is_latest": edition.number == found.latest.number,
            "html": briefing_html(edition.text),
            "audience": audience_words(edition.audience, self._valid()),
            "due_on": due_on,
            "due_days": edition.due,
            "day_words": day_words,
            "repeats": REPEATS_WORDS[edition.repeats],
            "state": state_words(found, today),
            "sent": moment_words(edition.at, self._valid()),
            "withdrawn": withdrawn,
        }

    def _found(self, session: Session, number: str) -> Briefing:
        found = one(session, number_of(number, _NONE))
        if found is None:
            raise NotShown(_NONE, "There is no such briefing.")
        return found

    def _note(self, request: Request, happening: Happening, found: Briefing, due_on: date) -> None:
        with self.database.writing() as session:
            note(session, happening, name_of(visit_of(request)), f"briefing {found.id}", f"due {due_on}")

    def _valid(self) -> Reference:
        return self.reference.at(self.now())

    def _today(self) -> date:
        return self.now().astimezone(self._valid().zone).date()


def _asked_due(request: Request, found: Briefing, today: date) -> date:
    """The due day that an address asks for, of those that there are; that of now if it asks for none. Raises NotShown."""
    asked = request.query_params.get("due")
    if not asked:
        return found.due_on(today)
    day = date_of(asked, HTTPStatus.BAD_REQUEST)
    if found.edition_due(day) is None:
        raise NotShown(_NONE, "This briefing is not due on that day.")
    return day


def _asked_edition(request: Request, found: Briefing) -> Edition:
    """The edition that an address asks for; the latest if it asks for none. Raises NotShown."""
    asked = request.query_params.get("edition")
    if not asked:
        return found.latest
    number = number_of(asked, HTTPStatus.BAD_REQUEST)
    edition = next((each for each in found.editions if each.number == number), None)
    if edition is None:
        raise NotShown(_NONE, "There is no such edition of this briefing.")
    return edition


def _csv(who: Sequence[Reader], due_on: date) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for each in who:
        at = None if each.read_at is None else write_time(each.read_at)
        asked = "yes" if each.is_asked else "no"
        values = (each.person, each.role, each.watch, each.area, each.reading.value, each.edition, at, due_on, asked)
        writer.writerow([cell(value) for value in values])
    return out.getvalue()


def add_briefing_routes(router: APIRouter, pages: BriefingPages) -> None:
    """Add the routes of reading briefings; those of writing come before, as one of their addresses looks like a briefing's."""
    router.add_api_route("/briefings", pages.all, methods=["GET"])
    router.add_api_route("/briefings/{number}", pages.one, methods=["GET"])
    router.add_api_route("/briefings/{number}/readers.csv", pages.csv, methods=["GET"])
