"""A station after three years: so many contacts of so many people, written straight into its database, for bench/pages.py.

People have ten contacts on a worksheet, as long as there are enough of them; so more contacts are more worksheets a day.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import uuid6
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.changes import count_and_change
from bench.fleet import Sender, enrol_all
from bench.straight import Straight
from demo.weeks import CREWS, Crew, details_of
from station.accounts import first_administrator
from station.database import open_database
from station.people import ADMIN
from station.people_tables import AccountRow, PersonRow
from station.tables import ContactRow, DeviceRow
from sync.limits import BATCH_RECORDS_MAX
from sync.records import Contact, Source, hashed, record_to_json
from sync.reference import Reference
from sync.times import whole_milliseconds
from sync.wire import Batch

DAYS = 3 * 365
CONTACTS_PER_SHEET = 10
_MINUTES_BETWEEN = 40
_DEVICES = 60
_LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet."""

    on: date
    watch: str
    person: str


class Years:
    """What one database is filled with; the same for the same seed but for ids and keys."""

    def __init__(self, at: Path | str, reference: Reference, seed: int) -> None:
        self._at = at
        self._reference = reference
        self._chance = random.Random(seed)  # noqa: S311 - a story, no secret
        self.last = datetime.now(UTC).astimezone(reference.zone).date()

    def fill(self, contacts: int) -> None:
        """Write the contacts."""
        database = open_database(self._at)
        senders = enrol_all(database, _DEVICES)
        database.close()
        straight = Straight(self._at)
        for batch in self._batches(contacts, senders):
            straight.store([straight.rows_of(batch, self._reference)])
        straight.close()
        self._say_how_far(senders)
        count_and_change(self._at, self._reference, self._chance)
        self._finish(contacts)

    def _batches(self, contacts: int, senders: list[Sender]) -> Iterator[Batch]:
        per_day = contacts / DAYS
        records: list[Contact] = []
        made, sender = 0, senders[0]
        for day in range(DAYS):
            on = self.last - timedelta(days=DAYS - 1 - day)
            wanted = min(contacts, round(per_day * (day + 1))) - made
            for place in range(-(-wanted // CONTACTS_PER_SHEET)):
                crew = self._crew(place)
                count = min(CONTACTS_PER_SHEET, wanted - place * CONTACTS_PER_SHEET)
                records += [self._contact(sender, crew, on, number) for number in range(count)]
                made += count
                if len(records) + CONTACTS_PER_SHEET > BATCH_RECORDS_MAX:
                    yield _batch(sender, records)
                    sender, records = self._chance.choice(senders), []
        if records:
            yield _batch(sender, records)

    def _crew(self, place: int) -> Crew:
        deputies = [crew for crew in CREWS if crew.unit is not None]
        crew = deputies[place % 3]
        car = place * 2 // 3  # sixty cars at a million contacts
        unit = f"{41 + car % 40}{_LETTERS[car // 40 % len(_LETTERS)]}"
        return replace(crew, person=str(900_100 + place), unit=unit)

    def _contact(self, sender: Sender, crew: Crew, on: date, number: int) -> Contact:
        watch = self._reference.watches[crew.watch]
        begin = datetime.combine(on, watch.starts, self._reference.zone)
        at = whole_milliseconds(begin + timedelta(minutes=_MINUTES_BETWEEN * (number + self._chance.random())))
        details = details_of(self._chance, crew, self._reference)
        sender.sequence += 1
        known = {name: getattr(details, name) for name in ("rd", "tag", "people", "cards", "minutes", "note")}
        return Contact(
            id=_id_of(at, self._chance),
            device=sender.device,
            sequence=sender.sequence,
            person=crew.person,
            entered_at=at.astimezone(UTC),
            monotonic_ms=60_000 * _MINUTES_BETWEEN * number,
            boot=str(on),
            claimed_at=at.astimezone(UTC),
            setting=details.setting,
            source=self._reference.settings[details.setting].always_source or details.source or Source.OBS,
            role=crew.role,
            watch=crew.watch,
            unit=crew.unit,
            **known,
        )

    def _say_how_far(self, senders: list[Sender]) -> None:
        """Let each device have said how many numbers it has given out, as it does with every batch."""
        said = {UUID(sender.device): sender.sequence for sender in senders}
        database = open_database(self._at)
        with database.writing() as session:
            for device in session.scalars(select(DeviceRow)):
                device.sequence_last = said[device.id]
        database.close()

    def _finish(self, contacts: int) -> None:
        """Make the people known, let devices have been heard, and let the administrator be able to sign in."""
        now = datetime.now(UTC)
        database = open_database(self._at)
        with database.writing() as session:
            count = -(-contacts // DAYS // CONTACTS_PER_SHEET) + 1
            session.add_all(
                PersonRow(number=str(900_100 + place), role="deputy", added_at=now) for place in range(count)
            )
            for device in session.scalars(select(DeviceRow)):
                device.heard_at = now - timedelta(minutes=self._chance.randint(0, 600))
            first_administrator(session, now)
            account = session.get_one(AccountRow, ADMIN)
            account.is_password_temporary, account.totp_secret = False, "A" * 32
        database.close()
        if not isinstance(self._at, Path):  # as a server does by itself in the minutes after so many rows
            with psycopg.connect(self._at, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")


def some_sheets(session: Session, chance: random.Random, count: int) -> list[Sheet]:
    """Worksheets of a filled database: those of the contacts nearest after moments drawn by chance."""
    first, last = (
        session.execute(select(ContactRow.id).order_by(end).limit(1)).scalar_one()
        for end in (ContactRow.id, ContactRow.id.desc())
    )
    found = (
        session.execute(
            select(ContactRow.shift_on, ContactRow.watch, ContactRow.person)
            .where(ContactRow.id >= UUID(int=chance.randint(first.int, last.int)))
            .order_by(ContactRow.id)
            .limit(1)
        ).one()
        for _ in range(count)
    )
    return [Sheet(row.shift_on, row.watch, row.person) for row in found]


def _id_of(at: datetime, chance: random.Random) -> str:
    return str(uuid6.UUID(int=(int(at.timestamp() * 1000) << 80) | chance.getrandbits(76), version=7))


def _batch(sender: Sender, records: list[Contact]) -> Batch:
    sent_at = max(record.entered_at for record in records) + timedelta(minutes=1)
    found = tuple(hashed(record_to_json(record)) for record in records)
    return Batch(
        batch=str(uuid4()),
        device=str(UUID(sender.device)),
        app="0.1.0",
        sent_at=sent_at,
        monotonic_ms=records[-1].monotonic_ms,
        boot=records[-1].boot,
        sequence_last=sender.sequence,
        records=found,
        ready=len(records),
        epoch=sender.epoch,
    )
