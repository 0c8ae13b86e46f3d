"""An exported bundle gets the verdicts of the air, and its receipt settles exactly what it names."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from cars import Car
from doubles import START, FixedClock
from handset import Sheet, row_counts
from key_lines import KeyLine
from sqlalchemy import delete

from field_app.audit_words import RESTORED, notices
from field_app.exporting import NothingToExport, SealMissing, export
from field_app.rotating import rotate
from field_app.sending import Sending
from field_app.settling import Settled, settle
from station import recovery
from station.clocks import TRIP_SECONDS_MAX
from station.database import Database
from station.devices import the_station
from station.recovery import Recovered, RecoveryRefused, recover
from station.tables import ContactRow, RecordRow
from sync.audit import Audit
from sync.bundle import BadBundle, bundle_body, bundle_bytes, read_bundle
from sync.outcome import Outcome
from sync.receipt_file import Answered, BadReceiptFile, NotBelieved, receipt_file_bytes, reply_key
from sync.reference import Reference
from sync.sealing import NotOpened, open_with
from sync.verdicts import State, Verdict
from sync.wire import Receipt

SEED = 20261125


class Office:
    """The station's side of a walk with a file."""

    def __init__(self, database: Database, reference: Reference) -> None:
        self.database, self.reference = database, reference

    def take(self, data: bytes, after: timedelta = timedelta()) -> Recovered:
        """Import a bundle, some time later."""
        with self.database.reading() as session:
            key = the_station(session).recovery_key
        opened = read_bundle(data, lambda sealed, bound: open_with(key, sealed, bound))
        return recover(self.database, self.reference, opened, None, START + after)

    def answer(self, car: Car, data: bytes) -> bytes:
        """Import a bundle; the receipt file for the car."""
        return receipt_file(car, self.take(data))


def receipt_file(car: Car, found: Recovered) -> bytes:
    """The receipt file as the station writes it."""
    assert found.answer is not None
    return receipt_file_bytes(found.answer, reply_of(car, found.answer.bundle))


def reply_of(car: Car, bundle: str) -> str:
    """The key under which the station answers this car."""
    station = car.device.station()
    assert station is not None
    return reply_key(car.device.private_key(), bundle, station.recovery_key or "")


def bundle_of(car: Car) -> bytes:
    """What the car exports."""
    return export(car.store, car.device, car.clock).data


def settled(car: Car, data: bytes) -> Settled:
    """What a receipt file settles in the car."""
    return settle(car.store, car.device, car.logbook, data)


@pytest.fixture
def office(database: Database, reference: Reference) -> Office:
    """The station."""
    return Office(database, reference)


def test_every_record_is_taken_in_once_and_settled_once(
    car: Car, office: Office, database: Database, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "BATCH_RECORDS_MAX", 200)  # a full batch takes a minute on a busy machine
    ids = car.log(*["coffee-shop"] * 205)
    data = bundle_of(car)
    answer = office.answer(car, data)
    before = row_counts(database)
    office.answer(car, data)
    assert row_counts(database) == before
    found = settled(car, answer)
    assert (found.records, len(found.received), found.receipts) == (205, 205, (1, 2))
    assert settled(car, answer).records == 0
    assert car.send().ending.outcome is Outcome.NOTHING_TO_SEND
    assert sorted(Sheet(database, reference).ids()) == sorted(ids)
    with pytest.raises(NothingToExport):
        bundle_of(car)


def test_a_device_with_a_new_key_exports_and_settles_what_it_exported_before(car: Car, office: Office) -> None:
    car.log("coffee-shop")
    answer = office.answer(car, bundle_of(car))
    rotate(car.device, lambda key: KeyLine(car.line.desk, key), car.clock.new_id)
    assert settled(car, answer).records == 1
    car.log("other")
    later = office.answer(car, bundle_of(car))  # signed with the key that was announced and not used yet
    assert settled(car, later).records == 1


def test_when_the_network_came_back_first_the_file_adds_nothing(car: Car, office: Office) -> None:
    car.log("coffee-shop")
    data = bundle_of(car)
    car.send()
    found = office.take(data)
    assert found.verdicts == {Verdict.ALREADY_HERE: 1}
    assert settled(car, receipt_file(car, found)).records == 0


@pytest.mark.parametrize(("boot", "hours_off"), [("boot-1", 3), ("boot-2", 0)])
def test_what_was_carried_is_filed_by_the_steady_clock_of_the_boot_in_which_its_device_was_heard(
    boot: str, hours_off: int, make_car: Callable[..., Car], clock: FixedClock, office: Office, database: Database
) -> None:
    """Its clock was three hours ahead; the file was a week on its way. Of another boot nobody knows more than the device."""
    wrong = timedelta(hours=3)
    car = make_car(clock=FixedClock(at=START + wrong))
    car.log("coffee-shop")
    car.send()
    for ticking in (car.clock, clock):
        ticking.passes(3_600)
    car.clock.boot_name = boot
    (contact_id,) = car.log("other")
    assert office.take(bundle_of(car), after=timedelta(days=7)).verdicts == {Verdict.ACCEPTED: 1}
    with database.reading() as session:
        row = session.get_one(ContactRow, UUID(contact_id))
        assert row.contact_at == car.clock.at - timedelta(hours=hours_off)
        assert row.seconds_off == hours_off * 3_600
        # 604,800 seconds and an hour: the steady clock is off by 30.24 and 0.18
        assert row.seconds_unsure == (TRIP_SECONDS_MAX + 31 if hours_off else None)


