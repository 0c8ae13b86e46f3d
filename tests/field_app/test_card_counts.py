"""Counting the "755" cards in the car: a record like any other, and what the device knows from it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import flet as ft
import pytest
from doubles import START
from examples import CARD_COUNT, CONTACT
from headless import Screen, app_on, on_a_loop
from hypothesis import given
from hypothesis import strategies as st

from field_app.card_actions import NOTHING_TYPED
from field_app.card_counts import NO_UNIT, CardsHere, cards_here, count_cards, known_of
from field_app.entries import Entry, entry_of
from field_app.hand import Hand
from field_app.logbook import Details
from field_app.refusals import BadInput, NotSignedOn
from field_app.screens.cards import stepped
from sync.limits import CARDS_MAX
from sync.records import CardCount, Role, record_from_json, unhashed

UNITS = st.sampled_from(["42A", "43A"])
steps = st.lists(st.tuples(st.booleans(), UNITS, st.integers(0, 50)), max_size=20)


def lived(found: Sequence[tuple[bool, str, int]]) -> tuple[list[CardCount], list[Entry]]:
    """Counts (True) and contacts that handed out so many, one after the other."""
    counts, entries = [], []
    for sequence, (is_count, unit, cards) in enumerate(found, start=1):
        if is_count:
            counts.append(replace(CARD_COUNT, sequence=sequence, unit=unit, cards=cards))
        else:
            entries.append(entry_of(replace(CONTACT, sequence=sequence, unit=unit, cards=cards)))
    return counts, entries


@given(steps, st.randoms(use_true_random=False))
def test_a_count_replaces_all_before_it_in_whatever_order_they_are_looked_at(
    found: list[tuple[bool, str, int]],
    random: Any,  # noqa: ANN401 - Hypothesis's own type
) -> None:
    counts, entries = lived(found)
    known = known_of("42A", counts, entries)
    own = [each for each in found if each[1] == "42A"]
    while own and not own[0][0]:
        own = own[1:]
    expected: int | None = None
    for is_count, _, cards in own:
        expected = cards if is_count else (expected or 0) - cards
    assert known.left == (None if expected is None else max(0, expected))
    random.shuffle(counts)
    random.shuffle(entries)
    assert known_of("42A", counts * 2, entries) == known


def test_a_count_is_kept_and_sent_like_any_record(signed_on: Hand) -> None:
    signed_on.logbook.log(Details("coffee-shop", cards=3))
    assert cards_here(signed_on) == CardsHere("41A")
    count = count_cards(signed_on, 38)
    signed_on.logbook.log(Details("other", cards=2))
    signed_on.logbook.log(Details("other", cards=9))
    signed_on.logbook.undo()
    assert cards_here(signed_on) == CardsHere("41A", 38, START, 2)
    assert cards_here(signed_on).left == 36
    stored = [record_from_json(unhashed(each)) for each in signed_on.store.ready(9)]
    assert count in stored
    assert [record.sequence for record in stored] == [1, 2, 3, 4, 5]
    assert len(signed_on.logbook.entries()) == 2  # a count is no contact


@pytest.mark.parametrize("cards", [-1, CARDS_MAX + 1])
def test_what_no_car_can_hold_is_refused_in_a_sentence(signed_on: Hand, cards: int) -> None:
    with pytest.raises(BadInput, match=f"cards must be a whole number from 0 to {CARDS_MAX}"):
        count_cards(signed_on, cards)
    assert signed_on.store.sequence_last() == 0


def test_only_a_unit_that_is_signed_on_has_cards_to_count(hand: Hand) -> None:
    with pytest.raises(NotSignedOn):
        count_cards(hand, 1)
    hand.logbook.sign_on("900060", Role.DESK, "day", None)
    with pytest.raises(BadInput, match=NO_UNIT):
        count_cards(hand, 1)


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [("", 10, "10"), ("", -1, "0"), ("9", -10, "0"), ("38", 1, "39"), (str(CARDS_MAX), 1, str(CARDS_MAX))],
)
def test_steps_stay_within_what_a_car_can_hold(text: str, by: int, expected: str) -> None:
    assert stepped(text, by) == expected


async def to_the_cards(app: Screen) -> None:
    """Shift, then Cards."""
    await app.tap("Shift")
    await app.tap("Cards")


@on_a_loop
async def test_the_cards_are_counted_with_a_few_taps_and_the_next_count_with_fewer(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await to_the_cards(app)
        assert app.reads("Cards in 41A")
        assert app.reads('Count the "755" cards in the car.')
        await app.press("F3")  # no button is on the screen, so the key logs nothing
        await app.type("Cards in the car now", "40")
        await app.tap(app.one(ft.OutlinedButton, content="\N{MINUS SIGN}1"))
        await app.tap("+10")
        assert app.one(ft.TextField, label="Cards in the car now").value == "49"
        await app.tap("Save the count")
        assert app.reads("Counted 14:32 · 41A · 49 cards")
        signed_on.logbook.log(Details("coffee-shop", cards=4))
        await app.tap("Cards")
        assert app.reads("Last count on this device: 49, 22 Nov 14:32. Handed out since: 4.")
        assert app.one(ft.TextField, label="Cards in the car now").value == "45"
        await app.tap("Save the count")
        assert app.reads("Counted 14:32 · 41A · 45 cards")
        assert [count.cards for count in signed_on.logbook.page().card_counts()] == [49, 45]
        assert len(signed_on.logbook.entries()) == 1
        assert app.crashes == 0


@on_a_loop
async def test_nothing_typed_says_what_to_type_and_back_counts_nothing(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await to_the_cards(app)
        await app.tap("Save the count")
        assert app.reads(NOTHING_TYPED)
        await app.tap("Back")
        assert app.reads("0 contacts in this shift")
        await app.tap("Cards")
        await app.tap("Log")
        assert not app.reads("Cards in 41A")
        assert len(app.all(ft.Button)) == 8
        assert signed_on.store.sequence_last() == 0


@on_a_loop
async def test_a_finger_that_lands_twice_counts_once(signed_on: Hand) -> None:
    async with app_on(signed_on) as app:
        await to_the_cards(app)
        await app.type("Cards in the car now", "0")
        save = app.button("Save the count")
        await app.tap(save)
        await app.event(save, "click")
        assert [count.cards for count in signed_on.logbook.page().card_counts()] == [0]


@on_a_loop
async def test_the_desk_has_no_car_to_count_in(hand: Hand) -> None:
    hand.logbook.sign_on("900060", Role.DESK, "day", None)
    async with app_on(hand) as app:
        await app.tap("Shift")
        assert not app.reads("Cards")
