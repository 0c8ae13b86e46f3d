"""Which numbers of a device are missing, whatever has come in whatever order."""

import random

import pytest
from doubles import FixedClock
from handset import enrolled_handset
from sqlalchemy import select

from station.audits import ranges_in
from station.database import Database
from station.desk import Desk
from station.tables import DeviceRow
from sync.audit import Audit, Range
from sync.canonical import JsonObject
from sync.limits import MISSING_RANGES_MAX


def missing_of(said: int, held: set[int]) -> list[Range]:
    """The ranges of all numbers that are not held, by looking at each."""
    found: list[Range] = []
    for number in sorted(set(range(1, said + 1)) - held):
        first = found.pop()[0] if found and found[-1][1] == number - 1 else number
        found.append((first, number))
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kept_back", [0.1, 0.5])
def test_an_audit_names_what_is_missing_in_whatever_order_records_come(
    seed: int, kept_back: float, database: Database, desk: Desk, clock: FixedClock
) -> None:
    chance = random.Random(seed)
    handset = enrolled_handset(database, desk, clock)
    waiting: list[JsonObject] = []
    held: set[int] = set()
    for _ in range(12):
        waiting += [handset.contact() for _ in range(chance.randrange(40))]
        chance.shuffle(waiting)
        going = [waiting.pop() for _ in range(round(len(waiting) * (1 - kept_back)))]
        held |= {record["sequence"] for record in going}
        audit = handset.send(handset.batch(*going)).audit
        missing = missing_of(handset.sequence, held)
        assert audit == Audit(handset.sequence, len(held), tuple(missing[:MISSING_RANGES_MAX]))
    handset.verdicts(*waiting)
    assert handset.send(handset.batch()).audit == Audit(handset.sequence, handset.sequence)


def test_what_an_audit_found_missing_is_all_that_the_next_one_asks_for_again(
    database: Database, desk: Desk, clock: FixedClock
) -> None:
    handset = enrolled_handset(database, desk, clock)
    records = [handset.contact() for _ in range(9)]
    handset.verdicts(*records[4:6], *records[7:])
    with database.reading() as session:
        row = session.scalars(select(DeviceRow)).one()
        assert (row.audited_through, ranges_in(row.missing or "")) == (9, [(1, 4), (7, 7)])
    handset.verdicts(records[2], records[6])
    with database.reading() as session:
        row = session.scalars(select(DeviceRow)).one()
        assert (row.audited_through, ranges_in(row.missing or "")) == (9, [(1, 2), (4, 4)])


def test_more_ranges_than_can_be_named_are_looked_for_again(database: Database, desk: Desk, clock: FixedClock) -> None:
    handset = enrolled_handset(database, desk, clock)
    records = [handset.contact() for _ in range(2 * MISSING_RANGES_MAX + 4)]
    odd, even = records[::2], records[1::2]
    handset.verdicts(*odd)
    with database.reading() as session:
        row = session.scalars(select(DeviceRow)).one()
        assert (row.audited_through, row.missing_count) == (2 * MISSING_RANGES_MAX, len(even))
    assert handset.send(handset.batch(*even[-2:])).audit.held == len(odd) + 2
    assert handset.send(handset.batch(*even[:-2])).audit == Audit(len(records), len(records))
