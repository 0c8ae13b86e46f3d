"""Devices: all of them, one of them, and revoking one. Sergeants look; administrators revoke."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from station.bundles import kept_bundles
from station.console.device_texts import DEVICE_STATE_WORDS, TEXTS
from station.console.device_words import bundle_words, device_words, exchanged_words
from station.console.forms import read_form
from station.console.pages import Pages
from station.console.questions import choice_in, uuid_of
from station.console.refusals import NotShown
from station.console.visits import name_of, visit_of
from station.database import Database
from station.device_states import (
    PAGE_ROWS_MAX,
    DeviceFacts,
    DeviceState,
    count_of,
    last_exchanges,
    one_device,
    page_of_devices,
)
from station.devices import revoke_one
from sync.reference import Reference

_BAD, _NONE = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND
_NOT_THERE = "There is no device with this id. See the list of devices."


@dataclass(frozen=True, slots=True)
class DevicePages:
    """The pages of the devices."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def all(self, request: Request) -> Response:
        """Devices of a state by name, a page of them; those that are enrolled first asked for."""
        state = choice_in(request, "state", DeviceState) or DeviceState.ENROLLED
        last = request.query_params.get("after")
        after = uuid_of(last, _BAD) if last else None
        with self.database.reading() as session:
            found = page_of_devices(session, state, after)
            counts = {each: count_of(session, each) for each in DeviceState}
        values = {
            "words": TEXTS,
            "state": state,
            "states": [(each, DEVICE_STATE_WORDS[each], counts[each]) for each in DeviceState],
            "rows": [device_words(each, self.now(), self.reference) for each in found],
            "more_after": found[-1].id if len(found) == PAGE_ROWS_MAX else None,
        }
        return self.pages.page("devices.html", visit_of(request), values)

    def one(self, request: Request, device: str) -> Response:
        """One device: how it stands, its last exchanges and bundles, and what can be done about it."""
        wanted = uuid_of(device, _NONE)
        with self.database.reading() as session:
            found = _found(session, wanted)
            exchanges, bundles = last_exchanges(session, wanted), kept_bundles(session, wanted)
        values = {
            "words": TEXTS,
            "device": device_words(found, self.now(), self.reference),
            "exchanges": [exchanged_words(each, self.reference) for each in exchanges],
            "rows": [bundle_words(each, self.reference) for each in bundles],
        }
        return self.pages.page("device.html", visit_of(request), values)

    def ask(self, request: Request, device: str) -> Response:
        """Whether a device is really to be revoked."""
        with self.database.reading() as session:
            found = _found(session, uuid_of(device, _NONE))
        if found.state is DeviceState.REVOKED:
            return RedirectResponse(f"/devices/{device}", HTTPStatus.SEE_OTHER)
        values = {"words": TEXTS, "device": device_words(found, self.now(), self.reference)}
        return self.pages.page("revoke.html", visit_of(request), values)

    async def revoke(self, request: Request, device: str) -> Response:
        """Revoke a device."""
        await read_form(request, visit_of(request).secret)
        wanted, by = uuid_of(device, _NONE), name_of(visit_of(request))

        def revoking() -> None:
            with self.database.writing() as session:
                _found(session, wanted)
                revoke_one(session, wanted, self.now(), by)

        await run_in_threadpool(revoking)
        return RedirectResponse(f"/devices/{device}", HTTPStatus.SEE_OTHER)


def _found(session: Session, device: UUID) -> DeviceFacts:
    """The device of this id. Raises NotShown."""
    found = one_device(session, device)
    if found is None:
        raise NotShown(_NONE, _NOT_THERE)
    return found


def add_device_routes(router: APIRouter, pages: DevicePages) -> None:
    """Add the routes of the devices."""
    router.add_api_route("/devices", pages.all, methods=["GET"])
    router.add_api_route("/devices/{device}", pages.one, methods=["GET"])
    router.add_api_route("/devices/{device}/revoke", pages.ask, methods=["GET"])
    router.add_api_route("/devices/{device}/revoke", pages.revoke, methods=["POST"])
