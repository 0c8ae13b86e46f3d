"""A tablet with a sealed store, for tests without a screen: the app can be started on it again and again."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import flet as ft
import pytest
from doubles import FixedClock
from headless import Screen, open_screen

from field_app.deck import Deck
from field_app.hand import open_hand
from field_app.keys.keyring import Keyring
from field_app.logbook import Details
from sync.records import Role
from sync.reference import Reference

PIN, OTHER_PIN, WRONG_PIN = "271828", "314159", "161803"


class Tablet:
    """A data folder and a memory; the app can be started on them again and again."""

    def __init__(self, folder: Path, reference: Reference) -> None:
        self.folder = folder / "car"
        self.memory = folder / "memory"
        self.reference = reference
        self.clock = FixedClock()

    def keyring(self) -> Keyring:
        """The keyring as each new program finds it."""
        return Keyring(self.folder, self.clock, memory=self.memory)

    @asynccontextmanager
    async def app(self) -> AsyncIterator[tuple[Deck, Screen]]:
        """The app with one window."""
        keyring = self.keyring()
        deck = Deck(partial(open_hand, self.folder, self.clock, self.reference, keyring), keyring, self.reference)
        if not keyring.is_locked():
            deck.open_store()
        async with deck.running(), open_screen(deck) as screen:
            yield deck, screen

    def reboot(self) -> None:
        """What was in memory is gone."""
        for path in self.memory.iterdir():
            path.unlink()


@pytest.fixture
def tablet(tmp_path: Path, reference: Reference) -> Iterator[Tablet]:
    """A tablet whose store is made and has no PIN yet."""
    tablet = Tablet(tmp_path, reference)
    tablet.keyring().make()
    yield tablet
    assert PIN.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.fixture
def used(tablet: Tablet) -> Tablet:
    """The same after a first shift that is not over: one contact is logged."""
    keyring = tablet.keyring()
    keyring.sign_in("900001", PIN)
    with open_hand(tablet.folder, tablet.clock, tablet.reference, keyring) as hand:
        hand.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
        hand.logbook.log(Details("coffee-shop"))
    return tablet


async def sign_on(app: Screen) -> None:
    """Tap the button."""
    await app.tap(app.one(ft.FilledButton, key="sign-on"))


async def unlock(app: Screen, number: str, pin: str) -> None:
    """Type both and tap the button."""
    await app.type("Number", number)
    await app.type("PIN", pin)
    await app.tap(app.one(ft.FilledButton, key="unlock"))
