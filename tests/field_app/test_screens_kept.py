"""What a tap does not change is not drawn again, and still does what it did."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import flet as ft
import pytest
from doubles import FixedClock
from headless import app_on, on_a_loop

from field_app.actions import DEBOUNCE_SECONDS
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from sync.records import Role
from sync.reference import Reference

# The count in the strip, the line with Undo, and two counts in the bar.
TAP_BYTES_MAX = 250


@pytest.fixture
def hand(tmp_path: Path, reference: Reference) -> Iterator[Hand]:
    """An open store with somebody signed on and one contact logged."""
    with open_hand(tmp_path, FixedClock(), reference) as hand:
        hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
        hand.logbook.log(Details("other"))
        yield hand


@on_a_loop
async def test_a_tap_sends_one_small_message_and_draws_no_button_again(hand: Hand) -> None:
    async with app_on(hand) as app:
        await app.sees("Not enrolled")
        await app.tap("Other")  # the first brings the line with Undo
        await asyncio.sleep(DEBOUNCE_SECONDS)
        await app.sees("Undo 9")
        buttons, messages, size = app.all(ft.Button), app.messages, app.bytes_sent
        await app.tap("Other")
        assert app.reads("Outbox 3")
        assert app.messages == messages + 1
        assert app.bytes_sent - size < TAP_BYTES_MAX
        assert all(one is other for one, other in zip(buttons, app.all(ft.Button), strict=True))


@on_a_loop
async def test_what_was_kept_through_taps_still_answers(hand: Hand) -> None:
    async with app_on(hand) as app:
        await app.sees("Not enrolled")
        await app.tap("Other")
        await app.tap("Day")
        assert app.reads("Night")
        await app.tap("Shift 2")
        await app.tap("Log")
        assert len(app.all(ft.Button)) == 8
        await app.tap("Outbox 2")
        await app.tap("Shift 2")
        await app.tap("Sign off")
        await app.tap("Confirm and end the shift")
        assert not app.reads("Outbox")
        await app.type("Number", "900001")
        await app.tap(app.one(ft.FilledButton, key="sign-on"))
        assert app.reads("900001")
        assert not app.reads("900041")
        assert app.reads("Shift 0")
        await asyncio.sleep(DEBOUNCE_SECONDS)
        await app.tap("Other")
        assert app.reads("Shift 1")
        await app.tap("Night")
        await app.tap("Undo")
        assert app.reads("Shift 0")
        assert app.crashes == 0
