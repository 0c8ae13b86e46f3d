"""Restoring: the same station in another epoch; nothing that was handed in since is lost, and nothing is doubled."""

import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from authenticators import KNOWN_SECRET
from backups import epoch_of, opened, records_of
from doubles import FixedClock
from handset import Handset, a_code, hand_in, row_counts
from places import ON_SQLITE_ALONE

from station import restoring
from station.accounts import No, first_administrator, sign_in
from station.archive import check_archive
from station.authenticators import new_recovery_codes, pass_code
from station.authority import Authority
from station.backing_up import back_up
from station.database import Database
from station.devices import the_station
from station.people import ADMIN
from station.people_tables import AccountRow
from station.refusal import Refused
from station.restoring import NotRestored, restore
from station.sqlite import FILE_NAME
from sync.problem import Trouble
from sync.verdicts import Verdict


def test_restored_into_an_empty_place_it_is_the_same_station_in_another_epoch(
    database: Database, data: Path, backup: Path, empty: Path | str, tmp_path: Path, clock: FixedClock
) -> None:
    done = restore(empty, tmp_path / "another", backup, clock.now())
    assert (done.kept, done.has_other_authority) == (None, False)
    with opened(empty) as restored:
        assert records_of(restored) == records_of(database)
        assert row_counts(restored) == row_counts(database)
        assert epoch_of(restored) == done.epoch != epoch_of(database)
        with restored.reading() as one, database.reading() as other:
            assert the_station(one).recovery_key == the_station(other).recovery_key
            assert the_station(one).secret != the_station(other).secret
    assert Authority(tmp_path / "another").pins() == Authority(data).pins()
    for path in (tmp_path / "another").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert not list((tmp_path / "another").glob(".station755-*"))


def test_a_recovery_code_on_paper_is_good_after_a_restore(
    database: Database, data: Path, empty: Path | str, tmp_path: Path, clock: FixedClock
) -> None:
    with database.writing() as session:
        password = first_administrator(session, clock.now())
        assert password is not None
        session.get_one(AccountRow, ADMIN).totp_secret = KNOWN_SECRET
        code, *_ = new_recovery_codes(session, ADMIN)
    back_up(database, data, tmp_path / "codes", clock.now())
    restore(empty, tmp_path / "another", tmp_path / "codes", clock.now())
    with opened(empty) as restored:
        secret = sign_in(restored, ADMIN, password, clock.now())
        assert not isinstance(secret, No)
        with restored.writing() as session:
            assert not isinstance(pass_code(session, secret, ADMIN, code, clock.now()), No)


def test_what_is_there_is_left_unless_asked_and_then_kept(
    database: Database, place: Path | str, data: Path, backup: Path, handset: Handset, clock: FixedClock
) -> None:
    """The station serves all the while; what came in since stands in the backup that is kept, and can be put back."""
    later = handset.contact()
    hand_in(handset, later)
    before, old = records_of(database), epoch_of(database)
    with pytest.raises(NotRestored, match="With --replace"):
        restore(place, data, backup, clock.now())
    assert (records_of(database), epoch_of(database)) == (before, old)

    done = restore(place, data, backup, clock.now(), may_replace=True)
    assert done.kept is not None
    assert done.kept.name.startswith("replaced-20261122T")
    assert check_archive(done.kept).records == 4
    assert len(records_of(database)) == 3
    undone = restore(place, data, done.kept, clock.now(), may_replace=True)  # within the same second
    assert undone.kept == done.kept.with_name(f"{done.kept.stem}-2.backup")
    assert records_of(database) == before
    assert len({old, done.epoch, undone.epoch, epoch_of(database)}) == 3


