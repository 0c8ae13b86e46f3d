"""What a station's contacts of the last weeks have besides themselves: some withdrawn, some corrected, and cards counted in each car.

Taken in as everything is, in the name of the devices that the contacts came from.
"""

import random
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import uuid6
from sqlalchemy import select

from station.callers import locked
from station.card_tables import CardCountRow
from station.database import open_database
from station.late import late_batch, take_in_late, unknown_clocks
from station.tables import ContactRow, DeviceRow, RecordRow
from sync.canonical import JsonObject, read_json
from sync.limits import BATCH_RECORDS_MAX
from sync.records import CardCount, Contact, Withdrawal, hashed, record_from_json, record_to_json
from sync.reference import Reference

_LATELY = timedelta(days=60)
# Of a hundred contacts, so many are withdrawn and so many corrected: made up, and rather more than a careful crew would have.
WITHDRAWN, CORRECTED = 0.02, 0.02
# A car's cards are counted once a shift or so.
_COUNTS_A_DAY = 2


def count_and_change(at: Path | str, reference: Reference, chance: random.Random) -> None:
    """Withdraw and correct some contacts of the last weeks, and count the cards of every car that has any."""
    now = datetime.now(UTC)
    with closing(open_database(at)) as database, database.writing() as session:
        devices = {key: locked(session, key) for key in session.scalars(select(DeviceRow.id))}
        found = session.execute(
            select(RecordRow.device_id, RecordRow.canonical, ContactRow.unit)
            .join(ContactRow, ContactRow.id == RecordRow.id)
            .where(ContactRow.contact_at >= now - _LATELY, ContactRow.contact_at < now)
        ).all()
        made: dict[UUID, list[JsonObject]] = defaultdict(list)
        counted: set[tuple[str, float]] = set()
        for device, canonical, unit in found:
            contact = record_from_json(read_json(canonical))
            assert isinstance(contact, Contact)  # noqa: S101 - it stands in the table of contacts
            half_day = contact.claimed_at.timestamp() // (86_400 / _COUNTS_A_DAY)
            fresh = _changes(contact, chance)
            if unit is not None and (unit, half_day) not in counted:
                counted.add((unit, half_day))
                fresh.append(_count(contact, unit, chance))
            for record in fresh:
                devices[device].sequence_last += 1
                made[device].append(hashed(record_to_json(replace(record, sequence=devices[device].sequence_last))))
        for device, records in made.items():
            for start in range(0, len(records), BATCH_RECORDS_MAX):
                some = records[start : start + BATCH_RECORDS_MAX]
                batch = late_batch(device, some, unknown_clocks(now), app="0.1.0")
                take_in_late(session, devices[device], batch, now, reference)
        session.flush()
        assert session.scalar(select(CardCountRow.id).limit(1)) is not None or not found  # noqa: S101 - they were taken in


def _changes(contact: Contact, chance: random.Random) -> list[Contact | Withdrawal | CardCount]:
    dice = chance.random()
    if dice < WITHDRAWN:
        return [Withdrawal(**_stamp(contact, chance), withdraws=contact.id, reason="mistake")]
    if dice < WITHDRAWN + CORRECTED:
        return [replace(contact, **_stamp(contact, chance), corrects=contact.id, cards=contact.cards + 1)]
    return []


def _count(contact: Contact, unit: str, chance: random.Random) -> CardCount:
    return CardCount(**_stamp(contact, chance), unit=unit, cards=chance.randint(0, 150))


def _stamp(contact: Contact, chance: random.Random) -> dict[str, Any]:
    at = contact.entered_at + timedelta(minutes=1)
    key = uuid6.UUID(int=(int(at.timestamp() * 1000) << 80) | chance.getrandbits(76), version=7)
    return {
        "id": str(key),
        "device": contact.device,
        "sequence": 1,  # the device gives the next one
        "person": contact.person,
        "entered_at": at,
        "monotonic_ms": contact.monotonic_ms,
        "boot": contact.boot,
    }
