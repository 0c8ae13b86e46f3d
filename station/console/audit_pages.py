"""The audit: looking at it, and taking it away as CSV. For administrators, and each look is an entry itself."""

import csv
import io
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from station.chain import Entry
from station.chronicle import PAGE_ROWS_MAX, newest
from station.console.audit_words import TEXTS, Asked, asked_of, entry_words, kind_choices, wanted_of
from station.console.pages import Pages
from station.console.questions import number_of
from station.console.refusals import NotShown
from station.console.visits import name_of, visit_of
from station.csvs import cell
from station.database import Database
from station.happenings import Happening, note
from sync.reference import Reference

# Some 30 MB in memory for a moment; whoever needs more takes it by month, or by station755 audit export.
CSV_ROWS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class AuditPages:
    """The pages of the audit."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def all(self, request: Request) -> Response:
        """Entries, a page of them, the newest first."""
        asked = asked_of(request.query_params)
        older = request.query_params.get("before")
        before = number_of(older, HTTPStatus.BAD_REQUEST) if older else None
        self._note(request, Happening.AUDIT_READ, asked)
        with self.database.reading() as session:
            found = newest(session, wanted_of(asked, self.reference), before)
        values = {
            "words": TEXTS,
            "asked": asked,
            "kinds": kind_choices(),
            "rows": [entry_words(entry, self.reference) for entry in found],
            "query": urlencode(_query(asked)),
            "older": urlencode({**_query(asked), "before": found[-1].number}) if len(found) == PAGE_ROWS_MAX else None,
        }
        return self.pages.page("audit.html", visit_of(request), values)

    def csv(self, request: Request) -> Response:
        """The same entries as CSV, with their hashes."""
        asked = asked_of(request.query_params)
        self._note(request, Happening.AUDIT_EXPORTED, asked)
        with self.database.reading() as session:
            found = newest(session, wanted_of(asked, self.reference), count=CSV_ROWS_MAX + 1)
        if len(found) > CSV_ROWS_MAX:
            sentence = f"That is more than {CSV_ROWS_MAX} entries. Choose fewer days, or use station755 audit export."
            raise NotShown(HTTPStatus.BAD_REQUEST, sentence)
        return Response(
            _csv(found),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
        )

    def _note(self, request: Request, happening: Happening, asked: Asked) -> None:
        with self.database.writing() as session:
            note(session, happening, name_of(visit_of(request)), asked.person, urlencode(_query(asked)))


def _query(asked: Asked) -> dict[str, str]:
    named = {"from": asked.since, "to": asked.through, "person": asked.person, "kind": asked.kind}
    return {name: str(value) for name, value in named.items() if value}


def _csv(entries: list[Entry]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([field.name for field in fields(Entry)])
    writer.writerows(map(cell, astuple(entry)) for entry in entries)
    return out.getvalue()


def add_audit_routes(router: APIRouter, pages: AuditPages) -> None:
    """Add the routes of the audit."""
    router.add_api_route("/audit", pages.all, methods=["GET"])
    router.add_api_route("/audit.csv", pages.csv, methods=["GET"])
