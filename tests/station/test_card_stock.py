"""What the station knows of the cards, on both databases: counts, hand-outs and restocks in whatever order they arrive."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from doubles import START, FixedClock, uuids
from examples import CARD_COUNT
from handset import Handset, enrolled_handset, hand_in
from sqlalchemy import select

from station.card_estimates import WINDOW, Estimate
from station.card_moves import RECEIVED_MAX, Mover, NotMoved, receive, restock, set_low, take_back
from station.card_stock import LOW_CARDS, Stock, stock
from station.card_tables import CardMoveRow
from station.chronicle import all_entries
from station.database import Database
from station.desk import Desk
from station.revisions import _alembic
from station.tables import WithdrawalRow
from sync.canonical import JsonObject
from sync.limits import CARDS_MAX
from sync.records import Contact, Withdrawal, hashed, record_from_json, record_to_json, unhashed
from sync.reference import Reference
from sync.standing import standing
from sync.times import read_time, write_time
from sync.verdicts import Verdict


@dataclass
class Shelf:
    """The station's cards, as somebody at the office asks and writes."""

    database: Database
    reference: Reference
    clock: FixedClock

    def stock(self) -> Stock:
        """All that is known now."""
        with self.database.reading() as session:
            return stock(session, self.clock.now())

    def car(self, unit: str = "42A") -> Estimate:
        """One unit's."""
        (found,) = [each for each in self.stock().cars if each.unit == unit]
        return found

    def mover(self, form: UUID | None = None) -> Mover:
        """A sergeant with a form."""
        return Mover("900003", self.clock.now(), form or uuid4())

    def receive(self, cards: int, by: Mover | None = None) -> bool:
        """Cards come."""
        with self.database.writing() as session:
            return receive(session, cards, by or self.mover())

    def restock(self, cards: dict[str, int], by: Mover | None = None) -> bool:
        """Cards go into cars."""
        with self.database.writing() as session:
            return restock(session, self.reference, cards, by or self.mover())

    def take_back(self, number: int) -> bool:
        """An entry was a mistake."""
        with self.database.writing() as session:
            return take_back(session, number, self.mover())


@pytest.fixture
def shelf(database: Database, reference: Reference, clock: FixedClock) -> Shelf:
    """The station's cards."""
    return Shelf(database, reference, clock)


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """A device without an app."""
    return enrolled_handset(database, desk, clock)


def count_of(handset: Handset, cards: int, **changes: object) -> JsonObject:
    """The next record, a count of the cards."""
    return hashed(record_to_json(replace(CARD_COUNT, cards=cards)) | handset._stamp() | changes)


def test_a_count_resets_and_hand_outs_and_restocks_move_it(shelf: Shelf, handset: Handset) -> None:
    hand_in(handset, handset.contact(cards=9), count_of(handset, 50))
    handset.clock.passes(60)
    hand_in(handset, handset.contact(cards=4), handset.contact(cards=2), handset.contact(cards=7, unit="43A"))
    shelf.receive(500)
    shelf.restock({"42A": 30})
    found = shelf.car()
    assert (found.counted, found.handed_out, found.put_in, found.left) == (50, 6, 30, 74)
    assert shelf.car("43A").left is None
    assert shelf.stock().reserve == 470
    handset.clock.passes(60)
    hand_in(handset, count_of(handset, 11))
    found = shelf.car()
    assert (found.counted, found.handed_out, found.put_in, found.left) == (11, 0, 0, 11)
    assert found.per_day == pytest.approx(15 / 7)


def test_a_contact_that_is_withdrawn_or_corrected_gives_its_cards_back(shelf: Shelf, handset: Handset) -> None:
    hand_in(handset, count_of(handset, 50))
    handset.clock.passes(60)
    first, second, third = (handset.contact(cards=10) for _ in range(3))
    hand_in(handset, first, second, third)
    assert shelf.car().left == 20
    correction = handset.contact(cards=1, corrects=first["id"])
    hand_in(handset, handset.withdrawal(second["id"]), correction)
    assert shelf.car().left == 39
    hand_in(handset, handset.withdrawal(correction["id"]))
    assert shelf.car().left == 30  # the original stands again
    hand_in(handset, handset.withdrawal(third["id"], person="900077"))
    assert shelf.car().left == 30  # only who logged it can take it back


