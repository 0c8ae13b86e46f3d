"""Visits: the browser that asks, by its cookie, and who is signed in there."""

from dataclasses import dataclass

from fastapi import Request, Response

from station import sessions
from station.console.forms import token_for
from station.sessions import SignedIn

COOKIE = "contact755_console"


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser's secret, who is signed in there if anybody is, and the token of its forms."""

    secret: str
    who: SignedIn | None
    token: str


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
