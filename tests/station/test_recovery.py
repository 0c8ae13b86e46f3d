"""What was rescued of a device's store is taken in once, through the ordinary intake, in the name of its device."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cars import Car
from doubles import START, FixedClock
from examples import DEVICE
from handset import Sheet, enrolled_handset, put_aside, row_counts
from rescues import key_file, report, spoil, surveyed
from sqlalchemy import delete

from field_app.salvage import salvage
from field_app.store.codec import Codec
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from station.database import Database
from station.desk import Desk
from station.devices import revoke, the_station
from station.recovery import NotNamed, Recovered, RecoveryRefused, recover
from station.tables import DeviceRow, EnrolCodeRow
from sync.bundle import Bundle, bundle_body, bundle_bytes, read_bundle
from sync.canonical import JsonObject
from sync.gathering import Raw
from sync.outcome import Outcome
from sync.records import hashed
from sync.reference import Reference
from sync.sealing import KEY_NAME_BYTES, SEAL_BYTES, new_key, open_with, recovery_public_key
from sync.signing import bundle_message, new_private_key, sign
from sync.verdicts import Verdict

WEEK = timedelta(days=7)


class Rescue:
    """From a device's store to the station, and what the station has then."""

    def __init__(self, database: Database, reference: Reference, folder: Path) -> None:
        self.database = database
        self.reference = reference
        self.folder = folder
        with database.reading() as session:
            self.private_key = the_station(session).recovery_key

    @property
    def recovery_key(self) -> str:
        """The station's public key."""
        return recovery_public_key(self.private_key)

    def bundle(self, folder: Path | None = None, keys: Sequence[bytes] = ()) -> tuple[Bundle, str | None]:
        """What is rescued of a store without its key, and the device's private key if that can be read."""
        at = folder or self.folder
        found = salvage(surveyed(at), Codec(), report(at).findings, keys, START)
        return found.bundle, found.private_key

    def recover(self, bundle: Bundle, private_key: str | None = None, named: str | None = None) -> Recovered:
        """Take a bundle in, a week later, signed if there is a key. Raises RecoveryRefused."""
        body = bundle_body(bundle)
        message = bundle_message(device=bundle.device or "", body=body)
        data = bundle_bytes(body, None if private_key is None else sign(private_key, message), self.recovery_key)
        opened = read_bundle(data, lambda sealed, bound: open_with(self.private_key, sealed, bound))
        return recover(self.database, self.reference, opened, named, START + WEEK)


@pytest.fixture
def rescue(car: Car, database: Database, reference: Reference, tmp_path: Path) -> Rescue:
    """The way of car 42's store."""
    return Rescue(database, reference, tmp_path / "car 42" / "store")


@pytest.fixture
def sheet(database: Database, reference: Reference) -> Sheet:
    """The station's worksheets."""
    return Sheet(database, reference)


def sealed_copy(source: Car, folder: Path, *, knows_itself: bool = True) -> bytes:
    """The same records in a sealed store in another folder, which is closed; its key."""
    key = new_key()
    with JournalDB(folder, key) as db:
        copied = RecordStore(db)
        if knows_itself:
            copied.keep_note("identity", source.store.note("identity") or {})
        for record_id, record in source.store.records().items():
            db.named_table("records").put(record_id, record)
    return key


def numbers(found: Recovered) -> tuple[int, int, int]:
    """Accepted, already here, put aside."""
    aside = found.verdicts[Verdict.QUARANTINED] + found.verdicts[Verdict.CONFLICTING] + found.unreadable
    return found.verdicts[Verdict.ACCEPTED], found.verdicts[Verdict.ALREADY_HERE], aside


def test_what_was_rescued_is_on_the_worksheet_once_however_often_it_comes(
    car: Car, rescue: Rescue, sheet: Sheet, database: Database
) -> None:
    ids = car.log("coffee-shop", "block-watch")
    car.send()
    ids += car.log("other")
    bundle, private_key = rescue.bundle()
    found = rescue.recover(bundle, private_key)
    assert (found.device, numbers(found), found.newly_quarantined) == ("car 42", (1, 2, 0), 0)
    assert sorted(sheet.ids()) == sorted(ids)
    before = row_counts(database)
    assert numbers(rescue.recover(bundle, private_key)) == (0, 3, 0)
    assert row_counts(database) == before
    sent = car.send()  # the device comes back
    assert (sent.ending.outcome, sent.records_received) == (Outcome.NOTHING_TO_SEND, 1)
    assert sorted(sheet.ids()) == sorted(ids)