def test_a_device_goes_on_with_one_more_round_trip_and_sends_again_what_is_missing(
    database: Database, place: Path | str, data: Path, backup: Path, handset: Handset, clock: FixedClock
) -> None:
    later = handset.contact()
    first = handset.send(handset.batch(later))
    number = first.receipt
    restore(place, data, backup, clock.now(), may_replace=True)
    with pytest.raises(Refused) as refused:
        handset.send(handset.batch(later))
    assert refused.value.problem.trouble is Trouble.CHALLENGE_STALE
    handset.challenge = str(refused.value.problem.challenge)
    answer = handset.send(handset.batch(later, epoch=first.epoch, receipt_last=number))
    assert answer.epoch != first.epoch
    assert [judged.verdict for judged in answer.verdicts] == [Verdict.ACCEPTED]
    assert handset.verdicts(later) == [Verdict.ALREADY_HERE]
    assert len(records_of(database)) == 4


def test_sessions_and_codes_end_with_a_restore_and_accounts_stay(
    database: Database, place: Path | str, data: Path, backup: Path, clock: FixedClock, tmp_path: Path
) -> None:
    with database.writing() as session:
        password = first_administrator(session, clock.now())
    assert password is not None
    a_code(database, clock)
    sign_in(database, ADMIN, password, clock.now())
    back_up(database, data, tmp_path / "later", clock.now())
    restore(place, data, tmp_path / "later", clock.now(), may_replace=True)
    counts = row_counts(database)
    assert (counts["sessions"], counts["enrol_codes"], counts["accounts"]) == (0, 0, 1)
    sign_in(database, ADMIN, password, clock.now())


def test_receipt_numbers_go_on_where_they_were(
    database: Database, place: Path | str, data: Path, backup: Path, handset: Handset, clock: FixedClock
) -> None:
    restore(place, data, backup, clock.now(), may_replace=True)
    with pytest.raises(Refused) as refused:
        handset.send(handset.batch())
    handset.challenge = str(refused.value.problem.challenge)
    assert handset.send(handset.batch(handset.contact())).receipt == 2


def test_a_station_that_is_another_one_is_never_replaced(
    database: Database, backup: Path, empty: Path | str, tmp_path: Path, clock: FixedClock
) -> None:
    with opened(empty) as other:
        old = epoch_of(other)
        with pytest.raises(NotRestored, match="is another station"):
            restore(empty, tmp_path / "another", backup, clock.now(), may_replace=True)
        assert epoch_of(other) == old


def test_an_authority_that_followed_since_stays_and_is_told_of(
    database: Database, place: Path | str, data: Path, backup: Path, clock: FixedClock
) -> None:
    authority = Authority(data)
    authority.begin_rotation("Norwalk Station", clock.now())
    authority.finish_rotation()
    pins = authority.pins()
    assert restore(place, data, backup, clock.now(), may_replace=True).has_other_authority
    assert authority.pins() == pins
    shutil.rmtree(data / "tls")
    done = restore(place, data, backup, clock.now() + timedelta(minutes=1), may_replace=True)
    assert not done.has_other_authority
    assert authority.pins() != pins


@ON_SQLITE_ALONE
def test_a_damaged_database_is_not_written_over(
    data: Path, backup: Path, database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    database.close()
    (data / FILE_NAME).write_bytes(b"this is no database" * 500)
    with pytest.raises(NotRestored, match="is damaged"):
        restore(data, data, backup, clock.now(), may_replace=True)
    assert (data / FILE_NAME).read_bytes().startswith(b"this is no database")


def test_a_restore_that_fails_at_the_end_changes_nothing(
    database: Database,
    place: Path | str,
    data: Path,
    backup: Path,
    handset: Handset,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_in(handset, handset.contact())
    before, old = records_of(database), epoch_of(database)

    def full(*_: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restoring, "_complete", full)
    with pytest.raises(OSError, match="No space left"):
        restore(place, data, backup, clock.now(), may_replace=True)
    assert (records_of(database), epoch_of(database)) == (before, old)
    hand_in(handset, handset.contact())
    assert not list(data.glob(".station755-*"))
