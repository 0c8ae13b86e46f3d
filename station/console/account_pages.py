"""One's own account: another password, new recovery codes. For everybody, and about nobody else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response

from station import sessions
from station.accounts import No, sign_in
from station.authenticators import new_recovery_codes, recovery_codes_left
from station.console.forms import read_form, token_for
from station.console.pages import Pages
from station.console.signing_in import NO_STATUS
from station.console.steps import choose_password
from station.console.texts import NO_WORDS, STATION_ROLE_WORDS, TEXTS
from station.console.visits import keep, name_of, visit_of
from station.database import Database
from sync.reference import Reference


@dataclass(frozen=True, slots=True)
class AccountPages:
    """The pages of one's own account."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages
    one_of_few: CapacityLimiter

    def account(self, request: Request) -> Response:
        """Who one is here, and what can be changed about it."""
        return self._page(request)

    async def change_password(self, request: Request) -> Response:
        """Take another password from who knows the one until now; it ends every other session."""
        visit = visit_of(request)
        form = await read_form(request, visit.secret)
        found = await to_thread.run_sync(partial(self._change, request, form), limiter=self.one_of_few)
        if isinstance(found, No):
            words = TEXTS["not_the_old"] if found is No.WRONG else NO_WORDS[found]
            return await to_thread.run_sync(partial(self._page, request, words, NO_STATUS[found]))
        secret, problem = found
        # What comes back is of the new secret, else nothing on it could be sent.
        request.state.visit = replace(visit, secret=secret, token=token_for(secret))
        if problem is not None:
            response = await to_thread.run_sync(partial(self._page, request, problem, HTTPStatus.BAD_REQUEST))
        else:
            response = self.pages.page("account_done.html", visit_of(request), {"done": TEXTS["password_saved"]})
        keep(response, secret, request)
        return response

    async def recovery_codes(self, request: Request) -> Response:
        """Make new recovery codes and show them, once."""
        visit = visit_of(request)
        await read_form(request, visit.secret)

        def making() -> list[str]:
            with self.database.writing() as session:
                return new_recovery_codes(session, name_of(visit))

        codes = await to_thread.run_sync(making)
        return self.pages.page("recovery_codes.html", visit, {"codes": codes, "next_page": "/account"})

    def _change(self, request: Request, form: dict[str, str]) -> No | tuple[str, str | None]:
        """The session that goes on under a new secret, and why the password was not changed, if it was not."""
        visit = visit_of(request)
        name = name_of(visit)
        # Tries of the old password count like those to sign in: a screen left open must not be a place to guess.
        secret = sign_in(self.database, name, form.get("old_password", ""), self.now(), visit.secret)
        if isinstance(secret, No):
            return secret
        problem = choose_password(self.database, self.reference.at(self.now()), name, form)
        if problem is None:
            with self.database.writing() as session:
                sessions.end_others(session, name, secret)
        return secret, problem

    def _page(self, request: Request, problem: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> Response:
        visit = visit_of(request)
        with self.database.reading() as session:
            left = recovery_codes_left(session, name_of(visit))
        role = "" if visit.who is None else STATION_ROLE_WORDS[visit.who.role]
        return self.pages.page("account.html", visit, {"problem": problem, "role": role, "left": left}, status)


def add_account_routes(router: APIRouter, pages: AccountPages) -> None:
    """Add the routes of one's own account."""
    router.add_api_route("/account", pages.account, methods=["GET"])
    router.add_api_route("/account/password", pages.change_password, methods=["POST"])
    router.add_api_route("/account/recovery-codes", pages.recovery_codes, methods=["POST"])
