"""Retention: legal holds, and deleting what was kept for long enough. For administrators."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from station.chronicle import Wanted, newest
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.questions import date_of, number_of, uuid_of
from station.console.refusals import NotShown
from station.console.retention_words import TEXTS, WHY_CHOICES, deleted_rows, hold_rows, stays_rows, why_of
from station.console.visits import name_of, visit_of
from station.console.words import day_words
from station.database import Database
from station.deleting import Asked, Order, Tally, bounded, delete, preview
from station.happenings import Happening
from station.holds import MATTER_CHARACTERS_MAX, Held, NotHeld, all_holds, holds_in_force, lift_hold, set_hold
from station.loose import NotDeleted
from station.retention import last_day
from station.wholes import sheets_after
from sync.limits import CODE_CHARACTERS_MAX, REASON_CHARACTERS_MAX
from sync.reference import Reference

_BAD, _NONE = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND
# A page that looks at them takes a second or two; a year of a station of Norwalk's size is four times as many.
SHEETS_AT_ONCE_MAX = 1_000
# The last few portions; the audit has all of them.
_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class RetentionPages:
    """The pages of retention."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def all(self, request: Request) -> Response:
        """Since when there are records, the holds, and what was deleted lately; the forms for both."""
        latest = last_day(self.now(), self._zone())
        with self.database.reading() as session:
            oldest = sheets_after(session, date.max, None, 1)
            holds = all_holds(session)
            deleted = newest(session, Wanted(kind=Happening.RECORDS_DELETED), count=_SHOWN_MAX)
        values = {
            "words": TEXTS,
            "oldest": day_words(oldest[0].on) if oldest else None,
            "latest": latest,
            "latest_words": day_words(latest),
            "holds": hold_rows(holds, self.reference),
            "deleted": deleted_rows(deleted, self.reference),
            "matter_max": MATTER_CHARACTERS_MAX,
            "code_max": CODE_CHARACTERS_MAX,
            "reason_max": REASON_CHARACTERS_MAX,
        }
        return self.pages.page("retention.html", visit_of(request), values)

    async def hold(self, request: Request) -> Response:
        """Set a hold."""
        form = await read_form(request, visit_of(request).secret)
        held = Held(
            matter=form.get("matter", ""),
            reason=form.get("reason", ""),
            person=form.get("person", "").strip() or None,
            first_on=date_of(typed, _BAD) if (typed := form.get("from", "")) else None,
            last_on=date_of(typed, _BAD) if (typed := form.get("to", "")) else None,
            rd=form.get("rd", "").strip() or None,
        )
        who = name_of(visit_of(request))
        return await self._write(lambda session: set_hold(session, held, self.reference, who, self.now()))

    async def lift(self, request: Request, number: str) -> Response:
        """Lift a hold."""
        wanted = number_of(number, _NONE)
        form = await read_form(request, visit_of(request).secret)
        who, reason = name_of(visit_of(request)), form.get("reason", "")
        return await self._write(lambda session: lift_hold(session, wanted, reason, who, self.now()))

    def preview(self, request: Request) -> Response:
        """What would be deleted, and what would stay; the form that does it."""
        asked = self._order(request.query_params)
        with self.database.reading() as session:
            order = bounded(session, asked, SHEETS_AT_ONCE_MAX)
            tally, holds = _previewed(session, order), holds_in_force(session)
        values = {
            "words": TEXTS,
            "order": order,
            "until": None if order.until is None else day_words(order.until),
            "is_shortened": order != asked,
            "tally": tally,
            "span": None if tally.first is None or tally.last is None else [*map(day_words, (tally.first, tally.last))],
            "mark": _mark(tally),
            "stays": stays_rows(tally, holds),
            "whys": WHY_CHOICES,
            "reason_max": REASON_CHARACTERS_MAX,
        }
        return self.pages.page("deletion.html", visit_of(request), values)

    async def delete(self, request: Request) -> Response:
        """Delete what was shown, as it was shown."""
        form = await read_form(request, visit_of(request).secret)
        order, why = self._order(form), why_of(form.get("why", ""))
        if why is None:
            raise NotShown(
                _BAD, "Say on what authority. Nothing was deleted; go back, and what you typed is still there."
            )
        asked = Asked(name_of(visit_of(request)), why, form.get("reason", ""))
        await run_in_threadpool(self._delete, order, asked, form.get("mark", ""))
        return RedirectResponse("/retention", HTTPStatus.SEE_OTHER)

    def _delete(self, order: Order, asked: Asked, mark: str) -> None:
        with self.database.reading() as session:
            is_as_seen = (
                bounded(session, order, SHEETS_AT_ONCE_MAX) == order and _mark(_previewed(session, order)) == mark
            )
        if not is_as_seen:
            raise NotShown(_BAD, "What would be deleted has changed since you saw it. Nothing was deleted: look again.")
        try:
            for _ in delete(self.database, order, asked):
                pass
        except NotDeleted as problem:
            raise NotShown(_BAD, f"{problem} Go back, and what you typed is still there.") from None

    def _order(self, said: Mapping[str, str]) -> Order:
        until, record = said.get("until", "").strip(), said.get("record", "").strip()
        if bool(until) == bool(record):
            raise NotShown(_BAD, "Write a day, or the id of one record; not both. Nothing was deleted.")
        order = Order(self.now(), self._zone())
        return replace(order, until=date_of(until, _BAD)) if until else replace(order, record=uuid_of(record, _BAD))

    async def _write(self, writes: Callable[[Session], object]) -> Response:
        def writing() -> None:
            with self.database.writing() as session:
                writes(session)

        try:
            await run_in_threadpool(writing)
        except NotHeld as problem:
            raise NotShown(
                _BAD, f"{problem} Nothing was changed; go back, and what you typed is still there."
            ) from None
        return RedirectResponse("/retention", HTTPStatus.SEE_OTHER)

    def _zone(self) -> ZoneInfo:
        return self.reference.at(self.now()).zone


def _previewed(session: Session, order: Order) -> Tally:
    try:
        return preview(session, order)
    except NotDeleted as problem:
        raise NotShown(_BAD, str(problem)) from None


def _mark(tally: Tally) -> str:
    """A mark of what was seen: other records, or others put aside, give another."""
    return f"{tally.mark}-{tally.aside}-{tally.bundles}"


def add_retention_routes(router: APIRouter, pages: RetentionPages) -> None:
    """Add the routes of retention."""
    router.add_api_route("/retention", pages.all, methods=["GET"])
    router.add_api_route("/retention/holds", pages.hold, methods=["POST"])
    router.add_api_route("/retention/holds/{number}/lift", pages.lift, methods=["POST"])
    router.add_api_route("/retention/deletion", pages.preview, methods=["GET"])
    router.add_api_route("/retention/deletion", pages.delete, methods=["POST"])
