"""Quarantine for release or dismissal: both ends, on the console, by command; nothing deleted, nothing doubled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from cars import Car
from consoles import Browser, Page
from doubles import START, FixedClock
from handset import Handset, Sheet, enrolled_handset, put_aside, row_counts

from station.console.raw_words import SHOWN_BYTES_MAX, shown_bytes
from station.database import Database
from station.desk import Desk
from station.news import news_after
from station.quarantine import PAGE_ROWS_MAX, Decision, State, decisions_on, listed, one, waiting
from station.releasing import NotDecided, dismiss, release, try_held_again
from station.tables import ContactRow, DeviceRow, QuarantineRow
from sync.canonical import JsonObject
from sync.limits import REASON_CHARACTERS_MAX
from sync.records import KINDS, hashed
from sync.reference import Reference
from sync.verdicts import State as Standing
from sync.verdicts import Verdict


@pytest.fixture
def narrow(reference: Reference) -> Reference:
    """What the station knew before coffee shops."""
    return replace(reference, settings={k: v for k, v in reference.settings.items() if k != "coffee-shop"})


@pytest.fixture
def handset(database: Database, narrow: Reference, clock: FixedClock) -> Handset:
    """A handset whose station does not know coffee shops yet."""
    return enrolled_handset(database, Desk(database, narrow, clock.now), clock)


def decided(database: Database, number: int = 1) -> list[str]:
    """What was decided on a record."""
    with database.reading() as session:
        return [row.decision for row in decisions_on(session, number)]


def placed(database: Database, contact: JsonObject) -> tuple[datetime, int]:
    """When a contact was by the station's reckoning, and by how much its device's clock was ahead."""
    with database.reading() as session:
        row = session.get_one(ContactRow, UUID(contact["id"]))
        return row.contact_at, row.seconds_off


def told(database: Database, handset: Handset) -> list[tuple[str, str]]:
    """What the device will be told: verdict and reason."""
    with database.reading() as session:
        device = session.query(DeviceRow).one().id
        items = news_after(session, device, 0).items
    assert {str(device)} == {handset.device}
    return [(item.body["verdict"], item.body["reason"]) for item in items]


def state_on(car: Car, contact: str) -> Standing:
    """Where a contact is, as its device shows it."""
    return next(entry.state for entry in car.logbook.entries() if entry.contact.id == contact)


def press(sergeant: Browser, what: str, number: int = 1, **fields: str) -> int:
    """Press a button on a record's page; the answer's status."""
    hidden = Page(sergeant.get(f"/quarantine/{number}").text).fields
    return sergeant.post(f"/quarantine/{number}/{what}", {**hidden, **fields}).status_code


def test_a_contact_released_at_the_console_is_sent_on_the_device_after_its_next_exchange(
    car: Car, sergeant: Browser, database: Database, narrow: Reference, reference: Reference
) -> None:
    knowing, car.line.desk = car.line.desk, Desk(database, narrow, car.clock.now)
    (contact,) = car.log("coffee-shop", rd="0454")
    car.send()
    assert state_on(car, contact) is Standing.NEEDS_ATTENTION
    assert "1 record in quarantine waits" in Page(sergeant.get("/worksheets").text).text

    assert press(sergeant, "release") == 303
    assert Sheet(database, reference).ids() == [contact]
    after = row_counts(database)
    hidden = Page(sergeant.get("/worksheets").text).fields
    assert sergeant.post("/quarantine/1/release", hidden).status_code == 303  # pressed twice
    assert row_counts(database) == after
    assert "in quarantine wait" not in Page(sergeant.get("/worksheets").text).text

    car.line.desk = knowing
    car.log("other", rd="0454")
    car.send()
    assert state_on(car, contact) is Standing.SENT


def test_a_dismissed_contact_is_kept_and_its_device_is_told_why(
    car: Car, sergeant: Browser, database: Database, narrow: Reference
) -> None:
    car.line.desk = Desk(database, narrow, car.clock.now)
    (contact,) = car.log("coffee-shop", rd="0454")
    car.send()
    before = put_aside(database)
    assert press(sergeant, "dismiss", reason="Logged in the wrong place.") == 303
    assert put_aside(database) == before
    page = Page(sergeant.get("/quarantine/1").text).text
    assert "Dismissed by admin" in page
    assert "Logged in the wrong place." in page
    car.log("other", rd="0454")
    car.send()
    (entry,) = [entry for entry in car.logbook.entries() if entry.contact.id == contact]
    assert (entry.state, entry.reason) == (
        Standing.NEEDS_ATTENTION,
        "Dismissed at the station: Logged in the wrong place.",
    )
    # Whoever has read that takes the contact back, and nothing asks for attention any more.
    car.logbook.withdraw(contact, "Dismissed at the station.")
    car.send()
    assert car.logbook.tally().contacts == {Standing.READY_TO_SEND: 0, Standing.SENT: 1, Standing.NEEDS_ATTENTION: 0}
    assert put_aside(database) == before


@pytest.mark.parametrize("what", ["release", "dismiss"])
def test_strangers_and_forms_of_other_browsers_decide_nothing(
    handset: Handset, browser: Browser, sergeant: Browser, database: Database, what: str
) -> None:
    handset.verdicts(handset.contact())
    stranger = Browser(browser.address)
    hidden = Page(stranger.get("/sign-in").text).fields
    path = f"/quarantine/1/{what}"
    assert stranger.post(path, {**hidden, "reason": "x"}).status_code == 303  # to sign in
    assert sergeant.post(path, {**hidden, "reason": "x"}).status_code == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    own = Page(sergeant.get("/quarantine/1").text).fields
    assert sergeant.post(path, {**own, "reason": "x"}, **elsewhere).status_code == 403
    assert decided(database) == []


def test_the_pages_refuse_what_is_not_there_in_a_sentence(sergeant: Browser, handset: Handset) -> None:
    handset.verdicts(handset.contact(note="<script>alert(1)</script>"))
    for path, status in {
        "/quarantine/2": 404,
        "/quarantine/x": 404,
        "/quarantine/9999999999999999": 404,
        "/quarantine?state=x": 400,
        "/quarantine?after=-1": 400,
        "/quarantine?state=dismissed": 200,
        "/quarantine?after=999999999999999": 200,
    }.items():
        assert sergeant.get(path).status_code == status, path
    assert "<script>alert" not in sergeant.get("/quarantine/1").text
    assert press(sergeant, "dismiss", reason=" ") == 400
    assert press(sergeant, "dismiss", reason="é" * (REASON_CHARACTERS_MAX + 1)) == 400
    assert press(sergeant, "dismiss", reason="é" * REASON_CHARACTERS_MAX) == 303


def test_what_still_cannot_be_taken_in_stays_with_the_reason_noted_once(
    handset: Handset, database: Database, narrow: Reference, clock: FixedClock
) -> None:
    handset.verdicts(handset.contact(), {"raw": "AP8="})
    for number in (1, 2):
        for is_new in (True, False):
            with database.writing() as session:
                found = release(session, number, "admin", clock.now(), narrow)
            assert (found.decision, found.is_new) == (Decision.REFUSED_AGAIN, is_new)
        assert decided(database, number) == ["refused-again"]
    with database.reading() as session:
        assert waiting(session) == 2
    assert told(database, handset) == []


def test_records_with_the_same_id_are_both_kept_and_the_second_can_only_be_dismissed(
    handset: Handset, database: Database, reference: Reference, clock: FixedClock
) -> None:
    first = handset.contact(setting="other")
    second = hashed({**{k: v for k, v in first.items() if k != "hash"}, "people": 9})
    assert handset.verdicts(first, second) == [Verdict.ACCEPTED, Verdict.CONFLICTING]
    before = row_counts(database)
    with database.writing() as session:
        assert release(session, 1, "admin", clock.now(), reference).decision is Decision.REFUSED_AGAIN
    assert row_counts(database) == {**before, "quarantine_decisions": 1}
    with database.writing() as session:
        dismiss(session, 1, "The first one is right.", "admin", clock.now())
    assert told(database, handset) == [("conflicting", "Dismissed at the station: The first one is right.")]


def test_dismissed_may_be_released_and_released_is_never_dismissed(
    handset: Handset, database: Database, narrow: Reference, reference: Reference, clock: FixedClock
) -> None:
    handset.verdicts(handset.contact())
    for is_new in (True, False):
        with database.writing() as session:
            assert dismiss(session, 1, "A test.", "admin", clock.now()).is_new == is_new
    with database.writing() as session:
        assert not release(session, 1, "admin", clock.now(), narrow).is_new  # refused: it stays dismissed
    with database.reading() as session:
        assert (one(session, 1).state, waiting(session)) == (State.DISMISSED, 0)
    with database.writing() as session:
        assert release(session, 1, "admin", clock.now(), reference).decision is Decision.RELEASED
    with pytest.raises(NotDecided), database.writing() as session:
        dismiss(session, 1, "No.", "admin", clock.now())
    assert decided(database) == ["dismissed", "released"]
    assert [verdict for verdict, _ in told(database, handset)] == ["quarantined", "accepted"]


@pytest.mark.parametrize("boot_at_sending", ["boot-1", "boot-2"])
def test_what_is_released_days_later_is_filed_by_the_time_that_the_station_knows_better(
    boot_at_sending: str,
    handset: Handset,
    database: Database,
    reference: Reference,
    clock: FixedClock,
) -> None:
    """The device's clock was a night ahead when the contact was entered, and when it was sent."""
    handset.clock = FixedClock(at=START + timedelta(hours=9), ids=clock.ids)
    contact = handset.contact()
    for ticking in (handset.clock, clock):
        ticking.passes(7_200)
    handset.clock.boot_name = boot_at_sending
    assert handset.verdicts(contact) == [Verdict.QUARANTINED]
    clock.passes(3 * 86_400)
    with database.writing() as session:
        assert release(session, 1, "admin", clock.now(), reference).decision is Decision.RELEASED
    assert placed(database, contact) == (START, 9 * 3_600)


