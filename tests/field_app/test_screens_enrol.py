"""Enrolling in the app: the whole text pasted, or typed in two fields; over real TLS, without a browser."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import flet as ft
import pytest
from doubles import FixedClock
from handset import a_code
from headless import Screen, app_on, on_a_loop, settings_logged
from stations_tls import served_over_tls

from field_app.hand import Hand
from field_app.state import Screen as ScreenName
from station.authority import Authority
from station.database import Database
from station.devices import revoke
from station.live_certificate import Certificate, LiveCertificate
from sync.invitation import Invitation, write_invitation
from sync.reference import Reference

WRONG_PIN = "A" * 43


@dataclass(frozen=True)
class Office:
    """A station that serves, and what it prints for a device."""

    address: str
    pins: tuple[str, ...]
    database: Database
    clock: FixedClock

    def invitation(self, pins: tuple[str, ...] | None = None) -> str:
        """The whole text with a fresh code."""
        return write_invitation(Invitation(self.address, pins or self.pins, a_code(self.database, self.clock)))


@pytest.fixture
def office(tmp_path: Path, database: Database, reference: Reference, clock: FixedClock) -> Iterator[Office]:
    """A station with its own authority."""
    authority = Authority(tmp_path / "office")
    authority.make(reference.station, datetime.now(UTC))
    path = authority.server(["127.0.0.1"], datetime.now(UTC))
    certificate = LiveCertificate(lambda: Certificate(path, path))
    with served_over_tls(database, reference, certificate, authority, clock) as address:
        yield Office(address, authority.pins(), database, clock)


async def open_enrol(app: Screen) -> None:
    """Go to the screen, as somebody with a new device does."""
    await app.sees("Not enrolled")
    await app.tap("Enrol this device")


async def enrol(app: Screen) -> None:
    """Tap the button."""
    await app.tap(app.one(ft.FilledButton, key="enrol"))


def field(app: Screen, label: str) -> str:
    """What a field holds."""
    return str(app.one(ft.TextField, label=label).value)


@on_a_loop
async def test_the_whole_text_pasted_fills_both_fields_and_enrols(hand: Hand, office: Office) -> None:
    text = office.invitation()
    async with app_on(hand) as app:
        await open_enrol(app)
        await app.type("Address", text)
        address, _, code = text.partition("&code=")
        assert (field(app, "Address"), field(app, "Code")) == (address, code)
        await enrol(app)
        await app.sees("Enrolled at Norwalk Station as car 42")
        await app.sees("Station reachable")
        assert not app.all(ft.TextField, label="Code")
        assert app.crashes == 0
    station = hand.device.station()
    assert station is not None
    assert (station.address, station.pins) == (office.address, office.pins)


@on_a_loop
async def test_pasted_into_the_other_field_it_fills_both_too(hand: Hand, office: Office) -> None:
    text = office.invitation()
    async with app_on(hand) as app:
        await open_enrol(app)
        await app.type("Code", text)
        address, _, code = text.partition("&code=")
        assert (field(app, "Address"), field(app, "Code")) == (address, code)


@on_a_loop
async def test_a_typed_code_and_address_enrol_as_well(hand: Hand, office: Office) -> None:
    address, _, code = office.invitation().partition("&code=")
    async with app_on(hand) as app:
        await open_enrol(app)
        await app.type("Address", address)
        await app.type("Code", code.lower())
        await enrol(app)
        await app.sees("Enrolled at Norwalk Station")


@on_a_loop
async def test_what_goes_wrong_is_told_and_the_fields_stay(hand: Hand, office: Office) -> None:
    async with app_on(hand) as app:
        await open_enrol(app)
        await enrol(app)
        await app.sees("'' is not a station's address")
        await app.type("Address", office.invitation((WRONG_PIN,)))
        await enrol(app)
        await app.sees("Something else answered at https://127.0.0.1")
        assert WRONG_PIN in field(app, "Address")
        await app.type("Address", office.invitation())
        await app.type("Code", "K7QM-4T2X")
        await enrol(app)
        await app.sees("This code is not known here, or no longer good")
        await app.type("Code", "K7QM")
        await enrol(app)
        await app.sees("An enrolment code has eight letters and digits")
        assert hand.device.station() is None
        await app.type("Address", office.invitation())
        await enrol(app)
        await app.sees("Enrolled at Norwalk Station")
        assert app.crashes == 0


@on_a_loop
async def test_one_can_go_back_without_enrolling(hand: Hand) -> None:
    async with app_on(hand) as app:
        await open_enrol(app)
        await enrol(app)
        await app.sees("'' is not")
        await app.tap("Back")
        assert app.all(ft.FilledButton, key="sign-on")
        assert not app.reads("'' is not")


@on_a_loop
async def test_no_key_logs_anything_on_this_screen_and_the_bar_leads_away(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await app.tap("Outbox")
        await open_enrol(app)
        app.state.screen = ScreenName.LOG  # wherever it was opened from
        await app.settle()
        await app.press("F1")
        assert settings_logged(signed_on) == []
        await app.tap("Log")
        assert not app.all(ft.TextField, label="Code")
        await app.press("F1")
        await app.sees("Logged")


@on_a_loop
async def test_a_device_that_was_revoked_can_be_enrolled_again_from_the_outbox(signed_on: Hand, office: Office) -> None:
    async with app_on(signed_on) as app:
        await app.tap("Outbox")
        await open_enrol(app)
        await app.type("Address", office.invitation())
        await enrol(app)
        await app.sees("Station reachable")
        assert not app.all(ft.TextButton, key="to-enrol")
        with office.database.writing() as session:
            revoke(session, "car 42", office.clock.now())
        await app.tap("Log")
        await app.tap("Other")
        await app.sees("Station refuses this device")
        await app.tap("Outbox")
        await app.tap("Enrol again")
        await app.type("Address", office.invitation())
        await enrol(app)
        await app.sees("Station reachable")
        await app.sees("1 of 1 contact received")


@on_a_loop
async def test_while_an_address_does_not_answer_somebody_signs_on_and_it_is_asked_once(hand: Hand) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with app_on(hand) as app:
            await open_enrol(app)
            await app.type("Address", f"https://127.0.0.1:{silent.getsockname()[1]}")
            await app.type("Code", "K7QM-4T2X")
            asked = asyncio.create_task(enrol(app))
            await app.settle()
            await app.tap("Back")
            await app.tap("Enrol this device")
            assert app.one(ft.FilledButton, key="enrol").disabled  # opened again, it is still asked
            await app.tap("Back")
            await app.type("Number", "900001")
            await app.tap(app.one(ft.FilledButton, key="sign-on"))
            await app.tap("Other")
            is_asked = not asked.done()
            silent.close()
            await asked
            assert is_asked
            assert settings_logged(hand) == ["other"]
            assert app.crashes == 0
