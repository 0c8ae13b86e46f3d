"""The app in Flet's own window, on a desktop or a device: one window, its store in Flet's data folder."""

import asyncio
from collections.abc import Awaitable, Callable
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
from field_app.keys.secure_store import SecureStore
from field_app.phone_store import phone_store
from field_app.screens.trouble import TroubleScreen
from field_app.store.faults import StoreFault
from field_app.theme import PALETTES, Light
from sync.reference import load_reference

FindSecureStore = Callable[[ft.Page], Awaitable[SecureStore | None]]


async def main(page: ft.Page, find_secure_store: FindSecureStore = phone_store) -> None:
    """Flet's entry: open the store, show the window; both stay open until the window closes. A store that cannot be opened is told."""
    stack = AsyncExitStack()
    folder, clock, reference = data_folder(None), SystemClock(), load_reference()
    try:
        keyring = keyring_here(folder, clock, await find_secure_store(page))
        await asyncio.to_thread(make_store, keyring)  # a phone's secure store is answered for on this event loop
        deck = Deck(partial(open_hand, folder, clock, reference, keyring), keyring, reference)
        if not keyring.is_locked():
            deck.open_store()
    except StoreFault as problem:
        is_asked = False

        async def again() -> None:
            nonlocal is_asked
            if not is_asked:  # a finger that lands twice would open the store twice
                is_asked = True
                await main(page, find_secure_store)

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
