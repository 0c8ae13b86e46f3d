"""Records as one deputy's device has them after many shifts: varied as in the demo, made by the app's own logbook."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import uuid6

from demo.weeks import CREWS, details_of
from field_app.device import Device, Identity
from field_app.logbook import Logbook
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.canonical import JsonObject
from sync.reference import load_reference
from sync.times import whole_milliseconds

CONTACTS_PER_SHIFT = 10
BETWEEN_MINUTES = 40


@dataclass
class ShiftClock:
    """A device's clock over many shifts: started anew for each, and ids as they come."""

    at: datetime
    started_at: datetime
    boot_name: str = ""

    def now(self) -> datetime:
        """The wall clock."""
        return self.at

    def monotonic_ms(self) -> int:
        """Since the device was started."""
        return int((self.at - self.started_at).total_seconds() * 1000)

    def boot(self) -> str:
        """The start's name."""
        return self.boot_name

    def new_id(self) -> str:
        """A UUIDv7 of now, with its random part as it comes."""
        random_part = uuid6.uuid7().int & ((1 << 80) - 1)
        return str(uuid6.UUID(int=(int(self.at.timestamp() * 1000) << 80) | random_part))


def shifts(folder: Path, count: int, seed: int) -> tuple[Identity, list[JsonObject]]:
    """A device and so many contacts of the shifts behind it, oldest first."""
    chance, reference, crew = random.Random(seed), load_reference(), CREWS[0]  # noqa: S311 - a story, no secret
    begins = whole_milliseconds(datetime.now(UTC)) - timedelta(days=count // CONTACTS_PER_SHIFT + 1)
    clock = ShiftClock(begins, begins)
    with JournalDB(folder) as db, db.journal.writing():
        store = RecordStore(db)
        logbook = Logbook(store, clock, reference)
        for number in range(count):
            if number % CONTACTS_PER_SHIFT == 0:
                clock.at = clock.started_at = begins + timedelta(days=number // CONTACTS_PER_SHIFT)
                clock.boot_name = str(uuid4())
                logbook.sign_on(crew.person, crew.role, crew.watch, crew.unit)
            clock.at += timedelta(seconds=chance.uniform(60, 120 * BETWEEN_MINUTES), milliseconds=chance.random())
            clock.at = whole_milliseconds(clock.at)
            logbook.log(details_of(chance, crew, reference))
        return Device(store).identity(), store.ready(count)
