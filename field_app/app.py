"""The app's composition root: one deck for the program, one state for each window."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import flet as ft

from field_app.actions import Actions
from field_app.courier import Courier, News
from field_app.guards import keep_screen
from field_app.hand import Hand
from field_app.screens.frame import Frame
from field_app.state import AppState, Lamp
from field_app.theme import (
    LOW_PX,
    LOW_PX_PHONE,
    PALETTES,
    PHONE_PX_MAX,
    SCRIPTS,
    SCRIPTS_FILE,
    Light,
    theme_of,
)
from field_app.view import View
from field_app.writer import Writer
from sync.outcome import Outcome

_LOG = logging.getLogger("contact755")
# How often a window looks whether another process has changed the store, and how old the oldest contact is by now.
REFRESH_SECONDS = 2
# The big font is fetched when the window is long drawn and the first tap is done.
SCRIPTS_AFTER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Deck:
    """What all windows of the program share."""

    hand: Hand
    writer: Writer
    courier: Courier


@asynccontextmanager
async def open_deck(hand: Hand) -> AsyncIterator[Deck]:
    """Start the store's thread and the courier over an open store; both end with the program."""
    writer = Writer()
    courier = Courier(hand)
    running = asyncio.create_task(courier.run())
    try:
        yield Deck(hand, writer, courier)
    finally:
        running.cancel()
        writer.close()


async def _nobody(_page: ft.Page) -> None:
    """Nobody wants to know."""


def window(
    deck: Callable[[], Deck], on_opened: Callable[[ft.Page], Awaitable[None]] = _nobody
) -> Callable[[ft.Page], Any]:
    """Flet's main for one window; `deck` gives what the program opened before, `on_opened` hears of the window."""

    async def main(page: ft.Page) -> None:
        await on_opened(page)
        shared = deck()
        hand, writer, courier = shared.hand, shared.writer, shared.courier
        state = AppState(View())
        keep_screen(page, lambda sentence: setattr(state, "problem", sentence))

        def dress(light: Light) -> None:
            page.theme = page.dark_theme = theme_of(PALETTES[light], is_browser=page.web)

        actions = Actions(state, hand, writer, courier, dress)
        dress(state.light)
        _fit(page, state)

        async def take(news: News) -> None:
            show_news(state, news)
            await actions.refresh()

        def hear(news: News) -> None:
            page.run_task(take, news)  # the courier belongs to no window: only a task of this one may change its state

        await _look(actions)
        page.title = "Contact 755"
        page.padding = 0
        page.on_keyboard_event = _keys(state, actions, list(hand.reference.settings))
        page.on_resize = lambda _: _fit(page, state)
        stop_hearing = courier.listen(hear)
        refreshing = asyncio.create_task(_keep_fresh(actions))

        def closed(_: object) -> None:
            refreshing.cancel()
            stop_hearing()

        page.on_close = closed
        show_news(state, courier.news)
        page.render(Frame, state, actions, hand.reference)
        if page.web:
            page.run_task(_load_scripts, page)

    return main


def _keys(state: AppState, actions: Actions, settings: list[str]) -> Callable[[ft.KeyboardEvent], Awaitable[None]]:
    async def pressed(event: ft.KeyboardEvent) -> None:
        is_chord = event.ctrl or event.alt or event.meta or event.shift
        setting = None if is_chord else setting_of(event.key, settings)
        if setting is not None and state.shows_buttons() and not state.is_typing:
            await actions.tap(setting)

    return pressed


async def _keep_fresh(actions: Actions) -> None:
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        await _look(actions)


async def _look(actions: Actions) -> None:
    try:
        await actions.refresh()
    except Exception:  # noqa: BLE001 - whatever it is, the next look is taken
        _LOG.exception("refreshing a window")


async def _load_scripts(page: ft.Page) -> None:
    await asyncio.sleep(SCRIPTS_AFTER_SECONDS)
    page.fonts = {SCRIPTS: SCRIPTS_FILE}


def _fit(page: ft.Page, state: AppState) -> None:
    width, height = page.width or 0, page.height or 0
    state.is_narrow = width < PHONE_PX_MAX
    state.is_upright = height > width
    state.is_low = height < (LOW_PX_PHONE if state.is_narrow else LOW_PX)


def show_news(state: AppState, news: News) -> None:
    """Put the courier's news on the screen: the lamp, the progress and the sentence."""
    state.news = news.sentence
    state.is_sending = news.is_sending
    if not news.is_enrolled:
        state.lamp = Lamp.NOT_ENROLLED
    elif news.is_reachable:
        state.lamp = Lamp.REACHABLE
    elif news.outcome is None:
        state.lamp = Lamp.LOOKING
    else:
        state.lamp = Lamp.REFUSED if news.outcome is Outcome.REFUSED else Lamp.NOT_REACHABLE


def setting_of(key: str, settings: list[str]) -> str | None:
    """The setting that a key stands for: F1 to F8, and the digits beside them."""
    name = key.removeprefix("F") if key.startswith("F") else key.removeprefix("Numpad ")
    number = int(name) if name.isascii() and name.isdecimal() else 0
    return settings[number - 1] if 1 <= number <= len(settings) else None
