"""The pages of devices: how each stands, enrolling, revoking, bundles and their receipts, rescue."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from cars import Car
from consoles import Browser, Page, Served
from doubles import FixedClock, uuids
from handset import enrolled_handset
from rescues import key_file
from sqlalchemy import select
from staff import browser_of

from field_app.exporting import export
from field_app.settling import Settled, settle
from station.chronicle import Wanted, newest
from station.console import bundle_pages
from station.database import Database
from station.desk import Desk
from station.device_states import DeviceFacts, Sign, signs
from station.devices import the_station
from station.happenings import Happening
from station.roles import StationRole
from station.tables import DeviceRow
from sync.bundle import Bundle, bundle_body, bundle_bytes
from sync.gathering import Raw
from sync.outcome import Outcome
from sync.qr import code_png
from sync.qr_series import codes_of
from sync.sealing import recovery_public_key
from sync.times import whole_milliseconds


def device_of(car: Car) -> str:
    """The id of a car's device."""
    return car.device.identity().device


def bundle_of(car: Car) -> bytes:
    """What the car exports."""
    return export(car.store, car.device, car.clock).data


def settled(car: Car, data: bytes) -> Settled:
    """What a receipt file settles in the car."""
    return settle(car.store, car.device, car.logbook, data)


def rescued(**holds: Any) -> bytes:  # noqa: ANN401 - what a bundle may hold
    """A bundle that was salvaged, neither signed nor sealed."""
    made = Bundle(None, "0.1.0", whole_milliseconds(FixedClock().now()), 0, **holds)
    return bundle_bytes(bundle_body(made), None, None)


def upload(browser: Browser, page: str, to: str, *files: bytes, **fields: str) -> requests.Response:
    """Choose files on a page, and send its form."""
    token = Page(browser.get(page).text).fields["token"]
    form = {"token": token, **fields}
    chosen = [("bundle", (f"file {number}", data)) for number, data in enumerate(files, 1)]
    return browser.http.post(browser.address + to, data=form, files=chosen, allow_redirects=False, timeout=60)


def told(database: Database, kind: Happening) -> list[tuple[str, str]]:
    """Who did it to whom, as the audit tells, the newest first."""
    with database.reading() as session:
        return [(each.who, each.whom) for each in newest(session, Wanted(kind=kind.value))]


def test_the_list_says_how_each_device_stands(
    sergeant: Browser, car: Car, make_car: Callable[..., Car], database: Database
) -> None:
    make_car("tablet 1", clock=FixedClock(ids=uuids(90_000)))
    car.log("coffee-shop", "other")
    car.send()
    with database.writing() as session:
        row = session.get_one(DeviceRow, UUID(device_of(car)))
        row.missing_count, row.missing, row.damage = 3, "2, 4-5", "Two frames are damaged."
    text = Page(sergeant.get("/devices").text).text
    assert "Enrolled (2) Revoked (0)" in text
    assert "car 42 42A Sun 22 Nov 2026, 14:32" in text
    assert "Its store is damaged 3 missing" in text
    assert "tablet 1 Never 0 0 Not heard yet" in text
    one = Page(sergeant.get(f"/devices/{device_of(car)}").text).text
    assert "Missing sequence numbers 2, 4-5" in one
    assert "Two frames are damaged." in one
    assert "Its records in quarantine (0 waiting)" in one


def test_what_is_missing_is_noted_with_each_exchange(database: Database, desk: Desk, clock: FixedClock) -> None:
    handset = enrolled_handset(database, desk, clock)
    records = [handset.contact() for _ in range(6)]
    for sent, missing in (((0, 2, 5), (3, "2, 4-5")), ((1,), (2, "4-5")), ((3, 4), (0, None))):
        handset.verdicts(*(records[place] for place in sent))
        with database.reading() as session:
            row = session.scalars(select(DeviceRow)).one()
            assert (row.missing_count, row.missing) == missing


FACTS = DeviceFacts(
    id=UUID(int=1),
    name="car 42",
    unit=None,
    enrolled_at=FixedClock().now(),
    revoked_at=None,
    heard_at=FixedClock().now(),
    app="0.1.0",
    ready=0,
    sequence_last=9,
    missing_count=0,
    missing="",
    damage=None,
    waiting=0,
)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"heard_at": None}, [Sign.NEVER_HEARD]),
        ({"heard_at": FACTS.enrolled_at - timedelta(days=8)}, [Sign.SILENT]),
        ({"heard_at": FACTS.enrolled_at - timedelta(days=8), "revoked_at": FACTS.enrolled_at}, []),
        ({"damage": "x", "missing_count": 1, "waiting": 2}, [Sign.DAMAGED, Sign.LACKING, Sign.WAITING]),
    ],
)
def test_what_somebody_should_look_at(changed: dict[str, object], found: list[Sign]) -> None:
    assert signs(replace(FACTS, **changed), FACTS.enrolled_at) == found  # type: ignore[arg-type]  # a test's shorthand


