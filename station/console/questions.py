"""What an address asks for: a date, a watch, a person; checked before anything is looked up. Pure."""

import re
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID

from fastapi import Request

from station.console.refusals import NotShown
from station.quarantine import State
from sync.limits import YEAR_MAX, YEAR_MIN
from sync.reference import Reference

_Choice = TypeVar("_Choice", bound=StrEnum)


def date_of(text: str, status: HTTPStatus) -> date:
    """A date as typed. Raises NotShown with this status."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    # Python reads other spellings too, but a page has one address.
    if found is None or found.isoformat() != text or not YEAR_MIN < found.year < YEAR_MAX:
        raise NotShown(status, f"{text[:20]!r} is not a date; write it like 2026-11-22.")
    return found


def watch_of(text: str, reference: Reference, status: HTTPStatus) -> str:
    """A watch as typed. Raises NotShown with this status."""
    if reference.watch_named(text) is None:
        raise NotShown(status, f"{text[:20]!r} is not a watch. Use one of: {', '.join(reference.watches)}.")
    return text


def asked_day(request: Request, reference: Reference, now: Callable[[], datetime]) -> tuple[date, str | None]:
    """The date and watch that an address asks for; today's and any when it asks for none. Raises NotShown."""
    on, watch = request.query_params.get("on"), request.query_params.get("watch")
    today = now().astimezone(reference.at(now()).zone).date()
    bad = HTTPStatus.BAD_REQUEST
    return date_of(on, bad) if on else today, watch_of(watch, reference, bad) if watch else None


def number_of(text: str, status: HTTPStatus) -> int:
    """A number as typed. Raises NotShown with this status."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise NotShown(status, f"{text[:20]!r} is not a number of the list.")
    return int(text)


def uuid_of(text: str, status: HTTPStatus) -> UUID:
    """An id as it stands in an address. Raises NotShown with this status."""
    try:
        found = UUID(text)
    except ValueError:
        found = None
    if found is None or str(found) != text:  # Python reads other spellings too, but a page has one address
        raise NotShown(status, f"{text[:40]!r} is not an id of the list.")
    return found


def state_of(text: str) -> State:
    """A state of records in quarantine as typed. Raises NotShown."""
    try:
        return State(text)
    except ValueError:
        sentence = f"{text[:20]!r} is not a state. Use one of: {', '.join(State)}."
        raise NotShown(HTTPStatus.BAD_REQUEST, sentence) from None


def choice_of(kind: type[_Choice], text: str) -> _Choice:
    """A choice of a form. Raises NotShown."""
    try:
        return kind(text)
    except ValueError:
        raise NotShown(HTTPStatus.BAD_REQUEST, f"{text[:20]!r} is none of: {', '.join(kind)}.") from None


def choice_in(request: Request, name: str, kind: type[_Choice]) -> _Choice | None:
    """A choice that an address asks for by this name, None if it asks for none. Raises NotShown."""
    asked = request.query_params.get(name)
    return choice_of(kind, asked) if asked else None


def area_of(request: Request, reference: Reference) -> str | None:
    """The area that an address asks for, None if it asks for none. Raises NotShown."""
    asked = request.query_params.get("area")
    if asked and asked not in reference.areas:
        raise NotShown(
            HTTPStatus.BAD_REQUEST, f"{asked[:20]!r} is not an area. Use one of: {', '.join(reference.areas)}."
        )
    return asked or None


def person_of(text: str, reference: Reference, status: HTTPStatus) -> str:
    """A person's number as typed. Raises NotShown with this status."""
    if not reference.is_person(text):
        raise NotShown(status, f"{text[:20]!r} is not a person's number. It has six digits, like 900001.")
    return text
