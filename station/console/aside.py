"""Quarantine: what was put aside, one record of it, and deciding on it. Only for who is signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from station.console.forms import read_form
from station.console.pages import Pages
from station.console.questions import number_of, state_of, uuid_of
from station.console.raw_words import shown_bytes
from station.console.refusals import NotShown
from station.console.visits import name_of, visit_of
from station.console.words import day_words
from station.database import Database
from station.device_states import one_device
from station.happenings import Happening, note
from station.quarantine import (
    PAGE_ROWS_MAX,
    NotInQuarantine,
    PutAside,
    State,
    decisions_on,
    listed,
    one,
    person_in,
    waiting,
)
from station.releasing import NotDecided, dismiss, release
from sync.limits import REASON_CHARACTERS_MAX
from sync.reference import Reference

_NONE = HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Aside:
    """The pages of what was put aside."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def all(self, request: Request) -> Response:
        """What was put aside, a page of it, those that wait first asked for."""
        state = state_of(request.query_params.get("state") or State.WAITING)
        after = number_of(request.query_params.get("after") or "0", HTTPStatus.BAD_REQUEST)
        wanted = request.query_params.get("device")
        device = uuid_of(wanted, HTTPStatus.BAD_REQUEST) if wanted else None
        with self.database.reading() as session:
            rows, count = listed(session, state, after, device=device), waiting(session, device)
            only = None if device is None else one_device(session, device)
        values = {
            "device": only,
            "and_device": "" if only is None else f"&device={only.id}",
            "state": state,
            "states": list(State),
            "waiting": count,
            "rows": rows,
            "moment": self._moment,
            "after": after,
            "more_after": rows[-1].id if len(rows) == PAGE_ROWS_MAX else None,
        }
        return self.pages.page("quarantine.html", visit_of(request), values)

    def one(self, request: Request, number: str) -> Response:
        """One record that was put aside, and the forms to decide on it."""
        wanted = number_of(number, _NONE)
        with self.database.reading() as session:
            try:
                found = one(session, wanted)
            except NotInQuarantine:
                raise _not_there(wanted) from None
            decisions = [
                f"{row.decision.replace('-', ' ').capitalize()} by {row.who}, {self._moment(row.at)}: {row.reason}"
                for row in decisions_on(session, wanted)
            ]
        self._note(request, found)
        values = {
            "found": found,
            "moment": self._moment,
            "decisions": decisions,
            "shown": shown_bytes(found.raw),
            "reason_characters_max": REASON_CHARACTERS_MAX,
        }
        return self.pages.page("put_aside.html", visit_of(request), values)

    async def release(self, request: Request, number: str) -> Response:
        """Take it in, or note why it still cannot be."""
        wanted = number_of(number, _NONE)
        await read_form(request, visit_of(request).secret)
        return await self._decide(
            request, wanted, lambda session, who, at: release(session, wanted, who, at, self.reference)
        )

    async def dismiss(self, request: Request, number: str) -> Response:
        """Mark it as not wanted."""
        wanted = number_of(number, _NONE)
        reason = (await read_form(request, visit_of(request).secret)).get("reason", "")
        return await self._decide(request, wanted, lambda session, who, at: dismiss(session, wanted, reason, who, at))

    async def _decide(self, request: Request, number: int, decide: Callable[[Any, str, datetime], object]) -> Response:
        def deciding() -> None:
            with self.database.writing() as session:
                decide(session, name_of(visit_of(request)), self.now())

        try:
            await run_in_threadpool(deciding)
        except NotInQuarantine:
            raise _not_there(number) from None
        except NotDecided as problem:
            raise NotShown(HTTPStatus.BAD_REQUEST, f"{problem} Nothing was changed.") from None
        return RedirectResponse(f"/quarantine/{number}", HTTPStatus.SEE_OTHER)

    def _note(self, request: Request, found: PutAside) -> None:
        """Note that a record is about to be shown, unless it is one's own; what cannot be noted is not shown."""
        who, whose = name_of(visit_of(request)), person_in(found.raw, self.reference)
        if who != whose:
            with self.database.writing() as session:
                note(session, Happening.QUARANTINE_READ, who, whose, f"quarantine {found.id}")

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self.reference.at(at).zone)
        return f"{day_words(local.date())}, {local:%H:%M}"


def _not_there(number: int) -> NotShown:
    return NotShown(_NONE, f"There is no number {number} in quarantine.")


def add_aside_routes(router: APIRouter, aside: Aside) -> None:
    """Add the routes of quarantine."""
    router.add_api_route("/quarantine", aside.all, methods=["GET"])
    router.add_api_route("/quarantine/{number}", aside.one, methods=["GET"])
    router.add_api_route("/quarantine/{number}/release", aside.release, methods=["POST"])
    router.add_api_route("/quarantine/{number}/dismiss", aside.dismiss, methods=["POST"])
