"""Between the password and the pages: the authenticator's code, an own password, setting up an authenticator."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from station.accounts import No, change_password
from station.authenticators import pass_code, secret_offered, set_up
from station.console.forms import read_form, token_for
from station.console.pages import Pages
from station.console.signing_in import NO_STATUS, own_address
from station.console.texts import NO_WORDS, TEXTS
from station.console.visits import Visit, keep, name_of, visit_of
from station.database import Database
from station.passwords import hash_password, is_password, password_problem
from station.people_tables import AccountRow
from station.sessions import Step
from station.totp import address_of
from sync.qr import qr_squares
from sync.reference import Reference


@dataclass(frozen=True, slots=True)
class Steps:
    """The pages of signing in that come after the password."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages
    one_of_few: CapacityLimiter

    def code(self, request: Request) -> Response:
        """Where a code of the authenticator is entered."""
        return self._page(request, "code.html", _next_of(request))

    async def try_code(self, request: Request) -> Response:
        """Look at a code; a right one opens the pages, under a new secret."""
        visit = visit_of(request)
        form = await read_form(request, visit.secret)
        next_page = own_address(form.get("next", "/"))

        def passing() -> str | No:
            with self.database.writing() as session:
                return pass_code(session, visit.secret, name_of(visit), form.get("code", ""), self.now())

        found = await run_in_threadpool(passing)
        if isinstance(found, No):
            return self._page(request, "code.html", next_page, NO_WORDS[found], NO_STATUS[found])
        response = RedirectResponse(next_page, HTTPStatus.SEE_OTHER)
        keep(response, found, request)
        return response

    def password(self, request: Request) -> Response:
        """Where an own password is chosen in place of one that somebody else has seen."""
        return self._page(request, "own_password.html", _next_of(request))

    async def choose_password(self, request: Request) -> Response:
        """Take an own password."""
        visit = visit_of(request)
        form = await read_form(request, visit.secret)
        next_page = own_address(form.get("next", "/"))
        choosing = partial(choose_password, self.database, self.reference.at(self.now()), name_of(visit), form)
        problem = await to_thread.run_sync(choosing, limiter=self.one_of_few)
        if problem is not None:
            return self._page(request, "own_password.html", next_page, problem, HTTPStatus.BAD_REQUEST)
        return RedirectResponse(next_page, HTTPStatus.SEE_OTHER)

    def authenticator(self, request: Request) -> Response:
        """Where an authenticator app is set up."""
        return self._offer(request, _next_of(request))

    async def set_up_authenticator(self, request: Request) -> Response:
        """Take the authenticator if its first code is right, and show the recovery codes."""
        visit = visit_of(request)
        form = await read_form(request, visit.secret)
        next_page = own_address(form.get("next", "/"))

        def setting_up() -> tuple[str, list[str]] | None:
            with self.database.writing() as session:
                return set_up(session, visit.secret, name_of(visit), form.get("code", ""), self.now())

        found = await run_in_threadpool(setting_up)
        if found is None:
            wrong = TEXTS["authenticator_wrong"]
            return await run_in_threadpool(self._offer, request, next_page, wrong, HTTPStatus.FORBIDDEN)
        secret, codes = found
        # The pages are open now, but nobody should go on before having seen these.
        fresh = Visit(secret, visit.who, token_for(secret))
        response = self.pages.page("recovery_codes.html", fresh, {"codes": codes, "next_page": next_page})
        keep(response, secret, request)
        return response

    def _offer(
        self, request: Request, next_page: str, problem: str | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        visit = visit_of(request)
        with self.database.reading() as session:
            secret = secret_offered(session, visit.secret)
        side, squares = qr_squares(address_of(secret, name_of(visit), self.reference.at(self.now()).station))
        key = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        values = {"key": key, "side": side, "squares": squares}
        return self._page(request, "authenticator.html", next_page, problem, status, values)

    def _page(
        self,
        request: Request,
        template: str,
        next_page: str,
        problem: str | None = None,
        status: HTTPStatus = HTTPStatus.OK,
        values: dict[str, object] | None = None,
    ) -> Response:
        shown = {"problem": problem, "next_page": next_page, **(values or {})}
        return self.pages.page(template, visit_of(request), shown, status)


def choose_password(database: Database, reference: Reference, name: str, form: dict[str, str]) -> str | None:
    """Take the new password of a form; why not, if not. Takes as long as looking at two passwords."""
    fresh = form.get("new_password", "")
    problem = password_problem(fresh, name, reference.station)
    if problem is not None:
        return problem
    if fresh != form.get("new_password_again", ""):
        return TEXTS["not_the_same"]
    with database.reading() as session:
        old_hash = session.get_one(AccountRow, name).password_hash
    if is_password(fresh, old_hash):
        return TEXTS["same_as_before"]
    password_hash = hash_password(fresh)
    with database.writing() as session:
        change_password(session, name, password_hash)
    return None


def _next_of(request: Request) -> str:
    return own_address(request.query_params.get("next", "/"))


def add_step_routes(router: APIRouter, steps: Steps) -> None:
    """Add the routes between the password and the pages; the guard lets only those in who are at that step."""
    router.add_api_route(Step.CODE, steps.code, methods=["GET"])
    router.add_api_route(Step.CODE, steps.try_code, methods=["POST"])
    router.add_api_route(Step.PASSWORD, steps.password, methods=["GET"])
    router.add_api_route(Step.PASSWORD, steps.choose_password, methods=["POST"])
    router.add_api_route(Step.AUTHENTICATOR, steps.authenticator, methods=["GET"])
    router.add_api_route(Step.AUTHENTICATOR, steps.set_up_authenticator, methods=["POST"])
