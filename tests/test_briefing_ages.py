"""Briefings between versions: an older station keeps what it cannot read yet, an older app what it cannot show yet."""

from datetime import timedelta
from pathlib import Path

from briefings import Sergeant, acknowledgement, briefing_told
from briefings_told import EVERYBODY, TODAY, item
from doubles import FixedClock
from handset import enrolled_handset
from sqlalchemy import select

from field_app.acknowledging import acknowledge, briefings_here
from field_app.hand import open_hand
from field_app.keys.keyring import STORE_NAME
from field_app.store.journal import JournalDB
from field_app.store.settling import NEWS
from station.briefing_readers import Reading
from station.database import Database
from station.desk import Desk
from station.people import add_person
from station.releasing import try_held_again
from station.roles import StationRole
from station.tables import QuarantineRow
from sync.canonical import canonical_bytes, content_hash
from sync.records import Role, hashed, unhashed
from sync.reference import Reference
from sync.verdicts import Verdict


def test_what_an_older_station_held_counts_as_read_after_its_upgrade(
    database: Database, desk: Desk, clock: FixedClock, reference: Reference
) -> None:
    """A station before this one answered `h` to a kind that it did not know, and kept the bytes."""
    with database.writing() as session:
        add_person(session, "900001", StationRole.DEPUTY, clock.now())
    sergeant, handset = Sergeant(database, reference), enrolled_handset(database, desk, clock)
    number = sergeant.sends()
    record = acknowledgement(handset, briefing_told(handset))
    assert handset.verdicts(hashed(unhashed(record) | {"kind": "weather"})) == [Verdict.HELD]
    with database.writing() as session:
        held = session.scalars(select(QuarantineRow)).one()
        held.raw, held.raw_hash = canonical_bytes(record), content_hash(canonical_bytes(record))
    assert sergeant.readers(number)["900001"].reading is Reading.NOT_READ
    assert try_held_again(database, reference, clock.now()) == 1
    found = sergeant.readers(number)["900001"]
    assert (found.reading, found.read_at) == (Reading.READ, clock.now())


def test_what_an_older_app_kept_is_shown_by_this_one(tmp_path: Path, reference: Reference) -> None:
    """An app before this one kept news of a kind that it did not know, under epoch and number, and showed nothing."""
    with JournalDB(tmp_path / STORE_NAME) as db:
        db.named_table(NEWS).put("6d6c4b54-0000-4000-8000-000000000001/12", item(EVERYBODY))
    with open_hand(tmp_path, FixedClock(), reference) as hand:
        hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
        (found,) = briefings_here(hand)
        assert (found.news, found.due_on) == (EVERYBODY, TODAY + timedelta(days=7))
        acknowledge(hand, found)
        assert [each.is_unread for each in briefings_here(hand)] == [False]
