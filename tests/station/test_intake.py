"""Batches taken in at the desk: a verdict for each record, each stored once, whatever comes with it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from doubles import START, FixedClock
from examples import DEVICE, OTHER_ID, contact_json
from handset import Handset, as_body, enrolled_handset, put_aside, row_counts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.clocks import TRIP_SECONDS_MAX
from station.csvs import worksheet_csv
from station.database import Database
from station.desk import Desk
from station.tables import ContactRow, DeviceRow, RecordRow
from station.worksheets import worksheet_lines
from sync.canonical import JsonObject, NotCanonical, canonical_bytes, read_json
from sync.limits import INTEGER_MAX, MONOTONIC_MS_MAX
from sync.records import hashed, unhashed
from sync.reference import Reference
from sync.times import read_time, write_time
from sync.verdicts import Verdict
from sync.wire import batch_to_json

ACCEPTED, ALREADY_HERE, CONFLICTING = Verdict.ACCEPTED, Verdict.ALREADY_HERE, Verdict.CONFLICTING
QUARANTINED, HELD = Verdict.QUARANTINED, Verdict.HELD
# The database is the same for all examples of a test; records have fresh ids.
SAME_DATABASE = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device, with the same time as the station."""
    return enrolled_handset(database, desk, clock)


def stored(database: Database, record: JsonObject) -> bytes | None:
    """The bytes that the station holds under a record's id."""
    with database.reading() as session:
        row = session.get(RecordRow, UUID(record["id"]))
        return None if row is None else row.canonical


def read_from(database: Database, record: JsonObject) -> ContactRow:
    """What the station has read from a contact."""
    with database.reading() as session:
        row = session.get_one(ContactRow, UUID(record["id"]))
        session.expunge(row)
        return row


def test_a_sound_record_is_stored_byte_for_byte(handset: Handset, database: Database) -> None:
    contact = handset.contact(weather={"of a": ["newer version", None]}, note="señal, 안녕하세요, ☕")
    withdrawal = handset.withdrawal(contact["id"])
    assert handset.verdicts(contact, withdrawal) == [ACCEPTED, ACCEPTED]
    assert stored(database, contact) == canonical_bytes(unhashed(contact))
    assert stored(database, withdrawal) == canonical_bytes(unhashed(withdrawal))


def test_sending_again_changes_nothing(handset: Handset, database: Database) -> None:
    contact = handset.contact()
    assert handset.verdicts(contact) == [ACCEPTED]
    before = row_counts(database)
    assert handset.verdicts(contact) == [ALREADY_HERE]
    assert row_counts(database) == before | {"receipts": 2}


def test_a_record_twice_in_one_batch_is_stored_once(handset: Handset, database: Database) -> None:
    contact, other = handset.contact(), handset.contact()
    assert handset.verdicts(contact, other, contact) == [ACCEPTED, ACCEPTED, ALREADY_HERE]
    assert row_counts(database)["contacts"] == 2


def test_other_content_under_a_known_id_is_kept_beside_the_first_never_instead_of_it(
    handset: Handset, database: Database
) -> None:
    first = handset.contact()
    second = hashed(unhashed(first) | {"people": 47})
    third = handset.withdrawal(first["id"], id=first["id"])
    assert handset.verdicts(first, second) == [ACCEPTED, CONFLICTING]
    assert handset.verdicts(second, third, first) == [CONFLICTING, CONFLICTING, ALREADY_HERE]
    assert stored(database, first) == canonical_bytes(unhashed(first))
    assert [(verdict, raw) for verdict, _, raw in put_aside(database)] == [
        (CONFLICTING, canonical_bytes(unhashed(second))),
        (CONFLICTING, canonical_bytes(unhashed(third))),
    ]
    assert row_counts(database)["withdrawals"] == 0


def test_two_devices_that_mint_the_same_id_do_not_overwrite_each_other(
    handset: Handset, database: Database, desk: Desk
) -> None:
    other = enrolled_handset(database, desk, FixedClock(), OTHER_ID)
    mine = handset.contact()
    theirs = other.contact(id=mine["id"])
    assert handset.verdicts(mine) == [ACCEPTED]
    assert other.verdicts(theirs) == [CONFLICTING]
    assert stored(database, mine) == canonical_bytes(unhashed(mine))


