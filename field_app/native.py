"""The app in Flet's own window, on a desktop or a device: one window, its store in Flet's data folder."""

from contextlib import AsyncExitStack

import flet as ft

from field_app.app import open_deck, window
from field_app.clock import SystemClock
from field_app.folders import data_folder
from field_app.hand import open_hand
from field_app.screens.trouble import TroubleScreen
from field_app.store.faults import StoreFault
from field_app.theme import PALETTES, Light
from sync.reference import load_reference


async def main(page: ft.Page) -> None:
    """Flet's entry: open the store, show the window; both stay open until the window closes. A store that cannot be opened is told."""
    stack = AsyncExitStack()
    try:
        hand = stack.enter_context(open_hand(data_folder(None), SystemClock(), load_reference()))
    except StoreFault as problem:

        async def again() -> None:
            await main(page)

        page.render(TroubleScreen, str(problem), PALETTES[Light.DAY], again)
        return
    deck = await stack.enter_async_context(open_deck(hand))
    await window(lambda: deck)(page)
    show_closed = page.on_close

    async def closed(event: ft.Event[ft.Page]) -> None:
        if show_closed is not None:
            show_closed(event)  # type: ignore[call-arg]  # window() has set a handler that takes the event
        await stack.aclose()

    page.on_close = closed
