"""Coverage: it counts like the worksheets, in whatever order records came, and what is kept of it is void once a contact changes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from doubles import START, FixedClock
from examples import WORKSHEET
from handset import ON, Handset, enrolled_handset, hand_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keeping import DAYS, FIRST, TODAY, at, delete_all, until
from sqlalchemy import select

from station.callers import locked
from station.coverage import Span, coverage_of, last_contact
from station.coverage_counts import By, Counts, Coverage, Entry, entry_of
from station.database import Database
from station.desk import Desk
from station.devices import the_station
from station.intake import take_in
from station.keeping import keep_up, missing, settle
from station.kept_tables import KeptCountsRow
from station.worksheets import Line, worksheet_lines
from sync.canonical import JsonObject
from sync.records import hashed, record_to_json
from sync.reference import Reference
from sync.times import write_time

DAY = timedelta(days=1)
SPAN = Span(ON - 2 * DAY, ON + DAY)
LATE = timedelta(hours=8)
# What contacts differ in, so that some match and some are moved to another date.
ALIKE: dict[str, list[object]] = {
    "person": ["900001", "900002"],
    "watch": ["em", "day", "pm"],
    "unit": [None, "42A"],
    "rd": [None, "0454", "0460"],
    "tag": [None, "7"],
    "setting": ["coffee-shop", "other"],
    "claimed_at": [write_time(START - timedelta(minutes=minutes)) for minutes in (0, 5, 50, 600, 1440)],
}
Flat = Counter[tuple[str, str, str]]


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


def flat(counts: Counts) -> Flat:
    """Counts, each by RD, by what and by its value."""
    return Counter(
        {
            (rd, by, value): count
            for rd, of_rd in counts.items()
            for by, values in of_rd.items()
            for value, count in values.items()
        }
    )


def counted_plainly(lines: Iterable[Line]) -> Flat:
    """The same, one by one, from what the worksheets list."""
    found: Flat = Counter()
    for line in lines:
        if not line.is_counted:
            continue
        values = {
            "setting": line.contact.setting,
            "watch": line.contact.watch,
            "weekday": str(line.contact_at.weekday()),
            "hour": str(line.contact_at.hour),
        }
        found.update((line.contact.rd or "", by, value) for by, value in values.items())
    return found


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_coverage_is_a_plain_count_of_the_worksheets_after_each_batch(
    data: st.DataObject, handset: Handset, database: Database, reference: Reference
) -> None:
    """Corrections, withdrawals and partners' contacts in any order; then all rolled back. What is kept: test_kept_days.py."""
    story: list[JsonObject] = []
    for _ in range(data.draw(st.integers(1, 9))):
        before = data.draw(st.none() | st.sampled_from([each["id"] for each in story])) if story else None
        changes = {name: data.draw(st.sampled_from(values)) for name, values in ALIKE.items()}
        story.append(handset.contact(**changes, corrects=before))
        if data.draw(st.booleans()):
            story.append(handset.withdrawal(data.draw(st.sampled_from(story))["id"], person=changes["person"]))
    story = data.draw(st.permutations(story))
    with database.writing() as session:
        device = locked(session, UUID(handset.device))
        while story:
            cut = data.draw(st.integers(1, len(story)))
            take_in(session, device, handset.batch(*story[:cut]), START, reference)
            story = story[cut:]
            found = coverage_of(session, reference, SPAN)
            lines = [line for on in SPAN.dates() for line in worksheet_lines(session, reference, on)]
            counts = flat(found.counts)
            assert {key: n for key, n in counts.items() if key[1] != "entry"} == counted_plainly(lines)
            late = sum(n for (_, by, value), n in counts.items() if (by, value) == ("entry", "late"))
            assert late == sum(line.is_counted and "logged-late" in line.flags for line in lines)
        session.rollback()


def test_a_contact_that_was_handed_in_late_and_a_partners_on_the_date_before_are_counted_again(
    handset: Handset, database: Database, reference: Reference
) -> None:
    """An early-morning watch still has the contact of six o'clock on the date before; its partner's is the day's."""
    six = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)  # 06:00 in Norwalk
    shared = {"tag": "7", "source": "call", "rd": "0454", "unit": None, "claimed_at": write_time(six)}
    hand_in(handset, handset.contact(**shared, watch="day"))
    settle(database, reference)
    keep_up(database, reference, 60)
    assert _coverage(database, reference, SPAN).by(By.WATCH) == {"day": 1}
    hand_in(
        handset, handset.contact(**shared | {"claimed_at": write_time(six - DAY / 1_440)}, watch="em", person="900002")
    )
    for _ in range(2):
        assert _coverage(database, reference, SPAN).by(By.WATCH) == {"em": 1}
        settle(database, reference)


