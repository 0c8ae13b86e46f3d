"""The page that is kept is the page that would be made anew, whatever comes, in whatever order, from whomever."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from cars import Car
from doubles import START, FixedClock, uuids
from examples import CONTACT, WITHDRAWAL, contact
from hypothesis import given, settings
from hypothesis import strategies as st

from field_app.entries import Entry, entries_of, known
from field_app.hand import Hand, open_hand
from field_app.logbook import Details, Logbook
from field_app.page import Page
from field_app.shift import Shift
from field_app.store.outbox import RECORDS, VERDICTS
from field_app.view import ENTRIES_MAX, take_view
from sync.canonical import JsonObject
from sync.records import Record, Role, hashed, record_to_json
from sync.reference import Reference
from sync.times import read_time
from sync.verdicts import MEANINGS, State, Verdict
from sync.wire import Judged, Receipt

IDS = [record_id for record_id, _ in zip(uuids(), range(6), strict=False)]
PEOPLE = ["900001", "900002"]
some_id, some_person, some_sequence = st.sampled_from(IDS), st.sampled_from(PEOPLE), st.integers(1, 9)
SETTLED = [verdict for verdict in Verdict if MEANINGS[verdict].is_settled]

contacts = st.builds(
    lambda **values: (RECORDS, stored(contact(**values))),
    id=some_id,
    sequence=some_sequence,
    person=some_person,
    corrects=st.none() | some_id,
)
withdrawals = st.builds(
    lambda **values: (RECORDS, stored(replace(WITHDRAWAL, **values))),
    id=some_id,
    sequence=some_sequence,
    person=some_person,
    withdraws=some_id,
)
unknown = st.builds(lambda record_id: (RECORDS, stored(CONTACT) | {"kind": "weather", "id": record_id}), some_id)
verdicts = st.builds(
    lambda record_id, verdict: (VERDICTS, {"id": record_id, "verdict": verdict.value, "reason": None, "receipt": 1}),
    some_id,
    st.sampled_from(SETTLED),
)
leavings = st.builds(lambda record_id: ("leave", {"id": record_id}), some_id)
# As the outbox lists them.
URGENT_FIRST = [State.NEEDS_ATTENTION, State.READY_TO_SEND, State.SENT]
looks: st.SearchStrategy[tuple[str, JsonObject]] = st.just(("look", {}))


def stored(record: Record) -> JsonObject:
    """A record as the store keeps it."""
    return hashed(record_to_json(record))


def made_anew(records: Iterable[JsonObject], judged: dict[str, JsonObject]) -> list[Entry]:
    """The page as it is made from everything at once."""
    return entries_of(filter(None, map(known, records)), judged)


def urgent_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries by their state; within one as they came."""
    return tuple(sorted(entries, key=lambda entry: URGENT_FIRST.index(entry.state)))


def agrees(page: Page, expected: list[Entry]) -> None:
    """The page says what it should, in every way in which it is asked."""
    stands = [entry for entry in expected if entry.stands]
    shift = Shift(PEOPLE[0], Role.DEPUTY, "day", None, START, sequence_before=3)
    own = [entry for entry in stands if shift.has(entry.contact)]
    assert page.entries(with_past=True) == expected
    assert page.entries(with_past=False) == stands
    assert page.outbox(2) == urgent_first(stands)[:2]
    assert page.latest(2, shift) == tuple(own[:2])
    assert Counter(page.counts()) == Counter(entry.state for entry in stands)


@settings(deadline=None)
@given(st.lists(contacts | withdrawals | unknown | verdicts | leavings | looks, max_size=20))
def test_the_page_never_shows_what_was_true_before(told: list[tuple[str, JsonObject]]) -> None:
    """Records come in any order, a verdict before its record, a withdrawal before its contact, circles, anything."""
    page = Page()
    records: dict[str, JsonObject] = {}
    judged: dict[str, JsonObject] = {}
    for table, found in told:
        if table == "look":
            page.catch_up()
            agrees(page, made_anew(records.values(), judged))
        elif table == "leave":
            page.follow([(name, "d", found["id"]) for name in (RECORDS, VERDICTS)])
            records.pop(found["id"], None)
            judged.pop(found["id"], None)
        else:
            page.follow([(table, "p", found["id"], found)])
        if table == VERDICTS:
            judged[found["id"]] = found
        elif table == RECORDS and found["id"] not in records:  # a record never changes
            records[found["id"]] = found
    page.catch_up()
    agrees(page, made_anew(records.values(), judged))


def test_a_store_that_begins_anew_tells_the_page_everything_again() -> None:
    """After a failed fsync memory is made anew, without what was refused."""
    page = Page()
    page.follow([(RECORDS, "p", CONTACT.id, stored(CONTACT))])
    page.catch_up()
    page.start(None)
    page.catch_up()
    agrees(page, [])


