"""The reference data that the station tells a device of: kept, used from their time on, offline, in the real app."""

from datetime import timedelta
from errno import EIO
from pathlib import Path
from uuid import UUID

import flet as ft
import pytest
from cars import enrol_at
from documents import compton, norwalk, saved, standing
from doubles import FixedClock, Line
from handset import served
from headless import app_on, on_a_loop

from field_app.device import Device, EnrolledAt
from field_app.hand import Hand, open_hand
from field_app.logbook import Details, Logbook
from field_app.references import DeviceVersions, told
from field_app.sending import Sending
from field_app.store.disk import Disk
from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from station.database import Database
from station.desk import Desk
from station.news import tell
from sync.canonical import JsonObject
from sync.records import Role
from sync.reference import Reference
from sync.reference_news import parts_of

HOUR = timedelta(hours=1)


def exchange(hand: Hand, desk: Desk) -> None:
    """One exchange, as the app has it, and a look at what came."""
    Sending(hand.store, hand.logbook, hand.clock, Line(desk, hand.device.private_key())).ask()
    hand.catch_up()


def enrolled(hand: Hand, database: Database, clock: FixedClock) -> Desk:
    """The desk of the station at which the device is enrolled now."""
    desk = Desk(database, standing(database, clock.now()), clock.now)
    enrol_at(desk, database, hand.device, "car 42", clock)
    return desk


def test_a_device_goes_by_what_shipped_until_its_first_exchange_and_then_by_its_station(
    hand: Hand, database: Database, reference: Reference, clock: FixedClock
) -> None:
    saved(database, compton(), None, clock.now())
    desk = enrolled(hand, database, clock)
    assert hand.current == reference
    exchange(hand, desk)
    assert (hand.current.station, list(hand.current.watches)) == ("Compton Station", ["early", "late"])
    assert hand.current.cards["en"].text.endswith("Compton Station")
    hand.logbook.sign_on("900001", Role.DEPUTY, "early", "42A")
    assert hand.logbook.log(Details("park-walk", rd="9001")).contact.rd == "9001"


def test_a_planned_version_is_used_from_its_time_on_offline_and_after_a_restart(
    tmp_path: Path, database: Database, reference: Reference, clock: FixedClock
) -> None:
    ticking = FixedClock()
    with open_hand(tmp_path / "car", ticking, reference) as hand:
        desk = enrolled(hand, database, ticking)
        settings = [{"name": "other", "label": "Anything"}]
        saved(database, norwalk(settings=settings), clock.now() + HOUR, clock.now())
        exchange(hand, desk)
        hand.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
        old = hand.logbook.log(Details("coffee-shop", rd="0454")).contact
        assert list(hand.current.settings) == list(reference.settings)
    ticking.at += HOUR
    with open_hand(tmp_path / "car", ticking, reference) as hand:
        assert list(hand.current.settings) == ["other"]
        assert hand.reference.at(old.claimed_at).label_of(old.setting) == "Coffee shop or restaurant"
        assert hand.current.label_of(old.setting) == "Coffee shop or restaurant"
        assert hand.logbook.correct(old.id, {"rd": "0455"}).contact.setting == "coffee-shop"


def test_what_an_older_app_cannot_read_changes_nothing(hand: Hand, database: Database, clock: FixedClock) -> None:
    desk = enrolled(hand, database, clock)
    saved(database, norwalk(station="Norwalk"), None, clock.now())
    newer: list[JsonObject] = [
        *parts_of(3, clock.now(), {"station": "a shape of its own"}),
        {"version": "four", "colour": "red"},
    ]
    with database.writing() as session:
        for body in newer:
            tell(session, UUID(hand.device.identity().device), "reference", body, clock.now())
    exchange(hand, desk)
    assert hand.current.station == "Norwalk"


class BadDisk(Disk):
    """The real disk, which cannot be read for a while."""

    is_bad = False

    def exists(self, path: str) -> bool:
        """As the real one, or not at all."""
        if self.is_bad:
            raise OSError(EIO, "Input/output error")
        return super().exists(path)


def test_a_version_that_could_not_be_read_at_once_is_read_the_next_time(
    tmp_path: Path, database: Database, reference: Reference, clock: FixedClock
) -> None:
    disk = BadDisk()
    with JournalDB(tmp_path / "car", disk=disk) as db:
        store = RecordStore(db)
        versions, device = DeviceVersions(reference, store), Device(store)
        versions.catch_up()
        saved(database, compton(), None, clock.now())
        desk = Desk(database, standing(database, clock.now()), clock.now)
        enrol_at(desk, database, device, "car 42", clock)
        Sending(store, Logbook(store, clock, reference), clock, Line(desk, device.private_key())).ask()
        disk.is_bad = True
        with pytest.raises(StoreFault):
            versions.catch_up()
        disk.is_bad = False
        versions.catch_up()
        assert versions.at(clock.now()).station == "Compton Station"


def test_another_station_means_another_stations_data(hand: Hand, database: Database, clock: FixedClock) -> None:
    saved(database, compton(), None, clock.now())
    exchange(hand, enrolled(hand, database, clock))
    epoch = hand.store.standing().epoch
    assert len(told(hand.store.news(), epoch)) == 1
    assert told(hand.store.news(), "another epoch") == []
    hand.store.begin_elsewhere({})
    hand.catch_up()
    assert hand.current.station == "Norwalk Station"


@on_a_loop
async def test_the_app_shows_what_its_station_says(hand: Hand, database: Database, clock: FixedClock) -> None:
    saved(database, compton(), None, clock.now())
    enrolled(hand, database, clock)
    with served(database, standing(database, clock.now()), clock) as address:
        found = hand.device.station()
        assert found is not None
        there = EnrolledAt(address, found.station, found.name, None, found.recovery_key)
        hand.device.enrol_at(there, hand.device.challenge())
        async with app_on(hand) as app:
            await app.sees("First half")
            await app.type("Number", "900001")
            await app.type("Unit", "42A")
            await app.tap(app.one(ft.FilledButton, key="sign-on"))
            assert [button.key for button in app.all(ft.Button)] == list(hand.current.settings)
            await app.choose_rd("9002")
            await app.press("F1")
            assert app.state.problem is None, app.state.problem
            contact = hand.logbook.entries()[0].contact
            assert (contact.setting, contact.rd, contact.watch) == ("park-walk", "9002", "early")
            assert app.crashes == 0
