"""A gloved finger often lands twice, and two windows may be open: nothing is done twice, and nobody is told of commands."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import flet as ft
import pytest
from doubles import FixedClock
from headless import Screen, on_a_loop, open_screen, settings_logged

from field_app.actions import DEBOUNCE_SECONDS
from field_app.deck import open_deck
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from field_app.refusals import NotEnrolled, NotSignedOn, without_command
from field_app.stage import Stage
from sync.records import Role
from sync.reference import Reference


@pytest.fixture
def hand(tmp_path: Path, reference: Reference) -> Iterator[Hand]:
    """An open store with a deputy signed on and one contact logged."""
    with open_hand(tmp_path, FixedClock(), reference) as hand:
        hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
        hand.logbook.log(Details("coffee-shop"))
        yield hand


async def twice(app: Screen, words: str) -> None:
    """Tap a button, and again before the first tap is done; and once more on what was there."""
    button = app.button(words)
    await asyncio.gather(app.tap(button), app.tap(button))
    await app.tap(button)


def is_quiet(app: Screen) -> bool:
    """Nothing is complained about."""
    return not any("contact755" in text or "already" in text or "went wrong" in text for text in app.texts())


@pytest.mark.parametrize("words", ["Withdraw: a mistake", "Withdraw: it was a stop", "Save"])
def test_a_contact_is_changed_once_by_a_finger_that_lands_twice(hand: Hand, words: str) -> None:
    @on_a_loop
    async def run() -> None:
        async with open_deck(hand) as deck, open_screen(deck) as app:
            await app.tap("Shift 1")
            await app.tap("Change")
            if words == "Save":
                await app.type("People", "4")
                save = app.one(ft.FilledButton, content="Save")
                await asyncio.gather(app.tap(save), app.tap(save))
                await app.tap(save)
            else:
                await twice(app, words)
            count = len(hand.store.records())
            assert count == 2  # the contact, and the one record that changes it
            assert is_quiet(app)
            assert app.crashes == 0

    run()


@on_a_loop
async def test_an_impatient_finger_logs_once_however_long_the_disk_takes_and_is_told(hand: Hand) -> None:
    async with open_deck(hand) as deck, open_screen(deck) as app:
        let_go = threading.Event()
        waiting: list[asyncio.Task[object]] = [asyncio.create_task(deck.writer.run(let_go.wait))]
        is_told = []
        for _ in range(3):
            waiting.append(asyncio.create_task(app.tap("Block watch")))
            await asyncio.sleep(DEBOUNCE_SECONDS + 0.1)
            is_told.append(app.reads("The tap before is still being logged. This one is not."))
        let_go.set()
        await asyncio.gather(*waiting)
        await app.tap("Block watch")  # the finger lands as the line comes
        assert settings_logged(hand) == ["block-watch", "coffee-shop"]
        assert is_told == [False, True, True]
        assert app.reads("Logged 14:32 · Block watch meeting")
        assert is_quiet(app)


@on_a_loop
async def test_a_tag_typed_while_the_tap_before_is_being_written_stays_for_the_next(hand: Hand) -> None:
    async with open_deck(hand) as deck, open_screen(deck) as app:
        let_go = threading.Event()
        waiting: list[asyncio.Task[object]] = [asyncio.create_task(deck.writer.run(let_go.wait))]
        await app.type("Tag", "111")
        waiting.append(asyncio.create_task(app.tap("Block watch")))
        await asyncio.sleep(0.1)
        await app.type("Tag", "222")
        let_go.set()
        await asyncio.gather(*waiting)
        assert (hand.logbook.entries()[0].contact.tag, app.state.tag) == ("111", "222")


@on_a_loop
async def test_a_finger_that_lands_twice_signs_off_once(hand: Hand) -> None:
    async with open_deck(hand) as deck, open_screen(deck) as app:
        await app.tap("Shift 1")
        await twice(app, "Sign off")
        await twice(app, "Confirm and end the shift")
        assert app.reads("Not signed on")
        assert is_quiet(app)
        assert app.crashes == 0


@on_a_loop
async def test_a_contact_that_another_window_took_back_is_refused_in_the_windows_own_words(hand: Hand) -> None:
    async with open_deck(hand) as deck, open_screen(deck) as app:
        await app.tap("Shift 1")
        await app.tap("Change")
        (entry,) = hand.logbook.entries()
        await asyncio.to_thread(lambda: hand.logbook.withdraw(entry.contact.id, "mistake"))
        await app.tap("Withdraw: a mistake")
        assert app.reads("That contact was withdrawn or corrected already.")
        assert not any("contact755" in text for text in app.texts())


def test_a_refusal_loses_only_the_sentence_that_names_a_command() -> None:
    assert without_command(str(NotSignedOn())) == "Nobody is signed on."
    assert without_command(str(NotEnrolled())) == "This device is not enrolled."
    assert without_command("The tag is too long. Type it again.") == "The tag is too long. Type it again."


def test_what_failed_unexpectedly_can_be_tried_again() -> None:
    stage = Stage()

    async def fails() -> str | None:
        raise OSError("unplugged")

    async def works() -> str | None:
        return "It works."

    with pytest.raises(OSError, match="unplugged"):
        asyncio.run(stage.busy(fails))
    asyncio.run(stage.busy(works))
    assert stage.problem == "It works."
    assert not stage.is_busy
