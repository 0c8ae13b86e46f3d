"""What a receipt says beside its verdicts: the audit, the epoch, the news."""

from uuid import UUID

import pytest
from doubles import FixedClock
from examples import DEVICE
from handset import Handset, enrolled_handset, put_aside, row_counts

from station.database import Database
from station.desk import Desk
from station.news import tell
from sync.audit import Audit
from sync.canonical import read_json
from sync.verdicts import Verdict
from sync.wire import wrapped

ACCEPTED, ALREADY_HERE, QUARANTINED = Verdict.ACCEPTED, Verdict.ALREADY_HERE, Verdict.QUARANTINED


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device, with the same time as the station."""
    return enrolled_handset(database, desk, clock)


def test_a_wrapped_record_is_kept_unread_once_and_not_at_all_if_it_is_here_already(
    handset: Handset, database: Database
) -> None:
    held, stranger = handset.contact(), handset.contact()
    assert handset.verdicts(held) == [ACCEPTED]
    for _ in range(2):
        assert handset.verdicts(wrapped(held), wrapped(stranger)) == [ALREADY_HERE, QUARANTINED]
    ((_, reason, raw),) = put_aside(database)
    assert read_json(raw) == stranger
    assert "kept" in reason
    assert handset.verdicts(wrapped({"id": "none", "hash": "none"})) == [QUARANTINED]


def test_the_receipt_says_what_is_missing_and_quarantined_records_are_not(handset: Handset) -> None:
    records = [handset.contact() for _ in range(9)]
    receipt = handset.send(handset.batch(records[0], records[3], records[4] | {"people": 0}, wrapped(records[8])))
    assert receipt.audit == Audit(9, 4, ((2, 3), (6, 8)))
    assert handset.send(handset.batch(*records[1:3])).audit == Audit(9, 6, ((6, 8),))
    assert handset.send(handset.batch(*records)).audit == Audit(9, 9)
    assert handset.send(handset.batch()).audit == Audit(9, 9)


def test_an_empty_batch_leaves_no_receipt_behind(handset: Handset, database: Database) -> None:
    assert handset.send(handset.batch()).receipt == 0
    assert row_counts(database)["receipts"] == 0


def test_a_database_that_was_put_back_without_a_word_takes_a_new_epoch(handset: Handset) -> None:
    first = handset.send(handset.batch(handset.contact()))
    known = {"epoch": first.epoch, "receipt_last": first.receipt}
    assert handset.send(handset.batch(handset.contact(), **known)).epoch == first.epoch
    known["receipt_last"] = first.receipt + 10
    assert handset.send(handset.batch(handset.contact(), **known)).epoch != first.epoch


def test_news_come_once_to_their_device_and_from_the_beginning_after_a_restore(
    handset: Handset, database: Database, clock: FixedClock
) -> None:
    with database.writing() as session:
        for device in (UUID(DEVICE), None):
            tell(session, device, "verdict", {"id": "x"}, clock.now())
    first = handset.send(handset.batch())
    assert [item.number for item in first.news.items] == [1, 2]
    assert handset.send(handset.batch(news=1, epoch=first.epoch)).news.items == first.news.items[1:]
    assert not handset.send(handset.batch(news=2, epoch=first.epoch)).news.items
    assert handset.send(handset.batch(news=2, epoch="another")).news.items == first.news.items
