"""Deleting what was kept for long enough: all of it, nothing else, and never again taken in."""

from datetime import timedelta
from uuid import UUID

import pytest
from doubles import FixedClock
from handset import Handset, Sheet, enrolled_handset, hand_in, row_counts
from keeping import BOARD, DAYS, FIRST, TODAY, a_day, at, audit_is_whole, delete_all, dump, three_days, until
from sqlalchemy import select

from station.boards import coverage, running
from station.card_stock import stock
from station.chronicle import all_entries
from station.database import Database
from station.deleting import SHEETS_AT_ONCE, Asked, Order, Stays, delete, preview
from station.desk import Desk
from station.happenings import Happening
from station.loose import NotDeleted
from station.news import news_after
from station.quarantine import EMPTIED, listed
from station.tables import DELETED, DeviceRow, RecordRow
from station.worksheets import worksheets_on
from sync.canonical import JsonObject
from sync.limits import REASON_CHARACTERS_MAX
from sync.reference import Reference
from sync.verdicts import Verdict

WORDS = ("alpha", "beta", "gamma")


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def days(handset: Handset, database: Database, reference: Reference) -> list[list[JsonObject]]:
    """Three days of long ago."""
    return three_days(handset, database, reference)


def words_in(database: Database) -> list[str]:
    """Which days' words are anywhere in the database."""
    found = dump(database)
    return [word for word in WORDS if word in found or word.encode().hex() in found]


@pytest.mark.usefixtures("days")
def test_two_days_of_three_are_gone_from_every_table_and_the_third_is_as_it_was(
    database: Database, reference: Reference, handset: Handset
) -> None:
    before = _third_day(database, reference)
    assert words_in(database) == list(WORDS)
    with database.reading() as session:
        seen = preview(session, until(reference))
    tallies = delete_all(database, until(reference))
    assert (seen.records, seen.contacts, seen.sheets) == (14, 8, 2)
    assert sum(tally.records for tally in tallies) == 14
    assert words_in(database) == ["gamma"]
    assert _third_day(database, reference) == before
    sheet = Sheet(database, reference)
    assert [len(sheet.lines(day)) for day in DAYS] == [0, 0, 2]


def _third_day(database: Database, reference: Reference) -> str:
    """What the third day's worksheets say: their contacts, exceptions and signatures."""
    with database.reading() as session:
        found = worksheets_on(session, reference, DAYS[2])
    return repr((found.lines, found.findings, found.signings))


def test_what_was_deleted_is_held_already_when_it_comes_again(
    database: Database, handset: Handset, reference: Reference, days: list[list[JsonObject]]
) -> None:
    delete_all(database, until(reference))
    before = row_counts(database)
    *records, conflicting, bad = days[0]
    assert handset.verdicts(*records) == [Verdict.ALREADY_HERE] * len(records)
    assert handset.verdicts(conflicting, bad) == [Verdict.CONFLICTING, Verdict.QUARANTINED]
    after = row_counts(database)
    assert after == before | {"receipts": before["receipts"] + 2}
    assert words_in(database) == ["gamma"]
    with database.reading() as session:
        row = session.get_one(RecordRow, UUID(records[0]["id"]))
        assert (row.kind, row.canonical, row.person, row.hash) == (DELETED, b"", "", records[0]["hash"])


def test_other_contents_under_the_id_of_what_was_deleted_are_put_aside(
    database: Database, handset: Handset, reference: Reference
) -> None:
    at(handset, FIRST)
    contact = handset.contact()
    hand_in(handset, contact)
    at(handset, TODAY)
    delete_all(database, until(reference))
    forged = handset.contact(id=contact["id"], sequence=contact["sequence"], note="not the same")
    assert handset.verdicts(forged) == [Verdict.CONFLICTING]


@pytest.mark.usefixtures("days")
def test_no_number_is_missing_afterwards(database: Database, handset: Handset, reference: Reference) -> None:
    delete_all(database, until(reference))
    at(handset, TODAY)
    receipt = handset.send(handset.batch())
    assert receipt.audit.missing == ()
    with database.reading() as session:
        assert session.scalars(select(DeviceRow.missing_count)).all() == [0]


