"""Lines on which nobody says anything any more: a car that drives into a dead zone in the middle of a request hangs up on nobody.

Without an end each would stay open for as long as the station runs, and one day there would be no room for another.
"""

import asyncio
import socket

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A device gives up on an answer after a minute (sync/client.py); whoever has sent nothing for so long in the middle of a request
# has given up too, or is gone.
SILENT_SECONDS_MAX = 60
# The system asks a line on which nothing comes whether anybody is there: after a minute, then four times within another one.
_ASK_AFTER_SECONDS = 60
_ASK_AGAIN_SECONDS = 15
_ASK_COUNT = 4
_ASKING = {
    "TCP_KEEPIDLE": _ASK_AFTER_SECONDS,
    "TCP_KEEPALIVE": _ASK_AFTER_SECONDS,  # what Apple calls it
    "TCP_KEEPINTVL": _ASK_AGAIN_SECONDS,
    "TCP_KEEPCNT": _ASK_COUNT,
}


def ask_whether_anybody_is_there(listener: socket.socket) -> None:
    """Have the system ask, on every line that a listening socket takes up, and close those where nobody answers."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _ASKING.items():
        option = getattr(socket, name, None)
        if option is not None:
            listener.setsockopt(socket.IPPROTO_TCP, option, value)


class HangsUp:
    """Plain ASGI around the station: who stops in the middle of a request is taken for gone, and the line is closed."""

    def __init__(self, app: ASGIApp, silent_seconds: float = SILENT_SECONDS_MAX) -> None:
        self._app = app
        self._silent_seconds = silent_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; wait for the rest of a request no longer than allowed."""
        is_whole = scope["type"] != "http"
        is_gone = False

        async def heard() -> Message:
            nonlocal is_whole, is_gone
            if is_whole:
                return await receive()
            try:
                async with asyncio.timeout(self._silent_seconds):
                    message = await receive()
            except TimeoutError:
                is_gone = True
                return {"type": "http.disconnect"}
            is_whole = not message.get("more_body", False)
            return message

        async def answered(message: Message) -> None:
            if is_gone and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, heard, answered)