def test_bad_records_are_kept_as_they_came_and_block_none(handset: Handset, database: Database) -> None:
    sound = [handset.contact() for _ in range(4)]
    bad: list[Any] = [
        "contact",
        handset.contact(people=0),
        handset.contact(device=OTHER_ID),
        handset.contact() | {"note": "\ud83d"},
        handset.contact() | {"people": 2**70},
        handset.contact() | {"nested": [[[[[]]]]] * 9},
    ]
    newer = handset.contact(kind="briefing")
    batch = handset.batch(sound[0], *bad[:3], sound[1], newer, *bad[3:], *sound[2:])
    receipt = handset.send(batch)
    expected = [ACCEPTED, *[QUARANTINED] * 3, ACCEPTED, HELD, *[QUARANTINED] * 3, ACCEPTED, ACCEPTED]
    assert [judged.verdict for judged in receipt.verdicts] == expected
    ids = [found.get("id") if isinstance(found, dict) else None for found in batch.records]
    assert [judged.id for judged in receipt.verdicts] == ids
    assert all(judged.reason for judged in receipt.verdicts if judged.verdict is not ACCEPTED)
    kept = [read_json(raw) for _, _, raw in put_aside(database)]
    assert kept == [*bad[:3], newer, *bad[3:]]


def test_what_is_in_quarantine_is_kept_once_however_often_it_is_sent(handset: Handset, database: Database) -> None:
    bad, newer = handset.contact(people=0), handset.contact(schema=2)
    assert handset.verdicts(bad, newer, bad) == [QUARANTINED, HELD, QUARANTINED]
    assert handset.verdicts(newer, bad) == [HELD, QUARANTINED]
    assert [verdict for verdict, _, _ in put_aside(database)] == [QUARANTINED, HELD]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
# A field of a sound contact set to anything, under a hash that fits or under the old one.
CHANGED = st.tuples(st.sampled_from([*contact_json(), "unheard-of"]), JSON, st.booleans())


def changed(contact: JsonObject, name: str, value: object, *, is_hashed: bool) -> JsonObject:
    """A contact with one field changed; hashed anew if that can be done."""
    found = contact | {name: value}
    try:
        return hashed(unhashed(found)) if is_hashed else found
    except NotCanonical:
        return found


@SAME_DATABASE
@given(bad=st.lists(JSON | CHANGED, max_size=6), data=st.data())
def test_whatever_else_is_in_a_batch_sound_records_are_taken_in(
    bad: list[Any], data: st.DataObject, handset: Handset
) -> None:
    others = [
        changed(handset.contact(), item[0], item[1], is_hashed=item[2]) if isinstance(item, tuple) else item
        for item in bad
    ]
    sound = [handset.contact() for _ in range(3)]
    records = data.draw(st.permutations([*sound, *others]))
    receipt = handset.send(handset.batch(*records))
    assert len(receipt.verdicts) == len(records)
    verdicts = {id(record): judged.verdict for record, judged in zip(records, receipt.verdicts, strict=True)}
    assert [verdicts[id(record)] for record in sound] == [ACCEPTED] * 3


@pytest.mark.parametrize("number", [b"1.5", b"1.50e+02", b"-1e400", b"1e99999999999999999999", b"9" * 5_000])
def test_no_number_whatever_stops_a_batch_and_each_is_kept_as_it_was_spelled(
    number: bytes, handset: Handset, database: Database
) -> None:
    batch = handset.batch(handset.contact() | {"people": "@"}, handset.contact())
    body = as_body(batch_to_json(batch)).replace(b'"@"', number)
    receipt = handset.desk.exchange(handset.signed(body, batch.batch), "")
    assert [judged.verdict for judged in receipt.verdicts] == [QUARANTINED, ACCEPTED]
    ((_, _, raw),) = put_aside(database)
    assert b'"people": ' + number + b"," in raw


def test_a_sequence_number_that_is_true_or_false_stops_no_batch(handset: Handset) -> None:
    others = [changed(handset.contact(), "sequence", value, is_hashed=True) for value in (True, False)]
    assert handset.verdicts(*others, handset.contact()) == [QUARANTINED, QUARANTINED, ACCEPTED]


def test_an_empty_batch_is_answered(handset: Handset) -> None:
    """It brings a device's clock and its last sequence number."""
    assert handset.verdicts() == []


def test_the_station_remembers_the_highest_sequence_number_of_a_device(handset: Handset, database: Database) -> None:
    for sequence_last in (47, 12):
        handset.send(handset.batch(handset.contact(), sequence_last=sequence_last))
    with database.reading() as session:
        device = session.get_one(DeviceRow, UUID(DEVICE))
        assert (device.sequence_last, device.app, device.heard_at) == (47, "0.1.0", START)