def test_what_lies_in_quarantine_since_an_earlier_version_is_released_by_its_own_time(
    handset: Handset, database: Database, reference: Reference, clock: FixedClock
) -> None:
    contact = handset.contact()
    handset.verdicts(contact)
    with database.writing() as session:
        row = session.get_one(QuarantineRow, 1)
        row.sent_at = row.monotonic_ms = row.boot = None
    clock.passes(86_400)
    with database.writing() as session:
        release(session, 1, "admin", clock.now(), reference)
    assert placed(database, contact) == (START, 0)


def test_a_release_leaves_what_the_device_said_of_itself(
    handset: Handset, database: Database, reference: Reference, clock: FixedClock
) -> None:
    handset.send(handset.batch(handset.contact(), ready=8, damage=("a line",)))
    with database.writing() as session:
        release(session, 1, "admin", clock.now(), reference)
    with database.reading() as session:
        device = session.query(DeviceRow).one()
        assert (device.ready, device.damage, device.app) == (7, "a line", "0.1.0")


def test_what_was_held_for_a_newer_station_is_tried_again_and_only_once(
    handset: Handset, database: Database, reference: Reference, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kind is unknown first, then known, as after an update."""
    kinds = dict(KINDS)
    monkeypatch.setattr("sync.records.KINDS", {k: v for k, v in kinds.items() if k != "contact"})
    records = [handset.contact(setting="other") for _ in range(3)]
    assert handset.verdicts(*records) == [Verdict.HELD] * 3
    before = row_counts(database)
    assert try_held_again(database, reference, clock.now()) == 0
    assert row_counts(database) == before
    monkeypatch.setattr("sync.records.KINDS", kinds)
    assert [try_held_again(database, reference, clock.now()) for _ in range(2)] == [3, 0]
    assert sorted(Sheet(database, reference).ids()) == sorted(record["id"] for record in records)


def test_the_list_is_paged_without_a_gap(handset: Handset, database: Database) -> None:
    handset.verdicts(*(handset.contact() for _ in range(PAGE_ROWS_MAX + 1)))
    with database.reading() as session:
        first = listed(session, State.WAITING)
        rest = listed(session, State.WAITING, after=first[-1].id)
        assert [each.id for each in first + rest] == list(range(1, PAGE_ROWS_MAX + 2))
        assert listed(session, State.RELEASED) == []


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"a":"\\ud800"}', lambda shown: "\\ud800" in (shown.decoded or "")),
        (b"\x00\xff\xe2\x80\xae", lambda shown: shown.decoded is None and shown.text == "\\u0000\\xff\\u202e"),
        (b'"' + b"x" * (SHOWN_BYTES_MAX - 2) + b'"', lambda shown: not shown.is_cut and shown.decoded),
        (b'"' + b"x" * (SHOWN_BYTES_MAX - 1) + b'"', lambda shown: shown.is_cut and len(shown.text) == SHOWN_BYTES_MAX),
    ],
    ids=["half a letter", "invisible", "the longest", "longer"],
)
def test_bytes_are_shown_bounded_and_visible(raw: bytes, says: Callable[[object], object]) -> None:
    shown = shown_bytes(raw)
    assert says(shown)
    (shown.text + (shown.decoded or "")).encode()
