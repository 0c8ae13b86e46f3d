"""The app's composition root: one stage for each window over the program's deck."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, ParamSpec

import flet as ft

from field_app.actions import Actions, KeepFile
from field_app.courier import News
from field_app.deck import Deck, Opened
from field_app.forgotten_actions import ForgottenActions
from field_app.guards import guarded, keep_screen
from field_app.keys.faults import PlatformKeyGone
from field_app.keys.keyring import Sealing
from field_app.screens.forgotten import ForgottenScreen
from field_app.screens.frame import Frame
from field_app.screens.unlock import LOCKED_WORDS, UnlockScreen
from field_app.stage import Shown, Stage
from field_app.state import AppState, Lamp
from field_app.store.faults import StoreFault
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
from sync.outcome import Outcome

_LOG = logging.getLogger("contact755")
# How often a window looks whether another process has changed the store, and how old the oldest contact is by now.
REFRESH_SECONDS = 2
# The big font is fetched when the window is long drawn and the first tap is done.
SCRIPTS_AFTER_SECONDS = 5
_Given = ParamSpec("_Given")


@guarded
def Root(stage: Stage, deck: Deck, forgotten: ForgottenActions) -> ft.Control:  # noqa: N802 - a component
    """The open store, its lock, or what helps if a PIN is forgotten."""

    async def unlock(number: str, pin: str) -> None:
        await stage.busy(lambda: deck.unlock(number.strip(), pin))

    def forgot() -> None:
        stage.turn(is_forgotten=True)

    if stage.is_forgotten:
        found = ForgottenScreen(stage.problem, forgotten, is_busy=stage.is_busy)
    elif stage.shown is None:
        found = UnlockScreen(stage.problem, unlock, forgot, is_busy=stage.is_busy, words=stage.locked_words)
    else:
        found = Frame(stage.shown.state, stage.shown.actions, deck.reference)
    return found  # type: ignore[no-any-return]  # Flet has no types for a component


async def _nobody(_page: ft.Page) -> None:
    """Nobody wants to know."""


def window(
    deck: Callable[[], Deck], on_opened: Callable[[ft.Page], Awaitable[None]] = _nobody
) -> Callable[[ft.Page], Any]:
    """Flet's main for one window; `deck` gives what the program opened before, `on_opened` hears of the window."""

    async def main(page: ft.Page) -> None:
        await on_opened(page)
        shared, stage = deck(), Stage()
        endings: list[Callable[[], object]] = []

        keep_screen(page, stage.tell)
        page.title = "Contact 755"
        page.padding = 0
        page.theme = page.dark_theme = theme_of(PALETTES[Light.DAY], is_browser=page.web)
        stop_hearing = shared.listen(lambda: _in_window(page, _switch, page, shared, stage, endings))

        def closed(_: object) -> None:
            stop_hearing()
            _end(endings)

        page.on_close = closed
        await _switch(page, shared, stage, endings)
        page.render(Root, stage, shared, ForgottenActions(stage, shared, _keeper(page)))
        if page.web:
            page.run_task(_load_scripts, page)

    return main


def _in_window(
    page: ft.Page, do: Callable[_Given, Awaitable[None]], *args: _Given.args, **kwargs: _Given.kwargs
) -> None:
    """Let a window do something in a task of its own, whoever asks; one whose socket died does nothing any more.

    Flet draws a change in the window that is current in its task, and its run_task makes one current for its caller too.
    """
    if page.session.connection is not None:
        copy_context().run(lambda: page.run_task(do, *args, **kwargs))


async def _switch(page: ft.Page, deck: Deck, stage: Stage, endings: list[Callable[[], object]]) -> None:
    """Show the store as it is now, open or locked."""
    _end(endings)
    page.on_keyboard_event = None
    opened, shown = deck.opened, None
    if opened is not None:
        shown = _shown(page, deck, opened, endings, stage)
        await _look(shown.actions)
    else:
        stage.locked_words = await asyncio.to_thread(_locked_words, deck)
    if opened is deck.opened:  # else it was locked or unlocked meanwhile, and this is called again
        stage.shown = shown


def _locked_words(deck: Deck) -> str:
    try:
        return str(PlatformKeyGone()) if deck.keyring.sealing() is Sealing.PLATFORM else LOCKED_WORDS
    except StoreFault as problem:
        return str(problem)


def _end(endings: list[Callable[[], object]]) -> None:
    while endings:
        endings.pop()()


def _keeper(page: ft.Page) -> KeepFile:
    async def keep_file(name: str, data: bytes) -> bool:
        kept = await ft.FilePicker().save_file(file_name=name, src_bytes=data)
        return kept is not None or page.web  # a browser puts it with its downloads, and tells nobody

    return keep_file


def _shown(page: ft.Page, deck: Deck, opened: Opened, endings: list[Callable[[], object]], stage: Stage) -> Shown:
    """Let one window follow an open store, until `endings` are called."""
    hand, courier = opened.hand, opened.courier
    state = AppState(View())

    def dress(light: Light) -> None:
        page.theme = page.dark_theme = theme_of(PALETTES[light], is_browser=page.web)

    def forgot() -> None:
        stage.turn(is_forgotten=True)

    def shows_buttons() -> bool:
        return state.shows_buttons() and not stage.is_forgotten

    actions = Actions(state, hand, deck.writer, courier, dress, deck.follow, _keeper(page), forgot)
    dress(state.light)
    _fit(page, state)

    async def take(news: News) -> None:
        show_news(state, news)
        await actions.refresh()

    def hear(news: News) -> None:
        _in_window(page, take, news)  # the courier belongs to no window: only a task of this one may change its state

    def settings() -> list[str]:
        return list((state.view.reference or hand.reference).settings)

    page.on_keyboard_event = _keys(state, actions, settings, shows_buttons)
    page.on_resize = lambda _: _fit(page, state)
    endings.append(courier.listen(hear))
    endings.append(asyncio.create_task(_keep_fresh(actions)).cancel)
    show_news(state, courier.news)
    return Shown(state, actions)


def _keys(
    state: AppState, actions: Actions, settings: Callable[[], list[str]], shows_buttons: Callable[[], bool]
) -> Callable[[ft.KeyboardEvent], Awaitable[None]]:
    async def pressed(event: ft.KeyboardEvent) -> None:
        is_chord = event.ctrl or event.alt or event.meta or event.shift
        setting = None if is_chord else setting_of(event.key, settings())
        is_text = state.is_typing and not event.key.startswith("F")  # a digit, where it is typed; F1 to F8 never are
        if setting is not None and shows_buttons() and not is_text:
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
    state.received, state.total = news.received, news.total
    state.next_try_at = news.next_try_at
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
