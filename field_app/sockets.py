"""A window's web socket: when it is gone the window's session ends, whether Flet has noticed or not.

Flet 1.0 marks a session as lost only if nothing was being sent while its socket died. Else it is never closed, and its
tasks run and its subscriptions hear for as long as the program does.
"""

import asyncio
import logging
from contextvars import ContextVar

import flet as ft
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger("contact755")
# A lost window is never resumed (door.py), so this is only time for Flet to end the session by itself.
GONE_SECONDS_MAX = 10


class _Line:
    """One web socket and the window that it opened."""

    def __init__(self) -> None:
        self.page: ft.Page | None = None
        self.is_gone = False

    async def end(self) -> None:
        """Mark the session as lost, as Flet should have done; Flet then closes it."""
        session = None if self.page is None else self.page.session
        if session is not None and session.connection is not None:
            await session.disconnect(GONE_SECONDS_MAX)


_LINE: ContextVar[_Line] = ContextVar("line")


async def note_window(page: ft.Page) -> None:
    """Say which window the present web socket has opened."""
    line = _LINE.get()
    line.page = page
    if line.is_gone:
        await line.end()


class EndsWithSocket:
    """Plain ASGI around Flet's app: a session outlives its web socket by some seconds and no more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; see web sockets to their end."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        line, gone = _Line(), asyncio.Event()
        _LINE.set(line)

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                gone.set()
            return message

        serving = asyncio.ensure_future(self._app(scope, heard, send))
        watching = asyncio.create_task(gone.wait())
        try:
            await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({serving}, timeout=GONE_SECONDS_MAX)
            if serving.done() and not serving.cancelled() and serving.exception() is not None:
                _LOG.info("a window's connection ended: %s", serving.exception())
        finally:
            line.is_gone = True
            serving.cancel()
            watching.cancel()
            await line.end()