def test_a_withdrawn_correction_gives_the_date_back_what_it_had_taken(
    handset: Handset, database: Database, reference: Reference
) -> None:
    def days() -> dict[str, int]:
        return dict(_coverage(database, reference, SPAN).by(By.WEEKDAY))

    first = handset.contact(claimed_at=write_time(START - 2 * DAY))
    again = handset.contact(corrects=first["id"], claimed_at=write_time(START - DAY))
    hand_in(handset, first, again)
    assert days() == {"5": 1}
    moved = handset.contact(corrects=again["id"])
    hand_in(handset, moved)
    hand_in(handset, handset.withdrawal(again["id"]))
    assert days() == {"6": 1}
    hand_in(handset, handset.withdrawal(moved["id"]))
    assert days() == {"4": 1}


def test_deleted_contacts_are_counted_no_more(handset: Handset, database: Database, reference: Reference) -> None:
    """Nor does anything that was kept tell of them, however late somebody keeps what they counted before."""
    at(handset, FIRST)
    hand_in(handset, handset.contact(rd="0454"))
    at(handset, TODAY)
    keep_up(database, reference, 60)
    keep_up(database, reference, 60)
    assert _kept(database) == [DAYS[0]]
    delete_all(database, until(reference))
    assert _kept(database) == []
    assert _coverage(database, reference, Span(DAYS[0], DAYS[2])) == Coverage()
    with database.reading() as session:
        assert last_contact(session, "0454", TODAY.date()) is None


def test_counts_are_kept_once_nothing_changes_and_void_once_a_contact_does(
    handset: Handset, database: Database, reference: Reference
) -> None:
    """A signature or a review counts nothing: what is kept stays."""
    hand_in(handset, handset.contact(rd="0454"))
    keep_up(database, reference, 60)
    assert _kept(database) == []  # something changed in this round
    keep_up(database, reference, 60)
    assert _kept(database) == [ON]
    _spoil(database)
    assert _coverage(database, reference, SPAN).of("0454") == 0  # what is kept is really what the page shows
    plain = record_to_json(replace(WORKSHEET, key=None, signature=None)) | handset._stamp()
    hand_in(handset, hashed(plain | {"contacts": [], "shift_on": ON.isoformat()}))
    assert settle(database, reference)
    assert _kept(database) == [ON]
    hand_in(handset, handset.contact(rd="0454"))
    assert _coverage(database, reference, SPAN).of("0454") == 2
    assert settle(database, reference)
    assert _kept(database) == []


def test_counts_of_another_life_of_the_database_are_void(
    handset: Handset, database: Database, reference: Reference
) -> None:
    hand_in(handset, handset.contact(rd="0454"))
    settle(database, reference)
    keep_up(database, reference, 60)
    _spoil(database)
    with database.writing() as session:
        the_station(session).epoch = "another"
    assert _coverage(database, reference, SPAN).last == {"0454": ON}
    assert missing(database, reference, KeptCountsRow) == [ON]


def _coverage(database: Database, reference: Reference, span: Span) -> Coverage:
    with database.reading() as session:
        return coverage_of(session, reference, span)


def _kept(database: Database) -> list[date]:
    with database.reading() as session:
        return [*session.scalars(select(KeptCountsRow.shift_on))]


def _spoil(database: Database) -> None:
    """Let what is kept be recognised: nothing was counted."""
    with database.writing() as session:
        session.scalars(select(KeptCountsRow)).one().counts = "{}"


def test_an_rd_has_the_last_date_on_which_a_contact_stands(handset: Handset, database: Database) -> None:
    def ago(days: int) -> str:
        return write_time(START - days * DAY)

    first, second, third = (handset.contact(rd="0454", claimed_at=ago(days)) for days in (5, 4, 3))
    elsewhere = handset.contact(rd="0460", claimed_at=ago(3), corrects=third["id"])
    hand_in(handset, first, second, third, elsewhere, handset.withdrawal(second["id"]))

    def last(before: date) -> date | None:
        with database.reading() as session:
            return last_contact(session, "0454", before)

    assert last(ON) == ON - 5 * DAY
    assert last(ON - 5 * DAY) is None
    hand_in(handset, handset.withdrawal(elsewhere["id"]))
    assert last(ON) == ON - 3 * DAY


@pytest.mark.parametrize(
    ("minutes", "entry"),
    [
        (-30, Entry.AT_ONCE),
        (5, Entry.AT_ONCE),
        (6, Entry.HOUR),
        (61, Entry.IN_TIME),
        (480, Entry.IN_TIME),
        (481, Entry.LATE),
    ],
)
def test_how_soon_a_contact_was_entered(minutes: int, entry: Entry) -> None:
    assert entry_of(timedelta(minutes=minutes), LATE) is entry


def test_a_station_with_a_short_limit_has_late_entries_soon() -> None:
    assert entry_of(timedelta(minutes=4), timedelta(minutes=3)) is Entry.LATE