@pytest.mark.usefixtures("days")
def test_a_correction_that_comes_late_stands_by_itself(
    database: Database, handset: Handset, reference: Reference, days: list[list[JsonObject]]
) -> None:
    delete_all(database, until(reference))
    late = handset.contact(corrects=days[0][3]["id"])
    hand_in(handset, late, handset.withdrawal(days[0][2]["id"]))
    lines = Sheet(database, reference).lines(TODAY.date())
    assert [(line.contact.id, line.original, line.replaces) for line in lines] == [(late["id"], None, ())]


@pytest.mark.usefixtures("days")
def test_each_transaction_is_an_entry_and_the_audit_is_whole(
    database: Database, reference: Reference, days: list[list[JsonObject]]
) -> None:
    tallies = delete_all(database, until(reference))
    with database.reading() as session:
        told = [each for each in all_entries(session) if each.kind == Happening.RECORDS_DELETED]
    assert len(told) == len(tallies)
    assert all(tally.mark in entry.details for tally, entry in zip(tallies, told, strict=True))
    assert {entry.who for entry in told} == {"admin"}
    assert all(entry.details.endswith("(Government Code 26202): Resolution 12") for entry in told)
    assert "12 records (8 contacts, 2 worksheets)" in told[0].details
    assert "worksheets of 2023-03-06 to 2023-03-07" in told[0].details
    ids = sorted(record["id"] for day in days[:2] for record in day[:6])
    assert sorted(map(str, tallies[0].ids)) == ids
    assert audit_is_whole(database)


@pytest.mark.usefixtures("days")
def test_the_numbered_rows_stay_emptied_so_that_no_number_is_given_twice(
    database: Database, reference: Reference, handset: Handset
) -> None:
    before = row_counts(database)
    delete_all(database, until(reference))
    after = row_counts(database)
    for name in ("records", "quarantine", "quarantine_decisions", "news", "reviews", "bundles", "receipts", "devices"):
        assert after[name] == before[name], name
    assert (after["contacts"], after["withdrawals"], after["worksheets"], after["card_counts"]) == (4, 1, 1, 1)
    with database.reading() as session:
        assert [each.reason == EMPTIED for each in listed(session)] == [True] * 4 + [False] * 2
        told = news_after(session, UUID(handset.device), 0)
        assert all("gamma" in str(item.body) for item in told.items)
        assert told.items


@pytest.mark.usefixtures("days")
def test_boards_and_cards_go_on(database: Database, reference: Reference) -> None:
    third_day = FIRST + timedelta(days=2)
    with database.reading() as session:
        cards = stock(session, third_day), stock(session, TODAY)
    delete_all(database, until(reference, DAYS[0]))
    with database.reading() as session:
        assert [coverage(session, run).total for run in running(reference, FIRST)] == [0]
        assert [coverage(session, run).total for run in running(reference, third_day)] == [2]
        assert stock(session, TODAY) == cards[1]
        assert [car.unit for car in stock(session, third_day).cars] == ["42A"]


@pytest.mark.usefixtures("days")
def test_one_record_takes_its_worksheet_with_it_and_nothing_else(
    database: Database, reference: Reference, days: list[list[JsonObject]]
) -> None:
    withdrawal = days[0][4]
    order = Order(TODAY, reference.zone, record=UUID(withdrawal["id"]))
    (tally,) = delete_all(database, order)
    assert (tally.records, tally.sheets) == (6, 1)
    assert [len(Sheet(database, reference).lines(day)) for day in DAYS] == [0, 2, 2]
    with pytest.raises(NotDeleted, match="deleted already"):
        delete_all(database, order)
    count = Order(TODAY, reference.zone, record=UUID(days[1][6]["id"]))
    assert [tally.records for tally in delete_all(database, count)] == [1]
    with pytest.raises(NotDeleted, match="no record of this id"):
        delete_all(database, Order(TODAY, reference.zone, record=UUID(int=7)))


