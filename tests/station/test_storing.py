"""Batches that are stored together: each record once, each batch for itself, answered only after the commit."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from doubles import FixedClock, uuids
from handset import Handset, enrolled_handset, put_aside, row_counts
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from station.database import Database
from station.desk import Desk
from station.people import add_person
from station.roles import StationRole
from station.rows import ROWS_MAX
from station.writer import WORKS_MAX, Writer
from sync.records import hashed, unhashed
from sync.verdicts import Verdict

ACCEPTED, ALREADY_HERE, CONFLICTING = Verdict.ACCEPTED, Verdict.ALREADY_HERE, Verdict.CONFLICTING
# A database's own rule, as a damaged disk or a later version might have one: no contact of the pm watch.
RULES = {
    "sqlite": [
        "CREATE TRIGGER rule BEFORE INSERT ON contacts WHEN NEW.watch = 'pm' BEGIN SELECT RAISE(ABORT, 'rule'); END"
    ],
    "postgresql": ["ALTER TABLE contacts ADD CHECK (watch <> 'pm')"],
}


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device, with the same time as the station."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def commits(database: Database) -> list[str]:
    """A line for each commit of a transaction that wrote."""
    found: list[str] = []
    event.listen(database._engine, "commit", lambda _: found.append("commit"))
    return found


def person(number: int) -> Callable[[Session], bool]:
    """A work: make a person known."""
    return lambda session: add_person(session, f"9{number:05}", StationRole.DEPUTY, FixedClock().now())


def together(writer: Writer, works: list[Callable[[Session], bool]]) -> list[bool | Exception]:
    """What each work came to; all of them arrive while another one is under way."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        session.connection()
        begun.set()
        assert go_on.wait(30)

    def one(work: Callable[[Session], bool]) -> bool | Exception:
        try:
            return writer.write(work)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is what is asked for
            return problem

    with ThreadPoolExecutor(len(works) + 1) as threads:
        held = threads.submit(writer.write, hold)
        assert begun.wait(30)
        found = [threads.submit(one, work) for work in works]
        while len(writer._waiting) < len(works):
            threading.Event().wait(0.01)
        go_on.set()
        held.result()
        return [each.result() for each in found]


def test_works_that_wait_share_a_commit(database: Database, commits: list[str]) -> None:
    before = len(commits)
    assert together(Writer(database), [person(number) for number in range(9)]) == [True] * 9
    assert len(commits) - before == 2  # that of the first one, and that of all others
    assert row_counts(database)["people"] == 9


def test_no_commit_holds_more_works_than_allowed(database: Database, commits: list[str]) -> None:
    before = len(commits)
    together(Writer(database), [person(number) for number in range(WORKS_MAX + 1)])
    assert len(commits) - before == 3
    assert row_counts(database)["people"] == WORKS_MAX + 1


def test_a_work_that_fails_takes_only_itself_down(database: Database) -> None:
    def fail(session: Session) -> bool:
        person(7)(session)
        raise ZeroDivisionError

    found = together(Writer(database), [person(1), fail, person(2)])
    assert [type(each) for each in found] == [bool, ZeroDivisionError, bool]
    assert row_counts(database)["people"] == 2


def test_a_work_that_brings_the_transaction_down_takes_only_itself_down(database: Database) -> None:
    def break_down(session: Session) -> bool:
        person(7)(session)
        session.rollback()
        session.execute(text("SELECT * FROM what_is_not_there"))
        return True

    found = together(Writer(database), [person(1), break_down, person(2)])
    assert [type(each) for each in found][::2] == [bool, bool]
    assert isinstance(found[1], Exception)
    assert row_counts(database)["people"] == 2


def test_nobody_is_told_that_anything_was_stored_if_the_commit_fails(database: Database) -> None:
    def refuse(_: object) -> None:
        raise OperationalError("COMMIT", None, Exception("the disk is full"))

    writer = Writer(database)
    event.listen(database._engine, "commit", refuse)
    for number in range(2):
        with pytest.raises(OperationalError):
            writer.write(person(number))
    event.remove(database._engine, "commit", refuse)
    assert row_counts(database)["people"] == 0
    assert writer.write(person(3))


@pytest.mark.parametrize("count", [1, ROWS_MAX, ROWS_MAX + 1, 3 * ROWS_MAX])
def test_a_batch_of_any_length_is_stored_whole(count: int, handset: Handset, database: Database) -> None:
    records = [handset.contact() for _ in range(count)]
    assert handset.verdicts(*records) == [ACCEPTED] * count
    assert handset.verdicts(handset.contact(), *records) == [ACCEPTED] + [ALREADY_HERE] * count
    assert row_counts(database)["contacts"] == count + 1


def test_one_id_several_times_in_a_batch_is_stored_once_and_the_others_are_judged_by_it(
    handset: Handset, database: Database
) -> None:
    first, late = handset.contact(), handset.contact()
    other = hashed(unhashed(first) | {"people": 47})
    assert handset.verdicts(late) == [ACCEPTED]
    changed = hashed(unhashed(late) | {"people": 48})
    found = handset.verdicts(other, first, other, changed, late, changed)
    assert found == [ACCEPTED, CONFLICTING, ALREADY_HERE, CONFLICTING, ALREADY_HERE, CONFLICTING]
    assert len(put_aside(database)) == 2


def test_a_record_that_the_database_refuses_is_put_aside_alone(handset: Handset, database: Database) -> None:
    with database.writing() as session:
        for statement in RULES[session.get_bind().dialect.name]:
            session.execute(text(statement))
    contacts = [handset.contact(watch=watch) for watch in ("day", "pm", "em", "pm")]
    withdrawal = handset.withdrawal(contacts[0]["id"])
    refused = Verdict.QUARANTINED
    assert handset.verdicts(*contacts, withdrawal) == [ACCEPTED, refused, ACCEPTED, refused, ACCEPTED]
    counts = row_counts(database)
    assert (counts["records"], counts["contacts"], counts["withdrawals"], counts["quarantine"]) == (3, 2, 1, 2)
    assert "could not take this record" in put_aside(database)[0][1]


def test_batches_that_bring_the_same_records_in_any_order_at_once_store_each_once(
    database: Database, desk: Desk
) -> None:
    """Also where another worker has the same in hand: the desks share only the database."""
    handset = enrolled_handset(database, desk, FixedClock(ids=uuids(5_000)))
    records = [handset.contact() for _ in range(40)]
    desks = [desk, *(Desk(database, desk._reference, desk._now) for _ in range(3))]
    batches = [handset.batch(*(records if place % 2 else records[::-1])) for place in range(8)]
    signed = [
        Handset(desks[place % 4], handset.clock, handset.device, handset.private_key, handset.challenge)
        for place in range(8)
    ]
    with ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(lambda pair: pair[0].send(pair[1]), zip(signed, batches, strict=True)))
    found = [judged.verdict for receipt in receipts for judged in receipt.verdicts]
    assert (found.count(ACCEPTED), found.count(ALREADY_HERE)) == (40, 280)
    assert len({receipt.receipt for receipt in receipts}) == 8
    assert row_counts(database)["contacts"] == 40
