"""Signing in and out."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from station import sessions
from station.accounts import LOCKED_FOR, TRIES_MAX, Locked, sign_in
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.visits import Visit, forget, keep, nobodys_visit, secret_of
from station.database import Database

# Each look at a password takes 64 MiB and a core; more at once would only keep the devices waiting.
_AT_ONCE_MAX = 2
_OWN_ADDRESS = re.compile(r"/(?!/)[A-Za-z0-9/_.?=&%-]*")


def sign_in_routes(database: Database, now: Callable[[], datetime], pages: Pages) -> APIRouter:
    """The routes that need nobody signed in."""
    router = APIRouter()
    one_of_few = CapacityLimiter(_AT_ONCE_MAX)

    def sign_in_page(
        request: Request, next_page: str, problem: str | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        visit: Visit = nobodys_visit(request)
        response = pages.page("sign_in.html", visit, {"problem": problem, "next_page": own_address(next_page)}, status)
        keep(response, visit.secret, request)
        return response

    @router.get("/sign-in")
    def ask(request: Request) -> Response:
        """The page to sign in on."""
        return sign_in_page(request, request.query_params.get("next", "/"))

    @router.post("/sign-in")
    async def try_in(request: Request) -> Response:
        """Sign in; the browser gets a new secret, so that one planted there before opens nothing."""
        form = await read_form(request, secret_of(request))
        name, password, next_page = (form.get(field, "") for field in ("name", "password", "next"))
        found = await to_thread.run_sync(partial(sign_in, database, name.strip(), password, now()), limiter=one_of_few)
        if isinstance(found, str):
            response = RedirectResponse(own_address(next_page), HTTPStatus.SEE_OTHER)
            keep(response, found, request)
            return response
        if isinstance(found, Locked):
            return sign_in_page(request, next_page, locked_words(found, now()), HTTPStatus.TOO_MANY_REQUESTS)
        return sign_in_page(request, next_page, WRONG, HTTPStatus.FORBIDDEN)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        """End the session, here and at the station."""
        secret = secret_of(request)
        await read_form(request, secret)
        await run_in_threadpool(_end, database, secret)
        response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        forget(response)
        return response

    return router


_MINUTES = int(LOCKED_FOR.total_seconds()) // 60
WRONG = f"That name and password do not fit. After {TRIES_MAX} wrong tries the name is locked for {_MINUTES} minutes."


def locked_words(locked: Locked, now: datetime) -> str:
    """How long a name stays locked, in words."""
    minutes = -(-int((locked.until - now).total_seconds()) // 60)
    return f"Too many wrong tries. This name is locked; try again in {max(minutes, 1)} minute{'s' * (minutes > 1)}."


def own_address(text: str) -> str:
    """An address to go on to: one of the console's own, or its first page."""
    return text if _OWN_ADDRESS.fullmatch(text) else "/"


def _end(database: Database, secret: str) -> None:
    with database.writing() as session:
        sessions.end(session, secret)