def test_a_chain_stays_as_long_as_the_newest_of_it_is_young(
    database: Database, handset: Handset, reference: Reference
) -> None:
    at(handset, FIRST)
    old, other = handset.contact(person="900001"), handset.contact(person="900002")
    hand_in(handset, old, other)
    at(handset, TODAY - timedelta(days=700))
    hand_in(handset, handset.contact(corrects=old["id"], claimed_at=old["claimed_at"]))  # received late
    at(handset, TODAY)
    (tally,) = delete_all(database, until(reference))
    assert tally.ids == [UUID(other["id"])]
    with database.reading() as session:
        assert preview(session, until(reference)).stays == {Stays.YOUNG: 2}
        assert preview(session, until(reference, now=TODAY + timedelta(days=100))).records == 2


def test_a_correction_on_a_later_day_keeps_what_it_corrects(
    database: Database, handset: Handset, reference: Reference
) -> None:
    at(handset, FIRST)
    old = handset.contact()
    hand_in(handset, old)
    at(handset, FIRST + timedelta(days=2))
    hand_in(handset, handset.contact(corrects=old["id"]))
    at(handset, TODAY)
    assert delete_all(database, until(reference)) == []
    with database.reading() as session:
        assert preview(session, until(reference)).stays == {Stays.LATER: 2}
    (tally,) = delete_all(database, until(reference, DAYS[2]))
    assert (tally.records, tally.sheets) == (2, 2)


@pytest.mark.parametrize(("seconds", "count"), [(0, 1), (-1, 0)])
def test_the_limit_is_kept_to_the_second(
    database: Database, handset: Handset, reference: Reference, seconds: int, count: int
) -> None:
    """By the moment of the receipt, here the same as the contact's."""
    at(handset, FIRST)
    contact = handset.contact()
    hand_in(handset, contact)
    now = FIRST.replace(year=FIRST.year + 2) + timedelta(seconds=seconds)
    order = Order(now, reference.zone, record=UUID(contact["id"]))
    assert len(delete_all(database, order)) == count


def test_a_day_that_is_too_young_is_refused_and_so_is_a_reason_that_is_none(
    database: Database, reference: Reference
) -> None:
    latest = TODAY.replace(year=TODAY.year - 2).date() - timedelta(days=1)
    assert delete_all(database, until(reference, latest)) == []
    with pytest.raises(NotDeleted, match="kept for two years"):
        delete_all(database, until(reference, latest + timedelta(days=1)))
    for reason in ("", " ", "x" * (REASON_CHARACTERS_MAX + 1), "two\nlines"):
        with pytest.raises(NotDeleted, match="Say why"):
            delete_all(database, until(reference), Asked("admin", BOARD.why, reason))


def test_what_waits_for_a_decision_in_quarantine_stays_with_its_worksheet(
    database: Database, handset: Handset, reference: Reference
) -> None:
    at(handset, FIRST)
    contact = handset.contact()
    hand_in(handset, contact)
    assert handset.verdicts(handset.contact(id=contact["id"], sequence=contact["sequence"], note="other")) == [
        Verdict.CONFLICTING
    ]
    at(handset, TODAY)
    assert delete_all(database, until(reference)) == []
    with database.reading() as session:
        assert preview(session, until(reference)).stays == {Stays.UNDECIDED: 1}


def test_it_goes_on_where_it_was_broken_off(database: Database, handset: Handset, reference: Reference) -> None:
    at(handset, FIRST)
    count = 2 * SHEETS_AT_ONCE + 1
    hand_in(handset, *(handset.contact(person=f"90{number:04}", note="alpha") for number in range(count)))
    at(handset, TODAY)
    some = delete(database, until(reference), BOARD)
    assert next(some).sheets == SHEETS_AT_ONCE
    del some
    with database.reading() as session:
        assert preview(session, until(reference)).sheets == count - SHEETS_AT_ONCE
    assert [tally.sheets for tally in delete_all(database, until(reference))] == [SHEETS_AT_ONCE, 1]
    assert words_in(database) == []
    assert delete_all(database, until(reference)) == []


@pytest.mark.usefixtures("days")
def test_a_station_that_goes_on_logs_and_deletes_once_more(
    database: Database, handset: Handset, reference: Reference
) -> None:
    delete_all(database, until(reference))
    a_day(handset, database, reference, TODAY, "delta")
    assert "delta" in dump(database)
    assert sum(tally.records for tally in delete_all(database, until(reference, DAYS[2]))) == 7
    assert words_in(database) == []
    assert len(Sheet(database, reference).lines(TODAY.date())) == 2
