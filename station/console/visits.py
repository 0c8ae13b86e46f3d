"""Visits: the browser that asks, by its cookie, and who is signed in there."""

from dataclasses import dataclass
from datetime import date

from fastapi import Request, Response

from station import sessions
from station.console.forms import token_for
from station.database import Database
from station.happenings import Happening, note
from station.permissions import reach_of
from station.sessions import SignedIn

COOKIE = "contact755_console"


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser's secret, who is signed in there if anybody is, and the token of its forms.

    `only` is the one number whose data this visit may see; None if it may see everybody's.
    """

    secret: str
    who: SignedIn | None
    token: str
    only: str | None = None

    def may(self, route: str, method: str = "GET") -> bool:
        """Whether whoever visits may use a route: what they may not is not offered."""
        if self.who is None or self.who.step is not None:
            return False
        return reach_of(self.who.role, method, route) is not None


def visit_of(request: Request) -> Visit:
    """The visit that the guard let in."""
    found = request.state.visit
    assert isinstance(found, Visit)  # noqa: S101 - the guard is before every page
    return found


def name_of(visit: Visit) -> str:
    """The name of who is signed in; the guard let nobody else in."""
    return "" if visit.who is None else visit.who.name


def note_worksheets(
    database: Database, visit: Visit, happening: Happening, whom: str, on: date, watch: str | None
) -> None:
    """Note which worksheets of other people are about to be shown; what cannot be noted is not shown."""
    with database.writing() as session:
        note(session, happening, name_of(visit), whom, " ".join(filter(None, (on.isoformat(), watch))))


def secret_of(request: Request) -> str:
    """The secret in the browser's cookie; empty if there is none."""
    return request.cookies.get(COOKIE, "")


def nobodys_visit(request: Request) -> Visit:
    """A visit without anybody signed in; the browser gets a secret for its form if it has none."""
    secret = secret_of(request) or sessions.new_secret()
    return Visit(secret, None, token_for(secret))


def keep(response: Response, secret: str, request: Request) -> None:
    """Have the browser hold a secret until it is closed: out of reach of scripts and of other sites."""
    response.set_cookie(
        COOKIE, secret, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/"
    )


def forget(response: Response) -> None:
    """Have the browser drop its secret."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
