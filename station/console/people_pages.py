"""People: who is at the station, in what role, and how their account stands. For administrators."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from station import sessions
from station.account_states import NO_ACCOUNT, Account, AccountState, accounts_of, locked_accounts
from station.accounts import give_password, open_again, release
from station.authenticators import forget_authenticator
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.people_words import account_words, moment_words, person_words, role_choices, state_choices
from station.console.questions import choice_of, person_of
from station.console.refusals import NotShown
from station.console.texts import TEXTS
from station.console.visits import name_of, visit_of
from station.database import Database
from station.people import ADMIN, PAGE_ROWS_MAX, Person, add_person, change_person, page_of_people, person
from station.roles import StationRole
from station.rosters import State
from sync.reference import Reference

_BAD, _NONE = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class PeoplePages:
    """The pages of the people and their accounts."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages
    one_of_few: CapacityLimiter

    def all(self, request: Request) -> Response:
        """People by number, a page of them; those that wait for an administrator are named first."""
        beginning = request.query_params.get("beginning", "").strip()
        after = request.query_params.get("after", "")
        for text in (beginning, after):
            if text and not (text.isascii() and text.isdecimal() and len(text) <= 20):  # noqa: PLR2004 - a number's column
                raise NotShown(_BAD, f"{text[:20]!r} {TEXTS['not_a_number']}")
        with self.database.reading() as session:
            found = page_of_people(session, after, beginning)
            accounts = accounts_of(session, [each.number for each in found], self.now())
            locked = list(locked_accounts(session))
        rows = [
            (person_words(each), account_words(self._account(accounts, each), self.reference.at(self.now())))
            for each in found
        ]
        values = {
            "rows": rows,
            "locked": locked,
            "beginning": beginning,
            "more_after": found[-1].number if len(found) == PAGE_ROWS_MAX else None,
            "roles": role_choices(),
        }
        return self.pages.page("people.html", visit_of(request), values)

    async def add(self, request: Request) -> Response:
        """Add a person."""
        form = await read_form(request, visit_of(request).secret)
        number = person_of(form.get("number", "").strip(), self.reference.at(self.now()), _BAD)
        role = choice_of(StationRole, form.get("role", ""))
        by = name_of(visit_of(request))
        if not await self._writing(lambda session, now: add_person(session, number, role, now, by)):
            raise NotShown(HTTPStatus.CONFLICT, f"{number} {TEXTS['known_already']}")
        return _to_person(number)

    def locked(self, request: Request) -> Response:
        """Every account that is locked, with the button that releases it."""
        with self.database.reading() as session:
            found = locked_accounts(session)
        rows = [(name, moment_words(at, self.reference)) for name, at in found.items()]
        return self.pages.page("locked.html", visit_of(request), {"rows": rows})

    def one(self, request: Request, name: str) -> Response:
        """One person, or the station's own account, and what can be done about them."""
        with self.database.reading() as session:
            found = self._found(session, name)
            account = accounts_of(session, [name], self.now()).get(name, NO_ACCOUNT)
        values = {
            "name": name,
            "person": None if found is None else person_words(found),
            "account": account_words(account, self.reference.at(self.now())),
            "is_locked": account.state is AccountState.LOCKED,
            "is_closed": account.state is AccountState.CLOSED,
            "has_account": account.state is not AccountState.NONE,
            "roles": role_choices(),
            "states": state_choices(),
        }
        return self.pages.page("person.html", visit_of(request), values)

    async def change(self, request: Request, name: str) -> Response:
        """Give a person a role, let them leave or come back."""
        form = await read_form(request, visit_of(request).secret)
        role, state = choice_of(StationRole, form.get("role", "")), choice_of(State, form.get("state", ""))
        by, has_left = name_of(visit_of(request)), state is State.LEFT

        def changing(session: Session, now: datetime) -> None:
            self._person(session, name)
            change_person(session, name, role, now, by, has_left=has_left)
            if has_left:
                sessions.end_all(session, name)

        await self._writing(changing)
        return _to_person(name)

    async def release(self, request: Request, name: str) -> Response:
        """Release a number that wrong tries have locked."""
        return await self._act(request, name, lambda session, _, by: release(session, name, by), "/people/locked")

    async def open(self, request: Request, name: str) -> Response:
        """Open an account again that was closed because nobody used it."""
        return await self._act(request, name, lambda session, now, by: open_again(session, name, now, by))

    async def authenticator(self, request: Request, name: str) -> Response:
        """Have somebody set up another authenticator."""
        return await self._act(request, name, lambda session, _, by: forget_authenticator(session, name, by))

    async def password(self, request: Request, name: str) -> Response:
        """Give a person a password, and show it, once."""
        await read_form(request, visit_of(request).secret)
        by = name_of(visit_of(request))

        def giving() -> str:
            with self.database.writing() as session:
                if self._person(session, name).left_at is not None:
                    raise NotShown(HTTPStatus.CONFLICT, f"{name}: {TEXTS['has_left_hint']}")
                return give_password(session, name, self.now(), by)

        password = await to_thread.run_sync(partial(giving), limiter=self.one_of_few)
        return self.pages.page("password_given.html", visit_of(request), {"name": name, "password": password})

    async def _act(
        self, request: Request, name: str, act: Callable[[Session, datetime, str], object], then: str | None = None
    ) -> Response:
        await read_form(request, visit_of(request).secret)
        by = name_of(visit_of(request))

        def acting(session: Session, now: datetime) -> None:
            self._found(session, name)
            if name not in accounts_of(session, [name], now):
                raise NotShown(_NONE, f"{name} has no account.")
            act(session, now, by)

        await self._writing(acting)
        return _to_person(name) if then is None else RedirectResponse(then, HTTPStatus.SEE_OTHER)

    async def _writing(self, work: Callable[[Session, datetime], object]) -> object:
        def writing() -> object:
            with self.database.writing() as session:
                return work(session, self.now())

        return await run_in_threadpool(writing)

    def _found(self, session: Session, name: str) -> Person | None:
        """The person of this number; None for the station's own account. Raises NotShown."""
        return None if name == ADMIN else self._person(session, name)

    def _person(self, session: Session, number: str) -> Person:
        found = person(session, person_of(number, self.reference.at(self.now()), _NONE))
        if found is None:
            raise NotShown(_NONE, f"Nobody with the number {number} is known here.")
        return found

    @staticmethod
    def _account(accounts: dict[str, Account], found: Person) -> Account:
        return accounts.get(found.number, NO_ACCOUNT)


def _to_person(number: str) -> Response:
    return RedirectResponse(f"/people/{number}", HTTPStatus.SEE_OTHER)


def add_people_routes(router: APIRouter, pages: PeoplePages) -> None:
    """Add the routes of the people."""
    router.add_api_route("/people", pages.all, methods=["GET"])
    router.add_api_route("/people", pages.add, methods=["POST"])
    router.add_api_route("/people/locked", pages.locked, methods=["GET"])
    router.add_api_route("/people/{name}", pages.one, methods=["GET"])
    router.add_api_route("/people/{name}", pages.change, methods=["POST"])
    router.add_api_route("/people/{name}/release", pages.release, methods=["POST"])
    router.add_api_route("/people/{name}/open", pages.open, methods=["POST"])
    router.add_api_route("/people/{name}/password", pages.password, methods=["POST"])
    router.add_api_route("/people/{name}/authenticator", pages.authenticator, methods=["POST"])