@pytest.mark.parametrize("wrong", [START.replace(year=1970), START.replace(year=2099)])
@pytest.mark.parametrize("boot_at_sending", ["boot-1", "boot-2"])
def test_a_wrong_clock_is_corrected_and_what_it_claimed_is_kept(
    wrong: datetime, boot_at_sending: str, handset: Handset, clock: FixedClock, database: Database
) -> None:
    """Also after the device was started again: its clock is then as wrong as before."""
    handset.clock = FixedClock(at=wrong, ids=clock.ids)
    claimed_at = write_time(wrong - timedelta(minutes=5))
    contact = handset.contact(claimed_at=claimed_at)
    handset.clock.passes(3_600)
    clock.passes(3_600)
    handset.clock.boot_name = boot_at_sending
    assert handset.verdicts(contact) == [ACCEPTED]
    row = read_from(database, contact)
    assert row.contact_at == START - timedelta(minutes=5)
    assert row.seconds_off == (wrong - START).total_seconds()
    assert row.seconds_unsure == (TRIP_SECONDS_MAX + 1 if boot_at_sending == "boot-1" else None)
    assert read_json(stored(database, contact) or b"")["claimed_at"] == claimed_at


def test_a_clock_that_was_set_right_during_a_boot_is_corrected_by_the_steady_one(
    handset: Handset, clock: FixedClock, database: Database
) -> None:
    handset.clock = FixedClock(at=START + timedelta(hours=9), ids=clock.ids)
    wrong = handset.contact()
    handset.clock.at = START
    right = handset.contact()
    for ticking in (handset.clock, clock):
        ticking.passes(7_200)
    assert handset.verdicts(wrong, right) == [ACCEPTED, ACCEPTED]
    assert [read_from(database, record).contact_at for record in (wrong, right)] == [START, START]
    assert [read_from(database, record).seconds_off for record in (wrong, right)] == [9 * 3_600, 0]
    assert [read_from(database, record).seconds_unsure for record in (wrong, right)] == [TRIP_SECONDS_MAX + 1, None]


def test_a_steady_clock_tells_nothing_about_another_boot(handset: Handset, database: Database) -> None:
    contact = handset.contact()
    handset.clock.passes(3_600)
    handset.clock.boot_name, handset.clock.steady_ms = "boot-2", 90_000_000
    handset.verdicts(contact)
    row = read_from(database, contact)
    assert (row.seconds_off, row.contact_at) == (0, START)


@pytest.mark.parametrize(("seconds", "off"), [(120, 0), (121, 121), (-120, 0), (-121, -121)])
def test_a_clock_that_is_about_right_is_believed(
    seconds: int, off: int, handset: Handset, clock: FixedClock, database: Database
) -> None:
    handset.clock = FixedClock(at=START + timedelta(seconds=seconds), ids=clock.ids)
    contact = handset.contact()
    handset.verdicts(contact)
    row = read_from(database, contact)
    assert (row.seconds_off, row.contact_at) == (off, START + timedelta(seconds=seconds - off))


EXTREME_TIMES = st.sampled_from(["1970-01-01T00:00:00.000Z", write_time(START), "2999-12-31T23:59:59.999Z"])
EXTREME_STEADY = st.sampled_from([0, 1, MONOTONIC_MS_MAX])
BOOTS = st.sampled_from(["boot-1", "boot-2"])


@SAME_DATABASE
@given(entered_at=EXTREME_TIMES, sent_at=EXTREME_TIMES, steady=st.tuples(EXTREME_STEADY, EXTREME_STEADY), boot=BOOTS)
def test_extreme_values_are_taken_in_and_can_be_read_again(
    entered_at: str,
    sent_at: str,
    steady: tuple[int, int],
    boot: str,
    handset: Handset,
    database: Database,
    reference: Reference,
) -> None:
    extreme = {"entered_at": entered_at, "claimed_at": entered_at, "sequence": INTEGER_MAX}
    contacts = [handset.contact(**extreme, monotonic_ms=steady[0], watch=watch) for watch in reference.watches]
    clocks = {"sent_at": read_time(sent_at), "monotonic_ms": steady[1], "boot": boot, "sequence_last": INTEGER_MAX}
    receipt = handset.send(handset.batch(*contacts, **clocks))
    assert [judged.verdict for judged in receipt.verdicts] == [ACCEPTED] * len(contacts)
    for contact in contacts:
        with database.reading() as session:
            lines = worksheet_lines(session, reference, read_from(database, contact).shift_on)
        assert contact["id"] in [line.contact.id for line in lines]
        assert contact["id"] in worksheet_csv(lines, reference)


def test_a_database_put_back_is_noticed_though_its_receipt_numbers_were_given_to_another(
    handset: Handset, database: Database, desk: Desk, clock: FixedClock
) -> None:
    other = enrolled_handset(database, desk, clock, OTHER_ID)
    receipt = other.send(other.batch(other.contact()))
    honest = other.send(other.batch(epoch=receipt.epoch, receipt_last=receipt.receipt))
    assert honest.epoch == receipt.epoch
    overtaken = handset.send(handset.batch(epoch=receipt.epoch, receipt_last=receipt.receipt))
    assert overtaken.epoch != receipt.epoch
