"""The console's composition: its routes, its files, and a page for every refusal."""

import logging
import os
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from anyio import CapacityLimiter
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from station.authority import Authority
from station.console.account_pages import AccountPages, add_account_routes
from station.console.aside import Aside, add_aside_routes
from station.console.audit_pages import AuditPages, add_audit_routes
from station.console.board_pages import BoardPages, add_board_routes
from station.console.briefing_desk import BriefingDesk, add_briefing_desk_routes
from station.console.briefing_pages import BriefingPages, add_briefing_routes
from station.console.bundle_pages import BundlePages, add_bundle_routes
from station.console.card_pages import CardPages, add_card_routes
from station.console.coverage_pages import CoveragePages, add_coverage_routes
from station.console.device_pages import DevicePages, add_device_routes
from station.console.door import GuardedDoor
from station.console.enrol_pages import EnrolPages, add_enrol_routes
from station.console.guard import Guard
from station.console.map_pages import MapPages, add_map_routes
from station.console.pages import Pages
from station.console.pdf_pages import add_pdf_routes
from station.console.people_pages import PeoplePages, add_people_routes
from station.console.reference_pages import ReferencePages, add_reference_routes
from station.console.refusals import NotShown, NotSignedIn, StepLeft
from station.console.rescue_pages import RescuePages, add_rescue_routes
from station.console.retention_pages import RetentionPages, add_retention_routes
from station.console.review_pages import ReviewPages, add_review_routes
from station.console.roster_pages import RosterPages, add_roster_routes
from station.console.sheets import Sheets, add_sheet_routes
from station.console.signing_in import PASSWORDS_AT_ONCE_MAX, SigningIn, add_sign_in_routes, own_address, with_next
from station.console.steps import Steps, add_step_routes
from station.console.streams import Streams
from station.database import Database, DatabaseGone
from station.logs import fault_place, route_of
from station.served import Served
from station.sparing import Sparing
from sync.commandline import DEBUG_VARIABLE
from sync.reference import Reference

_LOG = logging.getLogger("station755")
_STATIC = Path(__file__).parent.parent / "static"
_SENTENCES = {
    404: "There is no page at this address.",
    405: "This page does not take that.",
}


class _Files(StaticFiles):
    """The look's own files: kept by the browser, asked for again each time in case they have changed."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """A file, or the word that it has not changed."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        response.headers["Cache-Control"] = "no-cache"
        return response


def create_console(
    database: Database,
    reference: Reference,
    now: Callable[[], datetime],
    *,
    only_here: bool,
    served: Served | None,
    authority: Authority | None,
    streams: Streams,
) -> ASGIApp:
    """The console behind its door."""
    pages = Pages(lambda: reference.at(now()).station)
    app = console_app(database, reference, now, pages, served, authority, streams)
    return GuardedDoor(app, pages, only_here=only_here)


def console_app(
    database: Database,
    reference: Reference,
    now: Callable[[], datetime],
    pages: Pages,
    served: Served | None = None,
    authority: Authority | None = None,
    streams: Streams | None = None,
) -> FastAPI:
    """The console's routes and files. `served` and `authority` are what devices are invited to."""
    app = FastAPI(
        openapi_url=None, redirect_slashes=False, dependencies=[Depends(Guard(database, now, Sparing(now), reference))]
    )
    router = app.router  # its own: FastAPI would make the routes of others anew, and look through them on each request
    one_of_few = CapacityLimiter(PASSWORDS_AT_ONCE_MAX)
    add_sign_in_routes(router, SigningIn(database, now, pages, one_of_few))
    add_step_routes(router, Steps(database, reference, now, pages, one_of_few))
    add_account_routes(router, AccountPages(database, reference, now, pages, one_of_few))
    sheets = Sheets(database, reference, now, pages)
    add_sheet_routes(router, sheets)
    add_pdf_routes(router, sheets)
    add_review_routes(router, ReviewPages(database, reference, now, pages))
    # Before the briefings: one of its addresses looks like a briefing's.
    add_briefing_desk_routes(router, BriefingDesk(database, reference, now, pages))
    add_briefing_routes(router, BriefingPages(database, reference, now, pages))
    add_card_routes(router, CardPages(database, reference, now, pages))
    add_board_routes(router, BoardPages(database, reference, now, pages, streams or Streams()))
    add_coverage_routes(router, CoveragePages(database, reference, now, pages))
    add_aside_routes(router, Aside(database, reference, now, pages))
    add_reference_routes(router, ReferencePages(database, reference, now, pages))
    add_map_routes(router, MapPages(database, reference, now, pages))
    add_retention_routes(router, RetentionPages(database, reference, now, pages))
    add_audit_routes(router, AuditPages(database, reference, now, pages))
    # Before the people: one of its addresses looks like a person's.
    add_roster_routes(router, RosterPages(database, reference, now, pages))
    add_people_routes(router, PeoplePages(database, reference, now, pages, one_of_few))
    # Before the devices: their addresses look like a device's.
    add_enrol_routes(router, EnrolPages(database, now, pages, served, authority))
    add_bundle_routes(router, BundlePages(database, reference, now, pages))
    add_rescue_routes(router, RescuePages(database, reference, now, pages))
    add_device_routes(router, DevicePages(database, reference, now, pages))
    app.mount("/static", _Files(directory=_STATIC))
    _add_problems(app, pages)
    return app


def _lead(request: Request, address: str) -> Response:
    """Lead to another page first, and from there to what was asked for."""
    if "hx-request" in request.headers:  # only a part of a page was asked for; the whole page has to go there
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    # Back to a page only: what a form wanted to do is not done unasked later on. And to none of signing in.
    is_page = request.method == "GET" and not request.url.path.startswith("/sign-in")
    going_on = wanted if is_page else own_address(request.query_params.get("next", "/"))
    return RedirectResponse(with_next(address, going_on) if address != "/" else going_on, HTTPStatus.SEE_OTHER)


def _add_problems(app: FastAPI, pages: Pages) -> None:
    """Answer every refusal and fault with a page."""

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, _: NotSignedIn) -> Response:
        return _lead(request, "/sign-in")

    @app.exception_handler(StepLeft)
    async def step_left(request: Request, step: StepLeft) -> Response:
        return _lead(request, step.address)

    @app.exception_handler(NotShown)
    async def not_shown(_request: Request, refusal: NotShown) -> Response:
        return pages.problem(refusal.status, str(refusal))

    @app.exception_handler(DatabaseError)
    @app.exception_handler(DatabaseGone)
    @app.exception_handler(PoolTimeout)
    async def no_database(_request: Request, _: Exception) -> Response:
        sentence = "The station cannot use its database right now. What it has taken in is kept: try again later."
        return pages.problem(HTTPStatus.SERVICE_UNAVAILABLE, sentence)

    @app.exception_handler(HTTPException)
    async def no_route(_request: Request, problem: HTTPException) -> Response:
        page = pages.problem(HTTPStatus(problem.status_code), _SENTENCES.get(problem.status_code, "Not here."))
        page.headers.update(problem.headers or {})
        return page

    @app.exception_handler(Exception)
    async def fault(request: Request, problem: Exception) -> Response:
        trace = problem if os.environ.get(DEBUG_VARIABLE) else None
        _LOG.error("fault at %s %s: %s", request.method, route_of(request.scope), fault_place(problem), exc_info=trace)
        sentence = "A fault in the station. Nothing that it has taken in is lost: try again later."
        return pages.problem(HTTPStatus.INTERNAL_SERVER_ERROR, sentence)
