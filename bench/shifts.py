"""Records as one deputy's device has them after many shifts: varied as in the demo, made by the app's own logbook."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import uuid6

from demo.weeks import CREWS, details_of
from field_app.device import Device
from field_app.logbook import Logbook
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.canonical import JsonObject
from sync.reference import load_reference
from sync.times import whole_milliseconds

CREW = CREWS[0]
CONTACTS_PER_SHIFT = 10
# Long enough for every shift of a run to lie in the past.
DAYS_BACK = 3_000


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


class Shifts:
    """One device, and shift after shift on it. `logbook`, `store` and `clock` are the app's own."""

    def __init__(self, db: JournalDB, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a story, no secret
        self._db = db
        self._logged = 0
        self._reference = load_reference()
        begins = whole_milliseconds(datetime.now(UTC)) - timedelta(days=DAYS_BACK)
        self._first = begins
        self.clock = ShiftClock(begins, begins)
        self.store = RecordStore(db)
        self.logbook = Logbook(self.store, self.clock, self._reference)
        self.device = Device(self.store)

    def log(self, count: int) -> list[JsonObject]:
        """Log so many contacts; they are all that is ready to send, as stored."""
        with self._db.journal.writing():
            for _ in range(count):
                if self._logged % CONTACTS_PER_SHIFT == 0:
                    self._begin_shift()
                self._logged += 1
                self.clock.at = whole_milliseconds(self.clock.at + timedelta(minutes=self._chance.uniform(1, 80)))
                self.logbook.log(details_of(self._chance, CREW, self._reference))
        return list(self.store.ready(count + 1))

    def _begin_shift(self) -> None:
        days = timedelta(days=self._logged // CONTACTS_PER_SHIFT)
        self.clock.at = self.clock.started_at = self._first + days
        self.clock.boot_name = str(uuid4())
        self.logbook.sign_on(CREW.person, CREW.role, CREW.watch, CREW.unit)
