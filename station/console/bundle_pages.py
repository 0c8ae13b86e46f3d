"""Bundles at the console: a file that somebody carried here is taken in, and its receipt is given back, now or later."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from station.bundle_files import NotOneBundle, bundle_in
from station.bundles import (
    PAGE_ROWS_MAX,
    TakenIn,
    is_rescue,
    kept_bundles,
    kept_receipt,
    open_bundle,
    outcome_now,
    take_in_bundle,
)
from station.console.device_texts import TEXTS
from station.console.device_words import bundle_words, outcome_words
from station.console.pages import Pages
from station.console.questions import number_of
from station.console.refusals import NotShown
from station.console.uploads import Upload, read_uploads
from station.console.visits import name_of, visit_of
from station.database import Database
from station.recovery import RecoveryRefused
from sync.bundle import BadBundle
from sync.qr_series import CODES_MAX
from sync.receipt_file import BadReceiptFile
from sync.reference import Reference
from sync.sealing import NotOpened

# Some 25,000 contacts, years of one device; it lies in memory a few times over while it is taken in. The command
# station755 import takes larger ones.
BUNDLE_MIB_MAX = 16
BUNDLE_UPLOAD_BYTES_MAX = BUNDLE_MIB_MAX * 1_024 * 1_024
# Pictures of codes are larger than what they hold: eight photographs of a phone that was told nothing else.
PICTURES_MIB_MAX = 32
PICTURES_BYTES_MAX = PICTURES_MIB_MAX * 1_024 * 1_024
# Each code of the longest series twice; reading one takes up to a second.
PICTURES_MAX = 2 * CODES_MAX
_BAD, _NONE = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND


class NotTaken(Exception):
    """A bundle is not taken in; the text is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class BundlePages:
    """The pages on which bundles are taken in."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages

    def all(self, request: Request) -> Response:
        """The bundles that were taken in, a page of them, and the form for the next one."""
        return self._page(request)

    async def take_in(self, request: Request) -> Response:
        """Take in what a device exported or shows as codes. What was rescued is an administrator's, on its own page."""
        files = await read_uploads(request, visit_of(request).secret, PICTURES_BYTES_MAX)
        return await run_in_threadpool(self._take_in, request, files)

    def receipt(self, number: str) -> Response:
        """A receipt, to be carried back to its device."""
        wanted = number_of(number, _NONE)
        with self.database.reading() as session:
            found = kept_receipt(session, wanted)
        if found is None:
            raise NotShown(_NONE, TEXTS["no_such_receipt"])
        name, receipt = found
        return Response(
            receipt,
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{receipt_name(name, wanted)}"'},
        )

    def _take_in(self, request: Request, files: Sequence[Upload]) -> Response:
        try:
            data, by = _bundle_in(files), name_of(visit_of(request))
            taken = taken_in(self.database, self.reference, data, self.now(), by, may_be_rescue=False)
        except NotTaken as problem:
            return self._page(request, {"problem": str(problem)}, _BAD)
        return self._page(request, taken_words(taken))

    def _page(
        self, request: Request, values: dict[str, object] | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        older = request.query_params.get("before")
        before = number_of(older, _BAD) if older else None
        with self.database.reading() as session:
            found = kept_bundles(session, before=before)
        shown = {
            "words": TEXTS,
            "rows": [bundle_words(each, self.reference) for each in found],
            "older": found[-1].number if len(found) == PAGE_ROWS_MAX else None,
            "mebibytes_max": BUNDLE_MIB_MAX,
            "pictures_mebibytes_max": PICTURES_MIB_MAX,
        }
        return self.pages.page("bundles.html", visit_of(request), NOTHING_TAKEN | shown | (values or {}), status)


# What the pages say when nothing was taken in just now.
NOTHING_TAKEN: dict[str, object] = {"problem": None, "done": None, "damage": [], "receipt": None, "why_none": None}


def _bundle_in(files: Sequence[Upload]) -> bytes:
    """The bundle that was chosen. Raises NotTaken."""
    if len(files) > PICTURES_MAX:
        raise NotTaken(f"{TEXTS['too_many']} {PICTURES_MAX}. {TEXTS['nothing_changed']}")
    try:
        data = bundle_in(files)
    except NotOneBundle as problem:
        raise NotTaken(f"{problem} {TEXTS['nothing_changed']}") from None
    if len(data) > BUNDLE_UPLOAD_BYTES_MAX:
        raise NotTaken(f"{TEXTS['of_size']} {BUNDLE_MIB_MAX} {TEXTS['mebibytes']} {TEXTS['nothing_changed']}")
    return data


def taken_in(
    database: Database,
    reference: Reference,
    data: bytes,
    now: datetime,
    by: str,
    *,
    may_be_rescue: bool,
    named: str | None = None,
) -> TakenIn:
    """Take a file in. Raises NotTaken."""
    if not data:
        raise NotTaken(TEXTS["no_file"])
    try:
        opened = open_bundle(database, data)
        if is_rescue(opened) and not may_be_rescue:
            raise NotTaken(TEXTS["is_rescue"])
        return take_in_bundle(database, reference, opened, data, named, now, by)
    except BadBundle as problem:
        raise NotTaken(f"{problem} {TEXTS['nothing_changed']}") from None
    except NotOpened:
        raise NotTaken(TEXTS["sealed_elsewhere"]) from None
    except RecoveryRefused as problem:
        raise NotTaken(f"{problem} {TEXTS['nothing_changed']}") from None
    except BadReceiptFile as problem:
        raise NotTaken(f"{TEXTS['receipt_too_large']} {problem}") from None


def taken_words(taken: TakenIn) -> dict[str, object]:
    """What a page says of what was taken in just now."""
    found = taken.recovered
    return {
        "done": f"{TEXTS['taken_in']} {found.device}: {outcome_words(outcome_now(found))}.",
        "damage": list(found.damage),
        "receipt": taken.number if taken.receipt is not None else None,
        "why_none": TEXTS["no_receipt"] if found.answer is not None and taken.receipt is None else None,
    }


def receipt_name(device: str, number: int) -> str:
    """What a receipt's file is called: the device's name as far as any system takes it."""
    return f"{re.sub('[^A-Za-z0-9]+', '-', device).strip('-').lower() or 'device'}-{number}.receipt"


def add_bundle_routes(router: APIRouter, pages: BundlePages) -> None:
    """Add the routes of bundles."""
    router.add_api_route("/devices/bundles", pages.all, methods=["GET"])
    router.add_api_route("/devices/bundles", pages.take_in, methods=["POST"])
    router.add_api_route("/devices/bundles/{number}/receipt", pages.receipt, methods=["GET"])
