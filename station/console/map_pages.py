"""The map of the RDs: shown as it is, and a GeoJSON file looked at and made the next version's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from station.console.forms import read_form
from station.console.map_texts import TEXTS
from station.console.map_views import NAME_DIGITS, preview_rows, rows_of, total_of
from station.console.pages import Pages
from station.console.questions import number_of
from station.console.reference_base import Base, base_of, moment_typed
from station.console.reference_texts import TEXTS as REFERENCE_TEXTS
from station.console.uploads import read_upload_form
from station.console.visits import name_of, visit_of
from station.database import Database
from station.geojson import GEOJSON_BYTES_MAX, GEOJSON_MIB_MAX, BadGeojson
from station.rd_map_content import CONTENT_BYTES_MAX, RdMap, packed, unpacked
from station.rd_map_drawing import drawing_of
from station.rd_map_rules import Judged, judged_file, judged_shapes
from station.rd_maps import keep_map, map_named
from station.references import NotSaved, rds_of, save
from sync.reference import Reference

_NONE, _BAD = HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST
_EMPTY = RdMap({})


@dataclass(frozen=True, slots=True)
class MapPages:
    """The pages of the map of the RDs."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def show(self, request: Request, number: str) -> Response:
        """The map of a version."""
        base, rd_map = self._base(number)
        values = {
            "words": TEXTS,
            "version_words": f"{REFERENCE_TEXTS['version']} {base.number}",
            "number": base.number,
            "name": rd_map.name[:NAME_DIGITS],
            "drawing": drawing_of(rd_map.shapes),
            "rows": rows_of(base.document, rd_map.shapes),
            "total": total_of(rd_map.shapes),
        }
        return self.pages.page("reference_map.html", visit_of(request), values)

    def ask(self, request: Request, number: str) -> Response:
        """The form for a file."""
        base, _ = self._base(number)
        return self._page(request, base, None)

    async def preview(self, request: Request, number: str) -> Response:
        """What a file holds, and what is wrong with it; nothing is changed."""
        form, raw = await read_upload_form(request, visit_of(request).secret, GEOJSON_BYTES_MAX)
        return await run_in_threadpool(self._preview, request, number, raw, form.get("property", "").strip())

    async def save(self, request: Request, number: str) -> Response:
        """Make what was looked at the next version's map."""
        form = await read_form(request, visit_of(request).secret, 2 * CONTENT_BYTES_MAX)
        return await run_in_threadpool(self._save, request, number, form)

    def _preview(self, request: Request, number: str, raw: bytes, asked: str) -> Response:
        base, before = self._base(number)
        if not raw:
            return self._page(request, base, None, [TEXTS["no_file"]])
        try:
            judged = judged_file(raw, rds_of(base.document), asked)
        except BadGeojson as problem:
            return self._page(request, base, None, [str(problem)], asked=asked)
        return self._page(request, base, judged, before=before, asked=asked)

    def _save(self, request: Request, number: str, form: dict[str, str]) -> Response:
        base, before = self._base(number)
        rds = rds_of(base.document)
        try:
            shapes = unpacked(form.get("map", "")).shapes
        except ValueError:
            shapes = {}
        if not shapes or not shapes.keys() <= set(rds):
            return self._page(request, base, None, [TEXTS["bad_form"]])
        judged = judged_shapes(shapes, rds)
        begins = form.get("begins", "")
        if judged.map is None:
            return self._page(request, base, judged, before=before)
        try:
            moment = moment_typed(begins, self.reference.at(self.now()))
            newest = number_of(form.get("newest", ""), _BAD)
            made = self._saved(base, judged.map, moment, newest, name_of(visit_of(request)))
        except NotSaved as refusal:
            return self._page(request, base, judged, refusal.problems, before=before, begins=begins)
        except ValueError as problem:
            return self._page(request, base, judged, [str(problem)], before=before, begins=begins)
        return RedirectResponse(f"/reference/{made}/map", HTTPStatus.SEE_OTHER)

    def _saved(self, base: Base, rd_map: RdMap, begins: datetime | None, newest: int, who: str) -> int:
        now = self.now()
        with self.database.writing() as session:
            document = base.document | {"rd_map": keep_map(session, rd_map, who, now)}
            return save(session, document, begins, who, now, newest).number

    def _base(self, number: str) -> tuple[Base, RdMap]:
        base = base_of(self.database, number_of(number, _NONE), self.now())
        with self.database.reading() as session:
            return base, map_named(session, base.document.get("rd_map", "")) or _EMPTY

    def _page(
        self,
        request: Request,
        base: Base,
        judged: Judged | None,
        problems: list[str] | None = None,
        *,
        before: RdMap = _EMPTY,
        asked: str = "",
        begins: str = "",
    ) -> Response:
        found = judged or Judged({}, frozenset(), [], [])
        rd_map = None if judged is None else judged.map
        errors = [*(problems or []), *found.errors]
        is_same = rd_map is not None and rd_map.shapes == before.shapes
        values = {
            "words": TEXTS,
            "reference_words": REFERENCE_TEXTS,
            "base": base,
            "errors": errors,
            "is_file_bad": rd_map is None,
            "warnings": found.warnings,
            "by": found.by,
            "drawing": drawing_of(found.shapes, found.bad),
            "rows": [] if judged is None else preview_rows(base.document, found, before.shapes),
            "total": "" if rd_map is None else total_of(rd_map.shapes),
            "is_same": is_same,
            "map": None if rd_map is None or is_same else packed(rd_map),
            "asked": asked,
            "begins": begins,
            "mebibytes_max": GEOJSON_MIB_MAX,
        }
        return self.pages.page("reference_map_form.html", visit_of(request), values, _BAD if errors else HTTPStatus.OK)


def add_map_routes(router: APIRouter, pages: MapPages) -> None:
    """Add the routes of the map of the RDs."""
    router.add_api_route("/reference/{number}/map", pages.show, methods=["GET"])
    router.add_api_route("/reference/{number}/map/load", pages.ask, methods=["GET"])
    router.add_api_route("/reference/{number}/map/load", pages.preview, methods=["POST"])
    router.add_api_route("/reference/{number}/map/save", pages.save, methods=["POST"])