def test_a_contact_that_comes_after_its_withdrawal_does_not_stand() -> None:
    """Even if somebody looked in between."""
    page = Page()
    page.follow([(RECORDS, "p", WITHDRAWAL.id, stored(replace(WITHDRAWAL, sequence=1)))])
    page.catch_up()
    assert page.entries(with_past=True) == []
    page.follow([(RECORDS, "p", CONTACT.id, stored(replace(CONTACT, sequence=2)))])
    page.catch_up()
    assert [entry.stands for entry in page.entries(with_past=True)] == [False]
    assert not any(page.counts().values())


steps = st.tuples(
    st.booleans(), st.sampled_from(["log", "correct", "withdraw", "settle", "sign on"]), st.integers(0, 99)
)


@settings(max_examples=40, deadline=None)  # each opens a store twice; a busy disk is no fault
@given(st.lists(steps, max_size=12))
def test_two_programs_over_one_store_see_the_same_page(
    reference: Reference, taken: list[tuple[bool, str, int]]
) -> None:
    """Whichever of them logs, corrects, withdraws, settles or signs on, both show what the store holds."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        clock = FixedClock()
        hands = [stack.enter_context(open_hand(Path(folder), clock, reference)) for _ in range(2)]
        hands[0].logbook.sign_on(PEOPLE[0], Role.DEPUTY, "day", "41A")
        for is_second, what, number in taken:
            step(hands[is_second], what, number)
            for hand in hands:
                expected = made_anew(hand.store.records().values(), dict(hand.store.verdicts()))
                agrees(hand.logbook.page(), expected)
                shift = hand.logbook.shift()
                assert shift is not None
                stands = [entry for entry in expected if entry.stands]
                view = take_view(hand)
                assert view.outbox == urgent_first(stands)
                assert view.own == tuple(entry for entry in stands if shift.has(entry.contact))
                ready = [entry for entry in stands if entry.state is State.READY_TO_SEND]
                assert view.count(State.READY_TO_SEND) == len(ready)
                oldest = next((read_time(record["entered_at"]) for record in hand.store.ready(1)), None)
                assert hand.logbook.page().oldest_ready_at() == oldest
            clock.passes(60)


def step(hand: Hand, what: str, number: int) -> None:
    """One thing that a person or the station does; what cannot be done now is left out."""
    logbook = hand.logbook
    shift = logbook.shift()
    own = [entry for entry in logbook.entries() if shift is not None and entry.contact.person == shift.person]
    if what == "log":
        logbook.log(Details("other", people=1 + number))
    elif what == "sign on":
        logbook.sign_on(PEOPLE[number % 2], Role.DEPUTY, "day", "41A")
    elif what == "settle":
        ready = hand.store.ready_ids()[: number % 4]
        judged = tuple(Judged(found, SETTLED[number % len(SETTLED)], None) for found in ready)
        hand.store.settle(Receipt(number, IDS[0], "epoch", START, "challenge", judged))
    elif own:
        contact_id = own[number % len(own)].contact.id
        if what == "correct":
            logbook.correct(contact_id, {"people": 1 + number})
        else:
            logbook.withdraw(contact_id, "mistake")


def test_a_tap_and_a_verdict_make_no_entry_but_their_own(car: Car) -> None:
    """So a tap costs the same on the first day and on the last."""
    car.log("other", "coffee-shop", "block-watch")
    before = {entry.contact.id: entry for entry in car.logbook.entries()}
    (latest,) = car.log("other")
    first = min(before)
    car.store.settle(Receipt(1, IDS[0], "epoch", START, "challenge", (Judged(first, Verdict.ACCEPTED),)))
    after = {entry.contact.id: entry for entry in car.logbook.entries()}
    kept = [contact_id for contact_id, entry in after.items() if entry is before.get(contact_id)]
    assert set(after) - set(kept) == {latest, first}
    assert after[first].state is State.SENT


def test_whoever_looks_first_the_page_is_whole(signed_on: Hand) -> None:
    """A window's first look and the courier's first round come at the same moment, at each start and each unlock."""
    for _ in range(3):
        signed_on.logbook.log(Details("coffee-shop"))
    logbook = Logbook(signed_on.store, signed_on.clock, signed_on.reference)
    with ThreadPoolExecutor(1) as threads:
        with signed_on.store.reading():
            other = threads.submit(logbook.entries)
            time.sleep(0.1)  # it waits for the store
            assert len(logbook.entries()) == 3
        assert len(other.result()) == 3


def test_what_needs_attention_is_in_the_outbox_however_much_came_later(signed_on: Hand) -> None:
    parked = signed_on.logbook.log(Details("block-watch")).contact.id
    signed_on.store.park({parked: "The station could not take it in."})
    for _ in range(ENTRIES_MAX):
        signed_on.logbook.log(Details("coffee-shop"))
    outbox = take_view(signed_on).outbox
    assert outbox[0].contact.id == parked
    assert len(outbox) == ENTRIES_MAX
    assert outbox[1].contact.sequence == signed_on.store.sequence_last()
