"""Counts of the cards in the cars at the station: taken in once, held by an older station, read from what was stored."""

from datetime import timedelta
from uuid import UUID

import pytest
from alembic import command
from cars import Car
from doubles import START, FixedClock
from examples import CARD_COUNT
from handset import Handset, enrolled_handset
from sqlalchemy import select

from field_app.stamps import stamp_of
from station.callers import locked
from station.card_tables import CardCountRow
from station.database import Database
from station.desk import Desk
from station.late import late_batch, take_in_late, unknown_clocks
from station.quarantine import State, listed
from station.releasing import try_held_again
from station.revisions import _alembic
from station.tables import ContactRow, QuarantineRow, ReceiptRow
from sync.canonical import JsonObject, canonical_bytes, content_hash
from sync.records import CardCount, hashed, record_to_json
from sync.reference import Reference
from sync.verdicts import Verdict


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """A device without an app."""
    return enrolled_handset(database, desk, clock)


def count_of(handset: Handset, **changes: object) -> JsonObject:
    """The next record, a count of the cards."""
    return hashed(record_to_json(CARD_COUNT) | handset._stamp() | changes)


def counts(database: Database) -> list[tuple[str, int, int]]:
    """The counts: unit, minutes since the example's time, cards."""
    with database.reading() as session:
        rows = session.scalars(select(CardCountRow).order_by(CardCountRow.id)).all()
        return [(row.unit, round((row.counted_at - START).total_seconds() / 60), row.cards) for row in rows]


def test_a_count_from_a_car_is_stored_once_however_often_it_comes(
    car: Car, database: Database, handset: Handset
) -> None:
    def make(sequence: int) -> CardCount:
        return CardCount(**stamp_of(car.clock, car.device, "900001", sequence), unit="42A", cards=38)

    car.store.add([make])
    assert car.send().records_received == 1
    assert counts(database) == [("42A", 0, 38)]
    count = count_of(handset, cards=0)
    assert handset.verdicts(count, count) == [Verdict.ACCEPTED, Verdict.ALREADY_HERE]
    assert handset.verdicts(count) == [Verdict.ALREADY_HERE]
    assert len(counts(database)) == 2


def test_a_wrong_clock_is_put_right(handset: Handset, database: Database, clock: FixedClock) -> None:
    clock.passes(3_600)
    wrong = count_of(handset, entered_at="2026-11-20T22:32:05.123Z")
    handset.send(handset.batch(wrong, sent_at=START - timedelta(days=2)))
    assert counts(database) == [("42A", 60, 38)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": "4 2"}, "is not a unit"),
        ({"person": "9001"}, "is not a person's number"),
        ({"cards": -1}, "cards must be a whole number"),
        ({"cards": 10_000}, "cards must be a whole number"),
    ],
)
def test_what_cannot_be_a_count_is_put_aside_with_the_reason(
    handset: Handset, database: Database, changes: JsonObject, words: str
) -> None:
    judged = handset.send(handset.batch(count_of(handset, **changes))).verdicts[0]
    assert judged.verdict is Verdict.QUARANTINED
    assert words in (judged.reason or "")
    assert counts(database) == []


def test_what_an_older_station_held_is_taken_in_after_its_upgrade(
    handset: Handset, database: Database, clock: FixedClock, reference: Reference
) -> None:
    """A station before this one answered `h` to a kind that it did not know, and kept the bytes."""
    unknown = hashed({**record_to_json(CARD_COUNT), **handset._stamp(), "kind": "weather"})
    assert handset.verdicts(unknown) == [Verdict.HELD]
    count = canonical_bytes(count_of(handset))
    with database.writing() as session:
        held = session.scalars(select(QuarantineRow)).one()
        held.raw, held.raw_hash = count, content_hash(count)
    assert try_held_again(database, reference, clock.now()) == 1
    assert counts(database) == [("42A", 0, 38)]
    with database.reading() as session:
        assert listed(session, State.WAITING, 0) == []


def test_contacts_and_counts_of_a_backup_or_bundle_come_in_the_same_way(
    handset: Handset, database: Database, clock: FixedClock, reference: Reference
) -> None:
    contact, count = handset.contact(cards=7), count_of(handset)
    with database.writing() as session:
        device = locked(session, UUID(handset.device))
        batch = late_batch(device.id, [contact, count], unknown_clocks(clock.now()), app="0.1.0")
        take_in_late(session, device, batch, clock.now(), reference)
        assert session.scalars(select(ContactRow.cards)).all() == [7]
        assert len(session.scalars(select(ReceiptRow)).all()) == 1
    assert counts(database) == [("42A", 0, 38)]


def test_an_older_stations_contacts_get_their_cards_from_their_records(handset: Handset, database: Database) -> None:
    contacts = [handset.contact(cards=number) for number in range(501)]  # more than one round
    handset.send(handset.batch(*contacts))

    def cards() -> list[int]:
        with database.reading() as session:
            return list(session.scalars(select(ContactRow.cards).order_by(ContactRow.id)))

    assert cards() == list(range(501))
    with database._engine.begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")
        command.upgrade(config, "head")
    assert cards() == list(range(501))