def test_a_receipt_settles_only_a_record_with_exactly_its_hash(car: Car, office: Office) -> None:
    car.log("coffee-shop")
    found = office.take(bundle_of(car))
    assert found.answer is not None
    (taken,) = found.answer.taken
    (verdict,) = taken.verdicts
    for changed in (
        replace(verdict, hash="0" * 32),
        replace(verdict, verdict=Verdict.TRY_LATER),
        Answered(car.clock.new_id(), verdict.hash, Verdict.ACCEPTED),
    ):
        answer = replace(found.answer, taken=(replace(taken, verdicts=(changed,)),))
        assert settled(car, receipt_file_bytes(answer, reply_of(car, answer.bundle))).records == 0
    assert len(car.store.ready_ids()) == 1


def test_what_goes_to_quarantine_needs_attention_on_the_device_too(car: Car, office: Office) -> None:
    (contact_id,) = car.log("coffee-shop")
    found = office.take(bundle_of(car))
    assert found.answer is not None
    (taken,) = found.answer.taken
    bad = tuple(replace(each, verdict=Verdict.QUARANTINED, reason="A reason.") for each in taken.verdicts)
    answer = replace(found.answer, taken=(replace(taken, verdicts=bad),))
    (entry,) = settled(car, receipt_file_bytes(answer, reply_of(car, answer.bundle))).received
    assert (entry.contact.id, entry.state, entry.reason) == (contact_id, State.NEEDS_ATTENTION, "A reason.")


def test_a_damaged_receipt_or_bundle_changes_nothing(car: Car, office: Office, database: Database) -> None:
    """Any bytes turned over, cut or added: refused in a sentence, at either end."""
    car.log("coffee-shop", "other")
    data = bundle_of(car)
    chance = random.Random(SEED)
    before = row_counts(database)
    for _ in range(200):
        with pytest.raises((BadBundle, NotOpened, RecoveryRefused)):
            office.take(spoilt(data, chance))
    assert row_counts(database) == before, SEED
    answer = office.answer(car, data)
    for _ in range(500):
        with pytest.raises((BadReceiptFile, NotBelieved)):
            settled(car, spoilt(answer, chance))
    assert len(car.store.ready_ids()) == 2, SEED


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """The same with a bit turned over, something cut off, or something added."""
    at = chance.randrange(len(data))
    return chance.choice(
        [data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :], data[:at], data + b"x"]
    )


def test_a_receipt_is_for_one_device_and_its_own_station_alone(car: Car, office: Office) -> None:
    car.log("coffee-shop")
    answer = office.answer(car, bundle_of(car))
    station, identity = car.device.station(), car.device.identity()
    assert station is not None
    other = answer.replace(identity.device.encode(), b"0" * 8 + identity.device[8:].encode())
    with pytest.raises(NotBelieved, match="another device"):
        settled(car, other)
    car.device.enrol_at(replace(station, recovery_key="09" + "00" * 31), "none")
    with pytest.raises(NotBelieved, match="not from the station"):
        settled(car, answer)


def test_without_a_key_to_seal_to_a_plain_file_has_to_be_asked_for_and_carries_no_key(car: Car) -> None:
    car.log("coffee-shop")
    station = car.device.station()
    assert station is not None
    car.device.enrol_at(replace(station, recovery_key=None), "none")
    with pytest.raises(SealMissing):
        export(car.store, car.device, car.clock)
    found = export(car.store, car.device, car.clock, may_be_plain=True)
    opened = read_bundle(found.data, lambda *_: b"")
    assert (found.is_sealed, opened.bundle.reply, len(opened.bundle.records)) == (False, None, 1)
    assert bundle_bytes(bundle_body(opened.bundle), opened.signature, None) == found.data


def test_a_receipt_file_says_nothing_of_what_is_missing_at_the_station_and_changes_nothing_of_it(
    car: Car, office: Office
) -> None:
    car.log("other")
    car.send()
    standing = car.store.standing()
    lacking = Audit(9, 7, ((7, 8),))
    car.store.settle(Receipt(2, car.clock.new_id(), str(standing.epoch), START, "c", (), audit=lacking))
    before = notices(car.store, car.logbook)
    car.log("other")
    assert settled(car, office.answer(car, bundle_of(car))).records == 1
    after = car.store.standing()
    assert Audit(after.said, after.held, after.missing) == lacking
    assert notices(car.store, car.logbook) == before


def restore_from_before(database: Database, contact_id: str) -> None:
    """The station's database is put back as it was before this contact came in, and gets another epoch."""
    with database.writing() as session:
        for row in (ContactRow, RecordRow):
            session.execute(delete(row).where(row.id == UUID(contact_id)))
        the_station(session).epoch = str(uuid4())


def test_a_receipt_file_of_before_the_station_was_restored_settles_nothing(
    car: Car, office: Office, database: Database
) -> None:
    """The device has met the restored station, which does not have any more what the file names."""
    car.log("coffee-shop")
    car.send()
    (contact_id,) = car.log("other")
    data = bundle_of(car)
    of_before = office.answer(car, data)
    restore_from_before(database, contact_id)
    car.clock.passes(100)
    Sending(car.store, car.logbook, car.clock, car.line).ask()
    before = car.store.standing(), car.store.ready_ids()
    with pytest.raises(NotBelieved, match="restored"):
        settled(car, of_before)
    assert (car.store.standing(), car.store.ready_ids()) == before
    assert settled(car, receipt_file(car, office.take(data, timedelta(seconds=200)))).records == 1


def test_a_receipt_file_may_be_the_first_that_a_device_hears_of_a_restored_station(
    car: Car, office: Office, database: Database
) -> None:
    car.log("coffee-shop")
    car.send()
    (contact_id,) = car.log("other")
    restore_from_before(database, contact_id)
    assert settled(car, receipt_file(car, office.take(bundle_of(car), timedelta(seconds=200)))).records == 1
    assert len(car.store.ready_ids()) == 1  # what the station had before is sent again
    assert notices(car.store, car.logbook) == (RESTORED,)
