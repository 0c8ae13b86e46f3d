"""Enrolling a device: a one-time code on the screen, and with the station's address in a QR code. For administrators."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from station.authority import Authority
from station.console.device_texts import TEXTS
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.visits import name_of, visit_of
from station.database import Database
from station.devices import NAME_CHARACTERS_MAX, is_name, make_code
from station.inviting import invitation_text
from station.served import Served
from sync.qr import qr_squares


@dataclass(frozen=True, slots=True)
class EnrolPages:
    """The page that makes a code, and the page that shows it.

    `served` is where devices reach the station; None if that is where the browser does. `authority` is the station's own.
    """

    database: Database
    now: Callable[[], datetime]
    pages: Pages
    served: Served | None
    authority: Authority | None

    def ask(self, request: Request) -> Response:
        """What the device is to be called."""
        return self._asking(request)

    async def make(self, request: Request) -> Response:
        """Make a code and show it, once."""
        name = (await read_form(request, visit_of(request).secret)).get("name", "").strip()
        if not is_name(name):
            return self._asking(request, name[:NAME_CHARACTERS_MAX], TEXTS["bad_name"])
        by = name_of(visit_of(request))

        def making() -> str:
            with self.database.writing() as session:
                return make_code(session, name, self.now(), by)

        code = await run_in_threadpool(making)
        served = self.served or Served(str(request.base_url).rstrip("/"), has_own_authority=False)
        text = await run_in_threadpool(invitation_text, served, self.authority, code)
        side, squares = qr_squares(text)
        values = {"words": TEXTS, "name": name, "code": code, "text": text, "side": side, "squares": squares}
        return self.pages.page("enrol_code.html", visit_of(request), values)

    def _asking(self, request: Request, name: str = "", problem: str | None = None) -> Response:
        status = HTTPStatus.OK if problem is None else HTTPStatus.BAD_REQUEST
        values = {"words": TEXTS, "name": name, "problem": problem, "characters_max": NAME_CHARACTERS_MAX}
        return self.pages.page("enrol.html", visit_of(request), values, status)


def add_enrol_routes(router: APIRouter, pages: EnrolPages) -> None:
    """Add the routes of enrolling."""
    router.add_api_route("/devices/enrol", pages.ask, methods=["GET"])
    router.add_api_route("/devices/enrol", pages.make, methods=["POST"])
