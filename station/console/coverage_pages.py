"""Coverage: where and when there were contacts in a span of dates, and where there were none. For sergeants and above.

There is nobody on it, so that looking at it is no read of anybody's data (docs/adr/0031); what is taken away is noted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from station.console import coverage_views as views
from station.console.coverage_map import CoverageMap, coverage_map
from station.console.coverage_texts import TEXTS
from station.console.pages import Pages
from station.console.questions import area_of, date_of
from station.console.refusals import NotShown
from station.console.visits import name_of, visit_of
from station.console.words import day_words
from station.coverage import Span, coverage_of, last_contact
from station.coverage_counts import Coverage
from station.database import Database
from station.happenings import Happening, note
from station.rd_map_drawing import Drawing, drawing_of
from station.rd_maps import map_named
from station.references import freshen
from sync.reference import Reference

# Four weeks have each weekday as often as every other.
_DAYS = 28
# A quarter: a date that changed is counted anew when it is asked for, and nobody shall wait for a year of them.
DAYS_MAX = 92
_BAD = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: a span, one area or all, by the reference data of the span's last day."""

    span: Span
    area: str | None
    reference: Reference

    @property
    def rds(self) -> tuple[str, ...] | None:
        """The RDs of the area; None for all that there are."""
        return None if self.area is None else self.reference.areas[self.area]

    def query(self) -> str:
        """The same as it stands in an address."""
        named = {"from": self.span.first, "to": self.span.last, "area": self.area}
        return urlencode({name: value for name, value in named.items() if value})


@dataclass(frozen=True, slots=True)
class CoveragePages:
    """The page, and its table as CSV."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def show(self, request: Request) -> Response:
        """Coverage in a span."""
        asked = self._asked(request)
        found, missed = self._found(asked)
        rows = views.rows_of(found, asked.reference, asked.area, missed, asked.span.last)
        values = {
            "words": TEXTS,
            "asked": asked,
            "areas": [*asked.reference.areas],
            "query": asked.query(),
            "first": day_words(asked.span.first),
            "last": day_words(asked.span.last),
            "total": sum(row.count for row in rows),
            "without": views.without_words(rows),
            "area_rows": [] if asked.area else views.area_rows(found, asked.reference),
            "map": self._map(asked, found, missed),
            "rows": rows,
            "settings": views.setting_labels(found, asked.reference),
            "sums": [sum(column) for column in zip(*(row.settings for row in rows), strict=True)],
            "bars": views.bars_of(found, asked.reference, asked.rds),
        }
        return self.pages.page("coverage.html", visit_of(request), values)

    def csv(self, request: Request) -> Response:
        """The table of RDs as CSV."""
        asked = self._asked(request)
        with self.database.writing() as session:
            note(session, Happening.COVERAGE_EXPORTED, name_of(visit_of(request)), details=asked.query())
        found, missed = self._found(asked)
        rows = views.rows_of(found, asked.reference, asked.area, missed, asked.span.last)
        name = f"coverage-{asked.span.first}-{asked.span.last}.csv"
        return Response(
            views.coverage_csv(rows, found, asked.reference),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _asked(self, request: Request) -> Asked:
        with self.database.reading() as session:
            freshen(session, self.reference)
        now = self.now()
        span = span_of(request, now.astimezone(self.reference.at(now).zone).date())
        reference = self.reference.on(span.last)
        return Asked(span, area_of(request, reference), reference)

    def _found(self, asked: Asked) -> tuple[Coverage, dict[str, date | None]]:
        """The counts; and the RDs that were missed, each with the date of its last contact before the span."""
        with self.database.reading() as session:
            found = coverage_of(session, self.reference, asked.span)
            missed = views.missed_rds(found, asked.reference, asked.area)
            return found, {rd: last_contact(session, rd, asked.span.first) for rd in missed}

    def _map(self, asked: Asked, found: Coverage, missed: dict[str, date | None]) -> CoverageMap | None:
        # Today's map, also of days before it was loaded: what has no shape on it, or is not in the list of then, is in the table.
        drawing = _drawing(self.database, self.reference.at(self.now()).rd_map)
        rds = asked.rds or [rd for rds in asked.reference.areas.values() for rd in rds]
        return None if drawing is None else coverage_map(drawing, {rd: found.of(rd) for rd in rds}, missed)


# Maps are named by the hash of their content, so a drawing never changes; finding room for the numbers takes a while.
@lru_cache(4)
def _drawing(database: Database, name: str) -> Drawing | None:
    with database.reading() as session:
        rd_map = map_named(session, name)
    return None if rd_map is None else drawing_of(rd_map.shapes)


def span_of(request: Request, today: date) -> Span:
    """The span that an address asks for; four weeks up to yesterday when it asks for none. Raises NotShown."""
    first, last = (request.query_params.get(name) for name in ("from", "to"))
    end = date_of(last, _BAD) if last else today - timedelta(days=1)
    begin = date_of(first, _BAD) if first else end - timedelta(days=_DAYS - 1)
    if begin > end:
        raise NotShown(_BAD, TEXTS["backwards"])
    if (end - begin).days >= DAYS_MAX:
        raise NotShown(_BAD, TEXTS["too_long"].format(days=DAYS_MAX))
    return Span(begin, end)


def add_coverage_routes(router: APIRouter, pages: CoveragePages) -> None:
    """Add the routes of coverage."""
    router.add_api_route("/coverage", pages.show, methods=["GET"])
    router.add_api_route("/coverage.csv", pages.csv, methods=["GET"])
