"""The app in Flet's own window, on a desktop or a device: one window, its store in Flet's data folder."""

from contextlib import AsyncExitStack
from functools import partial

import flet as ft

from field_app.app import window
from field_app.clock import SystemClock
from field_app.deck import Deck
from field_app.folders import data_folder
from field_app.hand import open_hand
from field_app.keys.choice import make_store
from field_app.keys.here import keyring_here
from field_app.screens.trouble import TroubleScreen
from field_app.store.faults import StoreFault
from field_app.theme import PALETTES, Light
from sync.reference import load_reference


async def main(page: ft.Page) -> None:
    """Flet's entry: open the store, show the window; both stay open until the window closes. A store that cannot be opened is told."""
    stack = AsyncExitStack()
    folder, clock, reference = data_folder(None), SystemClock(), load_reference()
    try:
        keyring = keyring_here(folder, clock)
        make_store(keyring)
        deck = Deck(partial(open_hand, folder, clock, reference, keyring), keyring, reference)
        if not keyring.is_locked():
            deck.open_store()
    except StoreFault as problem:

        async def again() -> None:
            await main(page)

        page.render(TroubleScreen, str(problem), PALETTES[Light.DAY], again)
        return
    await stack.enter_async_context(deck.running())
    await window(lambda: deck)(page)
    show_closed = page.on_close

    async def closed(event: ft.Event[ft.Page]) -> None:
        if show_closed is not None:
            show_closed(event)  # type: ignore[call-arg]  # window() has set a handler that takes the event
        await stack.aclose()

    page.on_close = closed