def test_more_handed_out_than_there_was_is_said_and_never_below_none(shelf: Shelf, handset: Handset) -> None:
    hand_in(handset, count_of(handset, 3))
    handset.clock.passes(1)
    hand_in(handset, handset.contact(cards=5))
    found = shelf.car()
    assert (found.left, found.is_short, found.days) == (0, True, (0, 0))


def test_what_is_older_than_the_window_is_forgotten(shelf: Shelf, handset: Handset) -> None:
    hand_in(handset, count_of(handset, 50), handset.contact(cards=5))
    shelf.clock.at += WINDOW - timedelta(hours=1)
    assert shelf.car().counted == 50
    shelf.clock.at += timedelta(hours=2)
    assert shelf.stock().cars == ()


def story(handset: Handset, chance: random.Random) -> list[JsonObject]:
    """Contacts of two units, some withdrawn, some corrected (and some of these withdrawn), and counts in between."""
    records: list[JsonObject] = []
    for _ in range(40):
        handset.clock.passes(60)
        said: dict[str, Any] = {"unit": chance.choice(["42A", "43A"]), "person": chance.choice(["900001", "900002"])}
        dice, contacts = chance.random(), [each for each in records if each["kind"] == "contact"]
        if dice < 0.15:
            records.append(count_of(handset, chance.randint(0, 60), **said))
        elif dice < 0.3 and contacts:
            records.append(handset.withdrawal(chance.choice(contacts)["id"], person=said["person"]))
        elif dice < 0.45 and contacts:
            old = chance.choice(contacts)
            again = {"corrects": old["id"], "claimed_at": old["claimed_at"]}
            records.append(handset.contact(cards=chance.randint(0, 9), **(said | again)))
        else:
            records.append(handset.contact(cards=chance.randint(0, 9), **said))
    handset.clock.passes(60)
    return records


def expected(records: list[JsonObject], unit: str) -> tuple[int | None, int]:
    """What a person would reckon from all records at hand: the last count, and what was handed out since."""
    known = [record_from_json(unhashed(each)) for each in records]
    contacts = [each for each in known if isinstance(each, Contact)]
    stands = standing(contacts, [each for each in known if isinstance(each, Withdrawal)]).contacts
    counts = [each for each in records if each["kind"] == "card-count" and each["unit"] == unit]
    if not counts:
        return None, 0
    last = max(counts, key=lambda each: (each["entered_at"], each["id"]))
    since = [each for each in stands if each.unit == unit and each.claimed_at > read_time(last["entered_at"])]
    return last["cards"], sum(each.cards for each in since)


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_arrival_and_what_comes_twice_change_nothing(shelf: Shelf, handset: Handset, seed: int) -> None:
    chance = random.Random(seed)
    records = story(handset, chance)
    shuffled = records * 2
    chance.shuffle(shuffled)
    for start in range(0, len(shuffled), 7):
        some = shuffled[start : start + 7]
        assert set(handset.verdicts(*some)) <= {Verdict.ACCEPTED, Verdict.ALREADY_HERE}
    for unit in ("42A", "43A"):
        counted, handed_out = expected(records, unit)
        found = shelf.car(unit)
        assert found.counted == counted, unit
        if counted is not None:
            assert (found.handed_out, found.left) == (handed_out, max(0, counted - handed_out)), unit


def test_a_correction_that_moves_the_time_out_of_the_window_takes_the_cards_with_it(
    shelf: Shelf, handset: Handset
) -> None:
    hand_in(handset, count_of(handset, 50))
    handset.clock.passes(60)
    contact = handset.contact(cards=10)
    hand_in(handset, contact)
    assert shelf.car().left == 40
    earlier = write_time(START - timedelta(days=30))
    hand_in(handset, handset.contact(cards=10, corrects=contact["id"], claimed_at=earlier))
    assert shelf.car().left == 50


