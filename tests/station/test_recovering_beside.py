"""A carried file taken in beside everything else: what it costs the others, and what it is said to have brought."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from doubles import START, FixedClock
from handset import Handset, enrolled_handset
from places import ON_SQLITE_ALONE
from sqlalchemy import Connection, event

from station.database import Database
from station.desk import Desk
from station.recovery import Recovered, recover
from sync.bundle import Bundle, Opened, bundle_body
from sync.canonical import JsonObject
from sync.reference import Reference
from sync.verdicts import Verdict


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


def carried(database: Database, reference: Reference, handset: Handset, *records: JsonObject) -> Recovered:
    """What comes of a file with these records."""
    bundle = Bundle(handset.device, "0.1.0", START, handset.sequence, records=records)
    opened = Opened(bundle, bundle_body(bundle), None, is_sealed=False)
    return recover(database, reference, opened, handset.device, START)


@contextmanager
def read_whole(database: Database) -> Iterator[list[str]]:
    """What SQLite says of each question that reads a whole table."""
    found: list[str] = []

    def explain(
        connection: Connection, _cursor: object, statement: str, values: tuple[object, ...], *_: object
    ) -> None:
        if statement.startswith("SELECT"):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            found.extend(plan for *_, plan in rows if plan.startswith("SCAN"))

    event.listen(database._engine, "before_cursor_execute", explain)
    yield found
    event.remove(database._engine, "before_cursor_execute", explain)


@ON_SQLITE_ALONE
def test_no_batch_of_a_carried_file_reads_all_that_the_station_has(
    handset: Handset, database: Database, reference: Reference
) -> None:
    """It is taken in while every car waits for its turn to write."""
    contact, bad = handset.contact(), handset.contact(watch="nobody's")
    with read_whole(database) as scans:
        for verdict in (Verdict.ACCEPTED, Verdict.ALREADY_HERE):
            assert carried(database, reference, handset, contact, bad).verdicts[verdict] == 1
    assert [scan for scan in scans if scan.startswith("SCAN records")] == []
