"""The end of a shift on the screen, while the station takes its time: it can be seen, and it can be stopped."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace

import flet as ft
import pytest
from headless import Screen, on_a_loop
from tablets import PIN, Tablet

from field_app.deck import Deck
from field_app.device import EnrolledAt
from field_app.hand import open_hand
from field_app.screens.unlock import LOCKED_WORDS
from sync.records import Role


@pytest.fixture
def silent(used: Tablet) -> Iterator[socket.socket]:
    """A station that takes whatever comes and says nothing; the tablet is enrolled there. Close it, and the wait is over."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        station = EnrolledAt(f"http://127.0.0.1:{listener.getsockname()[1]}", "Norwalk", "car 42", None)
        with open_hand(used.folder, used.clock, used.reference, used.keyring()) as hand:
            hand.device.enrol_at(station, "none")
        yield listener


async def ask_to_end(deck: Deck, app: Screen) -> None:
    """Ask how the shift ends, while something is sent to a station that answered a moment ago."""
    assert deck.opened is not None
    await app.sees("0 of 1 received")
    deck.opened.courier.news = replace(deck.opened.courier.news, is_reachable=True)
    await app.tap("Shift 1")
    await app.tap("Sign off")


async def sign_and_end(app: Screen) -> None:
    """Sign the worksheet; the shift ends, and the store is locked."""
    await app.type("PIN", PIN)
    await app.tap("Sign and end the shift")
    await app.sees(LOCKED_WORDS)
    assert app.crashes == 0


@on_a_loop
async def test_back_while_a_shift_ends_keeps_it_and_the_next_signing_has_what_was_logged_since(
    used: Tablet, silent: socket.socket
) -> None:
    async with used.app() as (deck, app):
        await ask_to_end(deck, app)
        await app.type("PIN", PIN)
        ending = asyncio.create_task(app.tap("Sign and end the shift"))
        await app.sees("Ending the shift.")
        await app.tap("Back")
        await app.tap("Log")
        await app.tap("Other")
        silent.close()
        await ending
        assert app.reads("Shift 2")
        assert not used.keyring().is_locked()
        await app.tap("Shift 2")
        await app.tap("Sign off")
        await sign_and_end(app)
    keyring = used.keyring()
    keyring.unlock("900001", PIN)
    with open_hand(used.folder, used.clock, used.reference, keyring) as hand:
        found = list(hand.store.records().values())
        assert [record["kind"] for record in found] == ["contact", "worksheet", "contact", "worksheet"]
        assert len(found[-1]["contacts"]) == 2


@on_a_loop
async def test_a_shift_that_ends_says_so_and_takes_no_second_tap(used: Tablet, silent: socket.socket) -> None:
    async with used.app() as (deck, app):
        await ask_to_end(deck, app)
        ending = asyncio.create_task(app.tap("End without signing"))
        await app.sees("Ending the shift. Tap Back to stay signed on.")
        off = {button.content for button in app.all(ft.OutlinedButton, disabled=True)}
        assert off == {"Sign and end the shift", "End without signing"}
        assert app.one(ft.FilledButton, content="Send first").disabled
        silent.close()
        await ending
        await app.sees(LOCKED_WORDS)


@on_a_loop
async def test_who_goes_back_and_ends_the_shift_again_need_not_wait_for_the_first_time(
    used: Tablet, silent: socket.socket
) -> None:
    async with used.app() as (deck, app):
        await ask_to_end(deck, app)
        first = asyncio.create_task(app.tap("End without signing"))
        await app.sees("Ending the shift.")
        await app.tap("Back")
        await app.tap("Sign off")
        again = asyncio.create_task(app.tap("End without signing"))
        await app.sees("Ending the shift.")
        silent.close()
        await asyncio.gather(first, again)
        await app.sees(LOCKED_WORDS)
        assert app.crashes == 0


@on_a_loop
async def test_an_emptied_signed_worksheet_is_asked_for_on_the_screen(used: Tablet) -> None:
    keyring = used.keyring()
    with open_hand(used.folder, used.clock, used.reference, keyring) as hand:
        hand.sign_worksheet(PIN)
        (only,) = [entry.contact.id for entry in hand.logbook.entries()]
        hand.logbook.sign_off()
        hand.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
        hand.logbook.withdraw(only, "stop")
    async with used.app() as (_, app):
        await app.tap("Shift 0")
        await app.tap("Sign off")
        assert app.reads("Your worksheet has no contact any more. Your PIN signs it.")
        await sign_and_end(app)
    keyring.unlock("900001", PIN)
    with open_hand(used.folder, used.clock, used.reference, keyring) as hand:
        found = list(hand.store.records().values())
        assert [record["kind"] for record in found] == ["contact", "worksheet", "withdrawal", "worksheet"]
        assert found[-1]["contacts"] == []