def test_a_recovery_is_not_taken_for_a_word_from_the_device(car: Car, rescue: Rescue, database: Database) -> None:
    car.log("coffee-shop")
    rescue.recover(*rescue.bundle())
    with database.reading() as session:
        device = session.get_one(DeviceRow, _uuid(car))
        assert (device.heard_at, device.app) == (None, None)


def test_times_stay_as_the_device_claimed_however_late_the_file_comes(
    car: Car, rescue: Rescue, sheet: Sheet, clock: FixedClock
) -> None:
    """How long a file lay in a drawer nobody knows, so it says nothing about the device's clock."""
    car.log("coffee-shop")
    rescue.recover(*rescue.bundle())
    (line,) = sheet.lines()
    assert line.contact.claimed_at == clock.now()


def test_more_records_than_one_batch_holds_are_all_taken_in(car: Car, rescue: Rescue, sheet: Sheet) -> None:
    ids = car.log(*["coffee-shop"] * 205)
    assert numbers(rescue.recover(*rescue.bundle())) == (205, 0, 0)
    assert sorted(sheet.ids()) == sorted(ids)


def test_a_bundle_signed_by_an_older_key_needs_a_person_who_says_whose_it_is(
    car: Car, rescue: Rescue, database: Database, sheet: Sheet
) -> None:
    """As a bundle that was changed on the way does: whoever changed it could have left the signature out."""
    ids = car.log("coffee-shop")
    bundle, _ = rescue.bundle()
    before = row_counts(database)
    with pytest.raises(RecoveryRefused, match=r"not as the device signed it, .* name it\.$"):
        rescue.recover(bundle, new_private_key())
    with pytest.raises(RecoveryRefused, match="is of car 42, not of car 9"):
        rescue.recover(bundle, new_private_key(), "car 9")
    assert row_counts(database) == before
    assert numbers(rescue.recover(bundle, new_private_key(), "car 42")) == (1, 0, 0)
    assert sheet.ids() == ids


def test_an_unsigned_bundle_needs_a_person_who_says_whose_it_is(
    car: Car, rescue: Rescue, database: Database, desk: Desk, clock: FixedClock, sheet: Sheet
) -> None:
    ids = car.log("coffee-shop")
    bundle, _ = rescue.bundle()
    enrolled_handset(database, desk, clock)
    with pytest.raises(RecoveryRefused, match=r"not signed\. If you know which device it is from, name it\."):
        rescue.recover(bundle)
    with pytest.raises(RecoveryRefused, match="is of car 42, not of car 43"):
        rescue.recover(bundle, named="car 43")
    assert numbers(rescue.recover(bundle, named="car 42")) == (1, 0, 0)
    assert sheet.ids() == ids


def test_a_device_that_is_not_known_here_is_refused_and_with_a_name_kept_raw(
    car: Car, rescue: Rescue, database: Database, desk: Desk, clock: FixedClock, sheet: Sheet
) -> None:
    car.log("coffee-shop")
    bundle, private_key = rescue.bundle()
    with database.writing() as session:
        session.execute(delete(EnrolCodeRow))
        session.delete(session.get_one(DeviceRow, _uuid(car)))
    enrolled_handset(database, desk, clock, DEVICE)
    with pytest.raises(RecoveryRefused, match="No device that is enrolled here"):
        rescue.recover(bundle, private_key)
    with pytest.raises(RecoveryRefused, match="No enrolled device is called 'car 9'"):
        rescue.recover(bundle, private_key, "car 9")
    found = rescue.recover(bundle, private_key, "car 42")
    assert (numbers(found), found.newly_quarantined) == ((0, 0, 1), 1)
    assert put_aside(database)[0][1] == "This record was made by another device."
    assert sheet.ids() == []


def test_a_revoked_devices_records_are_still_taken_in(car: Car, rescue: Rescue, database: Database) -> None:
    car.log("coffee-shop")
    with database.writing() as session:
        assert revoke(session, "car 42", START) == 1
    assert numbers(rescue.recover(*rescue.bundle())) == (1, 0, 0)


def test_a_locked_store_is_opened_at_the_station_and_proves_itself(
    car: Car, rescue: Rescue, sheet: Sheet, tmp_path: Path
) -> None:
    """Its key is lost on the device. The station's recovery slot gives it, and the device's own key lies in the store."""
    ids = car.log("coffee-shop", "block-watch", "other")
    key = sealed_copy(car, tmp_path / "sealed")
    bundle, private_key = rescue.bundle(
        tmp_path / "sealed", [b"damaged", key_file(rescue.recovery_key, new_key(), key)]
    )
    assert (bundle.device, private_key, bundle.records, len(bundle.frames)) == (None, None, (), 4)
    assert numbers(rescue.recover(bundle)) == (3, 0, 0)
    assert sorted(sheet.ids()) == sorted(ids)


