"""Signing in with a number and a password, and out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from station import sessions
from station.accounts import No, sign_in
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.texts import NO_WORDS
from station.console.visits import Visit, forget, keep, nobodys_visit, secret_of
from station.database import Database
from station.happenings import Happening, note

# Each look at a password takes 64 MiB and a core; more at once would only keep the devices waiting.
PASSWORDS_AT_ONCE_MAX = 2
_OWN_ADDRESS = re.compile(r"/(?!/)[A-Za-z0-9/_.?=&%-]*")
NO_STATUS = {
    No.WRONG: HTTPStatus.FORBIDDEN,
    No.LOCKED: HTTPStatus.TOO_MANY_REQUESTS,
    No.CLOSED: HTTPStatus.FORBIDDEN,
}


@dataclass(frozen=True, slots=True)
class SigningIn:
    """The pages that need nobody signed in."""

    database: Database
    now: Callable[[], datetime]
    pages: Pages
    one_of_few: CapacityLimiter

    def ask(self, request: Request) -> Response:
        """The page to sign in on."""
        idle = sessions.idle_name(self.database, secret_of(request), self.now())
        return self._page(request, request.query_params.get("next", "/"), idle)

    async def try_in(self, request: Request) -> Response:
        """Look at a number and a password; the browser gets a new secret, so that one planted before opens nothing."""
        form = await read_form(request, secret_of(request))
        name, password, next_page = (form.get(field, "") for field in ("name", "password", "next"))
        trying = partial(sign_in, self.database, name.strip(), password, self.now(), secret_of(request))
        found = await to_thread.run_sync(trying, limiter=self.one_of_few)
        if isinstance(found, No):
            return self._page(request, next_page, problem=found)
        response = RedirectResponse(own_address(next_page), HTTPStatus.SEE_OTHER)
        keep(response, found, request)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session, here and at the station."""
        secret = secret_of(request)
        await read_form(request, secret)
        await run_in_threadpool(_end, self.database, secret)
        response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        forget(response)
        return response

    def _page(self, request: Request, next_page: str, idle: str = "", problem: No | None = None) -> Response:
        visit: Visit = nobodys_visit(request)
        values = {
            "problem": None if problem is None else NO_WORDS[problem],
            "next_page": own_address(next_page),
            "idle": idle,
        }
        status = HTTPStatus.OK if problem is None else NO_STATUS[problem]
        response = self.pages.page("sign_in.html", visit, values, status)
        keep(response, visit.secret, request)
        return response


def own_address(text: str) -> str:
    """An address to go on to: one of the console's own, or its first page."""
    return text if _OWN_ADDRESS.fullmatch(text) else "/"


def with_next(address: str, next_page: str) -> str:
    """An address that remembers where to go on to."""
    return address if next_page == "/" else f"{address}?next={quote(next_page, safe='/')}"


def _end(database: Database, secret: str) -> None:
    with database.writing() as session:
        name = sessions.end(session, secret)
        if name is not None:
            note(session, Happening.SIGNED_OUT, name)


def add_sign_in_routes(router: APIRouter, signing_in: SigningIn) -> None:
    """Add the routes of signing in with a password, and out."""
    router.add_api_route("/sign-in", signing_in.ask, methods=["GET"])
    router.add_api_route("/sign-in", signing_in.try_in, methods=["POST"])
    router.add_api_route("/sign-out", signing_in.sign_out, methods=["POST"])
