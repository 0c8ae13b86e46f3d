"""A backup is one moment of a station, whole and private or not there."""

import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from backups import epoch_of, opened
from doubles import FixedClock
from handset import Handset, hand_in, row_counts

from station.archive import check_archive
from station.backing_up import back_up
from station.database import Database
from station.restoring import restore
from station.tables import ReceiptRow, RecordRow
from sync.whole_file import NotWritten


def test_a_backup_says_what_it_holds_and_is_its_owners_alone(database: Database, backup: Path, data: Path) -> None:
    found = check_archive(backup)
    assert (found.records, found.devices, found.epoch) == (3, 1, epoch_of(database))
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert {"folder/tls/authority.pem"} < set(found.members)
    assert [path.name for path in backup.parent.glob(".station755-*")] == []


def test_a_backup_never_takes_anothers_name_unasked(
    database: Database, backup: Path, data: Path, clock: FixedClock
) -> None:
    before = backup.read_bytes()
    with pytest.raises(NotWritten, match="is there already"):
        back_up(database, data, backup, clock.now())
    assert backup.read_bytes() == before
    back_up(database, data, backup, clock.now() + timedelta(days=1), may_replace=True)
    assert check_archive(backup).made_at.startswith("2026-11-23")


def test_a_backup_made_while_devices_send_is_one_moment(
    database: Database, data: Path, handset: Handset, tmp_path: Path, clock: FixedClock, empty: Path | str
) -> None:
    """Each receipt is there with all of its records, or not at all; and nobody waits."""
    ended = threading.Event()
    sent: list[int] = []

    def send() -> None:
        while not ended.is_set():
            hand_in(handset, *(handset.contact() for _ in range(7)))
            sent.append(7)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        for number in range(5):
            back_up(database, data, tmp_path / str(number), clock.now())
    finally:
        ended.set()
        sender.join()
    found = [check_archive(tmp_path / str(number)).records for number in range(5)]
    assert found == sorted(found)
    assert found[-1] > found[0]
    restore(empty, tmp_path / "another", tmp_path / "4", clock.now())
    with opened(empty) as restored, restored.reading() as session:
        receipts = session.query(ReceiptRow).count()
        assert (session.query(RecordRow).count(), found[-1]) == (7 * receipts, 7 * receipts)
    assert row_counts(database)["records"] == sum(sent)
