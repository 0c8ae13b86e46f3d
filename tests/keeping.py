"""A station with records of long ago, each with a mark in its texts, and what the tests of deleting ask of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from examples import CARD_COUNT, WORKSHEET
from handset import Handset, hand_in
from sqlalchemy import select

from station.bundle_table import BundleRow
from station.chain import Head, verify
from station.challenges import new_challenge
from station.chronicle import all_entries
from station.database import Database
from station.deleting import Asked, Order, Tally, delete
from station.devices import the_station
from station.releasing import dismiss
from station.retention import Why
from station.reviewing import Reviewer, SheetName, give_back
from station.reviews import mark_of
from station.table_base import Base
from station.tables import QuarantineRow
from station.worksheets import worksheet_lines
from sync.canonical import JsonObject
from sync.records import hashed, record_to_json
from sync.reference import Reference
from sync.reviews import ReviewNote
from sync.times import write_time
from sync.verdicts import Verdict

# 12:00 in Norwalk; three days, of which the first two are deleted.
FIRST = datetime(2023, 3, 6, 20, 0, tzinfo=UTC)
DAYS = tuple(date(2023, 3, 6) + timedelta(days=count) for count in range(3))
# More than two years later.
TODAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
BOARD = Asked("admin", Why.BOARD, "Resolution 12")


def at(handset: Handset, moment: datetime) -> Handset:
    """Let it be this moment, at the station as on the device, which was just heard."""
    handset.clock.at = moment
    handset.clock.boot_name = f"boot of {moment}"
    with handset.desk._database.reading() as session:
        handset.challenge = new_challenge(the_station(session).secret, handset.device, moment)
    return handset


def a_day(handset: Handset, database: Database, reference: Reference, moment: datetime, word: str) -> list[JsonObject]:
    """Everything that can be of a day, with a word in each text: its records, those in quarantine last."""
    at(handset, moment)
    first, second, third = (handset.contact(note=f"{word} {count}", tag=f"{count}") for count in range(3))
    better = handset.contact(note=f"{word} better", corrects=first["id"])
    gone = handset.withdrawal(second["id"], reason=f"{word} withdrawn")
    plain = record_to_json(replace(WORKSHEET, key=None, signature=None)) | handset._stamp()
    contacts = [better["id"], third["id"]]
    signed = hashed(plain | {"contacts": contacts, "shift_on": moment.date().isoformat()})
    count = hashed(record_to_json(CARD_COUNT) | handset._stamp())
    records = [first, second, third, better, gone, signed, count]
    hand_in(handset, *records)
    conflicting = hashed({name: value for name, value in third.items() if name != "hash"} | {"note": f"{word} other"})
    bad = handset.contact(note=f"{word} bad", watch=f"{word}")
    assert handset.verdicts(conflicting, bad) == [Verdict.CONFLICTING, Verdict.QUARANTINED]
    with database.writing() as session:
        for number in session.scalars(select(QuarantineRow.id).order_by(QuarantineRow.id.desc()).limit(2)).all():
            dismiss(session, number, f"{word} dismissed", "admin", moment)
        lines = worksheet_lines(session, reference, moment.date())
        by = Reviewer("900003", moment, mark_of((line.contact.id for line in lines), ()))
        notes = [ReviewNote(contacts[0], "", f"{word} returned"), ReviewNote(None, "", f"{word} all of it")]
        assert give_back(session, reference, SheetName(moment.date(), "day", "900001"), by, notes)
        session.add(_bundle(handset.device, moment, word))
    return [*records, conflicting, bad]


def _bundle(device: str, moment: datetime, word: str) -> BundleRow:
    return BundleRow(
        device_id=UUID(device),
        at=moment,
        who="admin",
        is_rescue=False,
        digest="00" * 32,
        length=3,
        outcome="{}",
        damage=f"{word} damaged",
        receipt=f"{word} sealed".encode(),
    )


def three_days(handset: Handset, database: Database, reference: Reference) -> list[list[JsonObject]]:
    """Three days, with the words alpha, beta and gamma."""
    days = [
        a_day(handset, database, reference, FIRST + timedelta(days=count), word)
        for count, word in enumerate(("alpha", "beta", "gamma"))
    ]
    at(handset, TODAY)
    return days


def until(reference: Reference, day: date = DAYS[1], now: datetime = TODAY) -> Order:
    """Everything up to a day."""
    return Order(now, reference.zone, day)


def delete_all(database: Database, order: Order, asked: Asked = BOARD) -> list[Tally]:
    """Delete to the end."""
    return list(delete(database, order, asked))


def dump(database: Database, but: Iterable[str] = ()) -> str:
    """Every value of every table, as text."""
    with database.reading() as session:
        return "\n".join(
            f"{table.name} {value!r}"
            for table in Base.metadata.sorted_tables
            if table.name not in set(but)
            for row in session.execute(select(table))
            for value in row
        )


def audit_is_whole(database: Database) -> bool:
    """Whether the chain holds."""
    with database.reading() as session:
        return isinstance(verify(all_entries(session)), Head)


def moment_words(moment: datetime) -> str:
    """A moment as a record has it."""
    return write_time(moment)