def test_a_form_that_is_sent_twice_moves_cards_once_and_a_mistake_is_taken_back_by_its_opposite(
    shelf: Shelf, handset: Handset
) -> None:
    by = shelf.mover()
    assert [shelf.receive(100, by), shelf.receive(100, by)] == [True, False]
    hand_in(handset, count_of(handset, 5))
    handset.clock.passes(60)
    by = shelf.mover()
    assert [shelf.restock({"42A": 30, "43A": 20}, by) for _ in range(2)] == [True, False]
    assert (shelf.stock().reserve, shelf.car().left) == (50, 35)
    handset.clock.passes(60)
    hand_in(handset, count_of(handset, 7))
    handset.clock.passes(60)
    assert [shelf.take_back(2), shelf.take_back(2)] == [True, False]
    assert (shelf.stock().reserve, shelf.car().left) == (80, 7)  # the count has the truth already
    with shelf.database.reading() as session:
        rows = session.scalars(select(CardMoveRow).order_by(CardMoveRow.id)).all()
        kept = [(row.unit, row.cards, row.undoes) for row in rows]
        told = [(entry.kind, entry.who, entry.whom, entry.details) for entry in all_entries(session)]
    assert kept == [
        (None, 100, None),
        ("42A", 30, None),
        ("43A", 20, None),
        ("42A", -30, 2),
    ]
    assert told[-4:] == [
        ("cards-received", "900003", "", "100"),
        ("cards-put-in", "900003", "42A", "30"),
        ("cards-put-in", "900003", "43A", "20"),
        ("cards-taken-back", "900003", "42A", "30, entry 2"),
    ]


def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(shelf: Shelf) -> None:
    shelf.receive(10)
    for count, words in ((0, "number from 1"), (RECEIVED_MAX + 1, "number from 1")):
        with pytest.raises(NotMoved, match=words):
            shelf.receive(count)
    for cards, words in (
        ({}, "at least one car"),
        ({"42A": 11}, "the reserve has 10"),
        ({"42A": 6, "43A": 5}, "the reserve has 10"),
        ({"4 2": 1}, "not a unit"),
        ({"42A": 0}, "Write for 42A"),
        ({"42A": CARDS_MAX + 1}, "Write for 42A"),
    ):
        with pytest.raises(NotMoved, match=words):
            shelf.restock(cards)
    for number in (7, 1_000_000):
        with pytest.raises(NotMoved, match="no such entry"):
            shelf.take_back(number)
    shelf.restock({"42A": 10})
    with pytest.raises(NotMoved, match="the reserve has 0"):
        shelf.take_back(1)
    assert shelf.stock().reserve == 0
    assert len(shelf.stock().moves) == 2


def test_below_how_many_a_car_is_low_is_the_stations_and_kept(shelf: Shelf) -> None:
    assert shelf.stock().low == LOW_CARDS
    with shelf.database.writing() as session:
        changed = [set_low(session, cards, "900003", shelf.clock.now()) for cards in (35, 35, 0)]
    assert changed == [True, False, True]
    assert shelf.stock().low == 0
    with pytest.raises(NotMoved), shelf.database.writing() as session:
        set_low(session, CARDS_MAX + 1, "900003", shelf.clock.now())


def test_withdrawals_of_an_older_version_are_dated_by_their_receipts(
    database: Database, handset: Handset, shelf: Shelf
) -> None:
    hand_in(handset, count_of(handset, 50))
    handset.clock.passes(60)
    contact = handset.contact(cards=10)
    hand_in(handset, contact, handset.withdrawal(contact["id"]))
    with database._engine.begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "0016")
        command.upgrade(config, "head")
    with database.reading() as session:
        assert session.scalars(select(WithdrawalRow.heard_at)).all() == [START + timedelta(seconds=60)]
    assert shelf.car().left == 50


def test_two_devices_of_one_car_are_one_car(shelf: Shelf, handset: Handset, desk: Desk, database: Database) -> None:
    other = enrolled_handset(database, desk, FixedClock(ids=uuids(90_000)), "01920000-0000-7000-8000-00000000abcd")
    hand_in(handset, count_of(handset, 50))
    for clock in (other.clock, shelf.clock):
        clock.passes(300)
    hand_in(other, other.contact(cards=8, device=other.device))
    assert shelf.car().left == 42
