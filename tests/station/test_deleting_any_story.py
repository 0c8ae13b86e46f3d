"""Whatever was logged: after deleting, the worksheets are those of a station that never had what was deleted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from doubles import FixedClock
from examples import WORKSHEET
from handset import Handset, enrolled_handset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keeping import DAYS, FIRST, TODAY, until
from sqlalchemy import select
from sqlalchemy.orm import Session

from station.callers import locked
from station.database import Database
from station.deleting import Order, Tally, _Place, _step
from station.desk import Desk
from station.intake import take_in
from station.table_base import Base
from station.worksheets import worksheets_on
from sync.canonical import JsonObject
from sync.records import hashed, record_to_json
from sync.reference import Reference
from sync.times import write_time
from sync.verdicts import Verdict

DAY = timedelta(days=1)
# Each example is rolled back, so all of them find the same database.
ROLLED_BACK = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
_DRAWN: dict[str, list[Any]] = {
    "person": ["900001", "900002"],
    "watch": ["day", "pm"],
    "tag": [None, "7"],
    "unit": [None, "42A"],
    "minutes": [None, 20],
    "claimed_at": [write_time(FIRST + count * DAY) for count in range(3)],
}


@pytest.fixture
def handset(database: Database, desk: Desk) -> Handset:
    """An enrolled device, heard a day after the last contact."""
    return enrolled_handset(database, desk, FixedClock(at=FIRST + 3 * DAY))


def a_story(draw: Any, handset: Handset) -> list[JsonObject]:  # noqa: ANN401 - hypothesis' own
    """Contacts of two people on three days with corrections, withdrawals and signatures, each with its number in its text."""
    story: list[JsonObject] = []
    for _ in range(draw(st.integers(1, 8))):
        values = {name: draw(st.sampled_from(values)) for name, values in _DRAWN.items()}
        contacts = [each for each in story if each["kind"] == "contact"]
        corrects = draw(st.none() | st.sampled_from([each["id"] for each in contacts])) if contacts else None
        number = handset.sequence + 1
        story.append(handset.contact(**values, corrects=corrects, note=f"mark-{number}-"))
        if draw(st.booleans()):
            back = draw(st.sampled_from([each["id"] for each in story if each["kind"] == "contact"]))
            story.append(handset.withdrawal(back, person=values["person"], reason=f"mark-{handset.sequence + 1}-"))
    last = story[0]
    if draw(st.booleans()):
        plain = record_to_json(replace(WORKSHEET, key=None, signature=None)) | handset._stamp()
        signed = {"contacts": [last["id"]], "person": last["person"], "watch": last["watch"]}
        story.append(hashed(plain | signed | {"shift_on": draw(st.sampled_from([str(day) for day in DAYS]))}))
    return story


def sheet_of(record: JsonObject) -> tuple[date, str, str] | None:
    """The worksheet of a contact or a signature; in this test each watch is of its own day."""
    if record["kind"] == "contact":
        day = datetime.fromisoformat(record["claimed_at"]).astimezone(UTC).date()
        return day, record["watch"], record["person"]
    return (date.fromisoformat(record["shift_on"]), record["watch"], record["person"]) if "shift_on" in record else None


def what_goes(story: list[JsonObject], last: date) -> set[str]:
    """The ids of what hangs together with nothing after a day: by the simplest reckoning there is."""
    near: dict[str, set[str]] = {each["id"]: set() for each in story}
    for one in story:
        for other in story:
            is_tied = sheet_of(one) == sheet_of(other) is not None
            if is_tied or other["id"] in (one.get("corrects"), one.get("withdraws")):
                near[one["id"]].add(other["id"])
                near[other["id"]].add(one["id"])
    days = {each["id"]: sheet[0] for each in story if (sheet := sheet_of(each))}
    gone = set()
    for start in near:
        found, edge = {start}, {start}
        while edge := {other for each in edge for other in near[each]} - found:
            found |= edge
        if all(days[each] <= last for each in found if each in days):
            gone |= found
    return gone


def took_in(session: Session, handset: Handset, reference: Reference, records: list[JsonObject]) -> None:
    """Take records in, long ago."""
    device = locked(session, UUID(handset.device))
    receipt = take_in(session, device, handset.batch(*records), handset.clock.now(), reference)
    assert {each.verdict for each in receipt.verdicts} <= {Verdict.ACCEPTED}


def sheets_in(session: Session, reference: Reference) -> list[str]:
    """What the worksheets of all days say; missing numbers are those of whoever never had them."""
    found = [worksheets_on(session, reference, day) for day in (*DAYS, FIRST.date() + 3 * DAY)]
    return [
        repr((each.lines, [odd for odd in each.findings if odd.name != "sequence-missing"], each.signings))
        for each in found
    ]


def dumped(session: Session) -> str:
    """Every value of every table."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "reference_versions"]
    return "".join(repr(tuple(row)) for table in tables for row in session.execute(select(table)))


def deleted(session: Session, order: Order) -> Tally:
    """Delete to the end, in one transaction."""
    at: _Place | None = _Place()
    tally = Tally()
    while at is not None:
        at = _step(session, order, at, tally, is_done=True)
    return tally


@ROLLED_BACK
@given(data=st.data())
def test_deleting_leaves_what_a_station_has_that_never_had_it(
    data: st.DataObject, handset: Handset, database: Database, reference: Reference
) -> None:
    story = a_story(data.draw, handset)
    last = data.draw(st.sampled_from(DAYS))
    gone = what_goes(story, last)
    with database.writing() as session:
        took_in(session, handset, reference, story)
        tally = deleted(session, until(reference, last, TODAY))
        after, text = sheets_in(session, reference), dumped(session)
        receipt = take_in(
            session, locked(session, UUID(handset.device)), handset.batch(*story), handset.clock.now(), reference
        )
        again = sheets_in(session, reference)
        session.rollback()
    with database.writing() as session:
        took_in(session, handset, reference, [each for each in story if each["id"] not in gone])
        never = sheets_in(session, reference)
        session.rollback()
    assert {str(each) for each in tally.ids} == gone
    assert after == never
    assert again == after
    assert {each.verdict for each in receipt.verdicts} == {Verdict.ALREADY_HERE}
    for each in story:
        assert (f"mark-{each['sequence']}-" in text) == (each["id"] not in gone and "shift_on" not in each)
