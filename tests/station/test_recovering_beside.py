"""A carried file taken in beside everything else: what it costs the others, and what it is said to have brought."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from doubles import START, FixedClock, uuids
from handset import Handset, enrolled_handset
from places import ON_SQLITE_ALONE
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from station.database import Database
from station.desk import Desk
from station.recovery import Recovered, recover
from sync.bundle import Bundle, Opened, bundle_body
from sync.canonical import JsonObject
from sync.reference import Reference
from sync.verdicts import Verdict

OTHER_DEVICE = "01920000-0000-7000-8000-00000000d002"


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
    assert [scan for scan in scans if scan.startswith(("SCAN records", "SCAN quarantine"))] == []


@dataclass
class _Slow(Database):
    """A database before whose writing something happens, once."""

    inner: Database
    meanwhile: list[Callable[[], object]]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.inner.reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        while self.meanwhile:
            self.meanwhile.pop()()
        with self.inner.writing() as session:
            yield session


def test_what_is_put_aside_of_another_device_meanwhile_is_not_said_to_be_the_files(
    handset: Handset, database: Database, reference: Reference
) -> None:
    other = enrolled_handset(database, handset.desk, FixedClock(ids=uuids(5_000)), OTHER_DEVICE)

    def put_one_aside() -> None:
        assert other.verdicts(other.contact(watch="nobody's")) == [Verdict.QUARANTINED]

    bad = handset.contact(watch="nobody's")
    for newly in (1, 0):
        found = carried(_Slow(database, [put_one_aside]), reference, handset, handset.contact(), bad)
        assert (found.newly_quarantined, found.verdicts[Verdict.QUARANTINED]) == (newly, 1)