def test_a_locked_store_that_does_not_name_its_device_needs_a_person(
    car: Car, rescue: Rescue, sheet: Sheet, tmp_path: Path
) -> None:
    ids = car.log("coffee-shop")
    key = sealed_copy(car, tmp_path / "sealed", knows_itself=False)
    bundle, _ = rescue.bundle(tmp_path / "sealed", [key_file(rescue.recovery_key, key)])
    with pytest.raises(NotNamed, match="name it"):
        rescue.recover(bundle)
    assert numbers(rescue.recover(bundle, named="car 42")) == (1, 0, 0)
    assert sheet.ids() == ids


def test_sealed_frames_that_nobody_can_open_are_kept_as_they_are_once(
    car: Car, rescue: Rescue, database: Database, tmp_path: Path
) -> None:
    car.log("coffee-shop")
    sealed_copy(car, tmp_path / "sealed")
    for keys in ([], [b"{}"], [key_file(rescue.recovery_key, new_key())], [key_file(recovery_public_key("01" * 32))]):
        bundle, _ = rescue.bundle(tmp_path / "sealed", keys)
        assert numbers(rescue.recover(bundle, named="car 42")) == (0, 0, 2)
    kept = put_aside(database)
    assert [raw for _, _, raw in kept] == [frame.header + frame.body for frame in bundle.frames]
    assert "recovery key does not open" in kept[0][1]


def test_a_frame_damaged_inside_its_seal_costs_only_itself(
    car: Car, rescue: Rescue, sheet: Sheet, tmp_path: Path
) -> None:
    ids = car.log("coffee-shop", "block-watch", "other")
    key = sealed_copy(car, tmp_path / "sealed")
    journal = tmp_path / "sealed" / "journal-00000001.log"
    spoil(journal, journal.stat().st_size // 2, count=2)
    bundle, _ = rescue.bundle(tmp_path / "sealed", [key_file(rescue.recovery_key, key)])
    assert numbers(rescue.recover(bundle)) == (2, 0, 1)
    assert len(sheet.ids()) == 2
    assert set(sheet.ids()) < set(ids)


@pytest.mark.parametrize("left", [KEY_NAME_BYTES, KEY_NAME_BYTES + 7, SEAL_BYTES - 1])
def test_a_frame_cut_within_its_seal_costs_only_itself(
    left: int, car: Car, rescue: Rescue, sheet: Sheet, tmp_path: Path
) -> None:
    """A damaged length is enough for that."""
    car.log("coffee-shop", "other")
    key = sealed_copy(car, tmp_path / "sealed")
    bundle, _ = rescue.bundle(tmp_path / "sealed", [key_file(rescue.recovery_key, key)])
    *others, last = bundle.frames
    cut = replace(bundle, frames=(*others, replace(last, body=last.body[:left])))
    assert numbers(rescue.recover(cut)) == (1, 0, 1)
    assert len(sheet.ids()) == 1


def test_what_cannot_be_proved_is_put_aside_with_its_reason_once(
    car: Car, rescue: Rescue, database: Database, sheet: Sheet
) -> None:
    car.log("coffee-shop")
    bundle, private_key = rescue.bundle()
    spoilt = bundle.records[0] | {"people": 9}
    strange: list[object] = [
        spoilt,
        {"id": "x", "people": 1.5, "hash": "y"},
        {"id": "x", "n": 10**40},
        [],
        "text",
        None,
    ]
    bundle = replace(bundle, records=(*bundle.records, *strange), raw=(Raw("Bytes.", b"\x00\xff"),))
    for is_new in (True, False):
        found = rescue.recover(bundle, private_key)
        assert found.newly_quarantined == 7 * is_new
        assert found.unreadable == 7
    assert put_aside(database)[-1][1:] == ("Bytes.", b"\x00\xff")
    assert len(sheet.ids()) == 1


def test_a_record_under_a_taken_id_is_kept_beside_the_one_that_is_here(
    car: Car, rescue: Rescue, database: Database, sheet: Sheet
) -> None:
    ids = car.log("coffee-shop")
    car.send()
    bundle, private_key = rescue.bundle()
    other: JsonObject = {name: value for name, value in bundle.records[0].items() if name != "hash"} | {"people": 9}
    found = rescue.recover(replace(bundle, records=(hashed(other),)), private_key)
    assert found.verdicts == {Verdict.CONFLICTING: 1}
    assert sheet.ids() == ids
    assert len(put_aside(database)) == 1


def _uuid(car: Car) -> UUID:
    return UUID(car.device.identity().device)