def test_a_code_is_shown_once_and_enrols(sergeant: Browser, database: Database, served: Served) -> None:
    form = Page(sergeant.get("/devices/enrol").text).fields
    assert "1 to 80 characters" in Page(sergeant.post("/devices/enrol", {**form, "name": " "}).text).text
    answer = sergeant.post("/devices/enrol", {**form, "name": "car 43"})
    code = answer.text.partition('id="code">')[2].partition("<")[0]
    assert f"contact755 enrol '{served.address}/#code={code}'" in Page(answer.text).text
    assert answer.headers["cache-control"] == "no-store"
    assert code not in sergeant.get("/devices/enrol").text
    assert told(database, Happening.ENROL_CODE_MADE)[0] == ("admin", "car 43")
    with database.reading() as session:
        assert session.scalars(select(DeviceRow)).all() == []


def test_a_device_is_revoked_after_being_asked_and_the_audit_tells(
    sergeant: Browser, car: Car, make_car: Callable[..., Car], database: Database
) -> None:
    other = make_car("tablet 1", clock=FixedClock(ids=uuids(90_000)))
    page = f"/devices/{device_of(car)}"
    ask = Page(sergeant.get(f"{page}/revoke").text)
    assert "Revoke car 42?" in ask.text
    assert len(car.send().receipts) == 0
    for _ in range(2):
        assert sergeant.post(f"{page}/revoke", ask.fields).headers["location"] == page
    assert told(database, Happening.REVOKED) == [("admin", "car 42")]
    car.log("coffee-shop")
    assert car.send().ending.outcome is Outcome.REFUSED
    assert sergeant.get(f"{page}/revoke").headers["location"] == page
    assert "Revoked, Sun 22 Nov 2026" in Page(sergeant.get(page).text).text
    other.log("coffee-shop")
    assert other.send().receipts == (1,)
    assert sergeant.get("/devices/00000000-0000-0000-0000-000000000000").status_code == 404
    assert sergeant.get("/devices/no-id").status_code == 404


def test_a_sergeant_takes_a_bundle_in_and_its_receipt_settles_on_the_device_also_later(
    served: Served, car: Car, database: Database
) -> None:
    sergeant = browser_of(database, served, StationRole.SERGEANT)
    car.log("coffee-shop", "other")
    data = bundle_of(car)
    taken = upload(sergeant, "/devices/bundles", "/devices/bundles", data)
    text = Page(taken.text).text
    assert "Taken in from car 42: 2 accepted, 0 already here, 0 in quarantine." in text
    again = Page(upload(sergeant, "/devices/bundles", "/devices/bundles", data).text).text
    assert "0 accepted, 2 already here" in again
    first, second = (sergeant.get(f"/devices/bundles/{number}/receipt") for number in (1, 2))
    assert first.headers["content-disposition"] == 'attachment; filename="car-42-1.receipt"'
    assert len(settled(car, first.content).received) == 2
    assert settled(car, second.content).records == 0
    assert sergeant.get("/devices/bundles/3/receipt").status_code == 404
    assert "Get the receipt" in Page(sergeant.get(f"/devices/{device_of(car)}").text).text
    assert len(told(database, Happening.BUNDLE_TAKEN_IN)) == 2


