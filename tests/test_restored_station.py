"""A station put back from last night's backup: the devices send again what it lost, by themselves, and say so."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from programs import Program, serving

from field_app.audit_words import RESTORED
from field_app.clock import SystemClock
from field_app.courier import Courier, News
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from station.sqlite import FILE_NAME
from sync.reference import Reference

YESTERDAY, TODAY = 20, 27


@dataclass
class Night:
    """A device whose 47 contacts the station has had, and a station that was put back to the 20 of last night."""

    deputy: Program
    station755: Program
    port: str
    reference: Reference
    is_told: bool

    @contextmanager
    def hand(self) -> Iterator[Hand]:
        """The device's store."""
        with open_hand(self.deputy.data, SystemClock(), self.reference) as hand:
            yield hand

    def log(self, count: int) -> None:
        """Log so many contacts."""
        with self.hand() as hand:
            for _ in range(count):
                hand.logbook.log(Details("other"))

    @property
    def file(self) -> Path:
        """The station's database."""
        return self.station755.data / FILE_NAME

    def back_up(self) -> None:
        """Copy the database of a station that does not serve."""
        shutil.copy(self.file, self.file.with_suffix(".last-night"))

    def restore(self) -> None:
        """Put the copy back; by a command that knows of epochs, or just the file."""
        for journal in self.file.parent.glob(f"{FILE_NAME}-*"):
            journal.unlink()
        shutil.copy(self.file.with_suffix(".last-night"), self.file)
        if self.is_told:
            with closing(sqlite3.connect(self.file)) as database, database:
                database.execute("UPDATE station SET epoch = 'after the restore'")

    def held(self) -> list[str]:
        """The ids of the contacts at the station."""
        with closing(sqlite3.connect(self.file)) as database:
            return [row[0] for row in database.execute("SELECT id FROM contacts")]


@pytest.fixture(params=["told", "untold"])
def night(request: pytest.FixtureRequest, deputy: Program, station755: Program, reference: Reference) -> Night:
    """The station was restored, and does not serve yet."""
    with serving(station755) as address:
        assert deputy("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
        night = Night(deputy, station755, address.rpartition(":")[2], reference, request.param == "told")
        night.log(YESTERDAY)
        assert "20 of 20 contacts received. Receipt 1." in deputy("send").out
    night.back_up()
    with serving(station755, "--port", night.port):
        night.log(TODAY)
        assert "27 of 27 contacts received. Receipt 2." in deputy("send").out
    assert len(night.held()) == 47
    night.restore()
    assert len(night.held()) == 20
    return night


def is_whole(night: Night) -> bool:
    """Whether the station has every contact of the device once."""
    with night.hand() as hand:
        logged = {key.replace("-", "") for key in hand.store.records()}
    held = [key.replace("-", "") for key in night.held()]
    return len(held) == len(logged) == 47 and set(held) == logged


def test_send_by_command_refills_it_and_says_so(night: Night) -> None:
    with serving(night.station755, "--port", night.port):
        said = night.deputy("send")
        assert said.code == 0
        assert said.out.splitlines()[0] == RESTORED
        assert "47 of 47 contacts received." in said.out
        again = night.deputy("send", "--json").json
        assert (again["notice"], again["contacts_received"]) == (None, 0)
        status = night.deputy("status", "--json").json
        assert (status["sent"], status["audit"]["held"], status["audit"]["missing"]) == (47, 47, [])
        assert status["notices"] == []
    assert is_whole(night)


def test_the_app_refills_it_by_itself_and_says_so(night: Night) -> None:
    heard: list[News] = []

    async def rounds(hand: Hand) -> None:
        courier = Courier(hand)
        courier.listen(heard.append)
        await courier.round()
        await courier.round()

    with serving(night.station755, "--port", night.port), night.hand() as hand:
        asyncio.run(rounds(hand))
    last = heard[-1].sentence or ""
    assert last.startswith(f"{RESTORED} 47 of 47 contacts received. Receipt ")
    assert heard[-1].is_reachable
    assert is_whole(night)
