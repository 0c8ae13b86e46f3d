"""Rescue at the console: what was salvaged of a store is taken in, and a locked one is opened. For administrators."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from station.console.bundle_pages import (
    BUNDLE_MIB_MAX,
    BUNDLE_UPLOAD_BYTES_MAX,
    NOTHING_TAKEN,
    NotTaken,
    taken_in,
    taken_words,
)
from station.console.device_texts import TEXTS
from station.console.pages import Pages
from station.console.uploads import read_upload, read_upload_form
from station.console.visits import name_of, visit_of
from station.database import Database
from station.devices import all_devices, the_station
from station.happenings import Happening, note
from station.recovery_codes import NoRecoveryCode, NotKeys, recovery_code
from sync.bundle import KEY_FILE_BYTES_MAX
from sync.reference import Reference

_BAD = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class RescuePages:
    """The page of rescue."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def ask(self, request: Request) -> Response:
        """Both forms."""
        return self._page(request)

    async def take_in(self, request: Request) -> Response:
        """Take in what was rescued."""
        form, data = await read_upload_form(request, visit_of(request).secret, BUNDLE_UPLOAD_BYTES_MAX)
        return await run_in_threadpool(self._take_in, request, data, form.get("device") or None)

    async def code(self, request: Request) -> Response:
        """Show the code that opens a locked device, once."""
        keys = await read_upload(request, visit_of(request).secret, KEY_FILE_BYTES_MAX)
        return await run_in_threadpool(self._code, request, keys)

    def _take_in(self, request: Request, data: bytes, named: str | None) -> Response:
        by = name_of(visit_of(request))
        try:
            taken = taken_in(self.database, self.reference, data, self.now(), by, may_be_rescue=True, named=named)
        except NotTaken as problem:
            return self._page(request, {"problem": str(problem)}, _BAD)
        return self._page(request, taken_words(taken))

    def _code(self, request: Request, keys: bytes) -> Response:
        with self.database.reading() as session:
            private_key = the_station(session).recovery_key
        try:
            found = recovery_code(keys, private_key)
        except NoRecoveryCode as problem:
            words = f"{TEXTS['bad_keys']} {problem}" if isinstance(problem, NotKeys) else str(problem)
            return self._page(request, {"problem": words if keys else TEXTS["no_file"]}, _BAD)
        with self.database.writing() as session:  # what cannot be noted is not shown
            note(session, Happening.DEVICE_OPENED, name_of(visit_of(request)), details=f"keyring {found.ring}")
        return self.pages.page("recovery_code.html", visit_of(request), {"words": TEXTS, "code": found.code})

    def _page(
        self, request: Request, values: dict[str, object] | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        with self.database.reading() as session:
            devices = [(str(row.id), row.name) for row in all_devices(session)]
        shown = {"words": TEXTS, "devices": devices, "mebibytes_max": BUNDLE_MIB_MAX}
        return self.pages.page("rescue.html", visit_of(request), NOTHING_TAKEN | shown | (values or {}), status)


def add_rescue_routes(router: APIRouter, pages: RescuePages) -> None:
    """Add the routes of rescue."""
    router.add_api_route("/devices/rescue", pages.ask, methods=["GET"])
    router.add_api_route("/devices/rescue", pages.take_in, methods=["POST"])
    router.add_api_route("/devices/rescue/code", pages.code, methods=["POST"])
