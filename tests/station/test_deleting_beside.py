"""Deleting beside everything else: devices hand in meanwhile, and no table is forgotten."""

from pathlib import Path
from threading import Thread

import pytest
from doubles import FixedClock
from handset import Handset, Sheet, enrolled_handset, hand_in
from keeping import BOARD, DAYS, FIRST, TODAY, at, audit_is_whole, until

from station.database import Database
from station.deleting import SHEETS_AT_ONCE, delete
from station.desk import Desk
from station.table_base import Base
from sync.reference import Reference

DECISION = Path(__file__).parents[2] / "docs" / "adr" / "0030-deleting-records.md"


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


def test_devices_hand_in_while_records_are_deleted(handset: Handset, database: Database, reference: Reference) -> None:
    at(handset, FIRST)
    count = 5 * SHEETS_AT_ONCE
    hand_in(handset, *(handset.contact(person=f"90{number:04}") for number in range(count)))
    at(handset, TODAY)
    fresh = [handset.contact() for _ in range(20)]
    accepted: list[str] = []

    def send() -> None:
        for each in fresh:
            hand_in(handset, each)
            accepted.append(each["id"])

    sender = Thread(target=send)
    sender.start()
    tallies = list(delete(database, until(reference), BOARD))
    sender.join()
    sheet = Sheet(database, reference)
    assert (sum(tally.records for tally in tallies), sheet.ids(DAYS[0])) == (count, [])
    assert sorted(sheet.ids(TODAY.date())) == sorted(accepted) == sorted(each["id"] for each in fresh)
    assert audit_is_whole(database)


def test_the_decision_says_of_every_table_what_happens_there() -> None:
    text = DECISION.read_text("utf-8")
    assert [name for name in Base.metadata.tables if f"`{name}`" not in text] == []