def test_what_is_no_bundle_is_refused_in_a_sentence_and_nothing_is_kept(
    sergeant: Browser, car: Car, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    car.log("coffee-shop")
    data = bundle_of(car)
    page = "/devices/bundles"
    for wrong, words in (
        (b"", "Choose a file first."),
        (b"\x00\xff nothing", "Nothing was changed."),
        (data[:-9], "Nothing was changed."),
        (rescued(), "An administrator takes it in"),
    ):
        answer = upload(sergeant, page, page, wrong)
        assert (answer.status_code, words in Page(answer.text).text) == (400, True), Page(answer.text).text
    monkeypatch.setattr(bundle_pages, "BUNDLE_UPLOAD_BYTES_MAX", 100)
    assert "The largest file that is taken in here has 16 MiB" in Page(upload(sergeant, page, page, data).text).text
    monkeypatch.setattr(bundle_pages, "PICTURES_BYTES_MAX", 100)
    assert upload(sergeant, page, page, bytes(20_000)).status_code == 413
    assert "No bundle was taken in yet." in Page(sergeant.get(page).text).text
    assert told(database, Happening.BUNDLE_TAKEN_IN) == []


def pictures_of(data: bytes) -> list[bytes]:
    """What somebody photographs."""
    return [code_png(code) for code in codes_of(data)]


def test_pictures_of_all_codes_are_taken_in_as_the_file_is(sergeant: Browser, car: Car) -> None:
    car.log(*["coffee-shop"] * 12)
    page, pictures = "/devices/bundles", pictures_of(bundle_of(car))
    assert len(pictures) > 1
    assert "multiple" in sergeant.get(page).text
    answer = upload(sergeant, page, page, *reversed(pictures), pictures[0])
    assert "Taken in from car 42: 12 accepted" in Page(answer.text).text
    assert len(settled(car, sergeant.get("/devices/bundles/1/receipt").content).received) == 12


def test_pictures_that_make_no_bundle_are_refused_in_a_sentence_that_names_them(
    sergeant: Browser, car: Car, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    car.log(*["coffee-shop"] * 12)
    data, page = bundle_of(car), "/devices/bundles"
    first, second, *_ = pictures = pictures_of(data)
    car.log("other")
    monkeypatch.setattr(bundle_pages, "PICTURES_MAX", len(pictures) + 1)
    for wrong, words in (
        (pictures[1:], f"Code 1 of {len(pictures)} cannot be read in these pictures."),
        ([first, second[:60]], "file 2 is not a whole PNG, JPEG or WebP picture."),
        ([data, first], "One file at a time: file 1 is a bundle or no picture."),
        ([first, data], "file 2 is not a whole PNG, JPEG or WebP picture."),
        ([first, *pictures_of(bundle_of(car))], "These codes are of more than one file."),
        ([*pictures, first, first], f"These are more pictures than are read at once: {len(pictures) + 1}."),
    ):
        answer = upload(sergeant, page, page, *wrong)
        shown = Page(answer.text).text
        assert (answer.status_code, words in shown, "Nothing was changed." in shown) == (400, True, True), shown
    assert told(database, Happening.BUNDLE_TAKEN_IN) == []


def test_what_was_rescued_is_taken_in_by_an_administrator_who_may_say_whose_it_is(
    sergeant: Browser, car: Car, database: Database
) -> None:
    data = rescued(damage=("One frame is lost.",))
    nobody = upload(sergeant, "/devices/rescue", "/devices/rescue", data)
    assert "No device that is enrolled here made this bundle" in Page(nobody.text).text
    named = upload(sergeant, "/devices/rescue", "/devices/rescue", data, device=device_of(car))
    assert "Taken in from car 42: 0 accepted" in Page(named.text).text
    assert "One frame is lost." in Page(named.text).text
    assert "car 42 (rescued)" in Page(sergeant.get("/devices/bundles").text).text


def test_a_locked_device_gets_its_recovery_code_once_and_the_audit_tells(sergeant: Browser, database: Database) -> None:
    with database.reading() as session:
        public = recovery_public_key(the_station(session).recovery_key)
    page, to = "/devices/rescue", "/devices/rescue/code"
    shown = upload(sergeant, page, to, key_file(public, bytes(32)))
    assert len(shown.text.partition('id="code">')[2].partition("<")[0]) == 64
    assert told(database, Happening.DEVICE_OPENED) == [("admin", "")]
    strange = upload(sergeant, page, to, key_file(recovery_public_key("11" * 32), bytes(32)))
    assert "enrolled at another station" in Page(strange.text).text
    broken = upload(sergeant, page, to, b"{}")
    assert "cannot be read as a device's keys.json" in Page(broken.text).text
    assert len(told(database, Happening.DEVICE_OPENED)) == 1


def test_quarantine_is_shown_for_one_device_alone(sergeant: Browser, car: Car, make_car: Callable[..., Car]) -> None:
    other = make_car("tablet 1", clock=FixedClock(ids=uuids(90_000)))
    for each in (car, other):
        data = rescued(raw=(Raw("A torn frame.", device_of(each).encode()),))
        upload(sergeant, "/devices/rescue", "/devices/rescue", data, device=device_of(each))
    everything = Page(sergeant.get("/quarantine").text).text
    assert "car 42" in everything
    assert "tablet 1" in everything
    one = Page(sergeant.get(f"/quarantine?device={device_of(car)}").text).text
    assert "Waiting (1)" in one
    assert "tablet 1" not in one
    assert "1 in quarantine" in Page(sergeant.get("/devices").text).text
    assert sergeant.get("/quarantine?device=x").status_code == 400
