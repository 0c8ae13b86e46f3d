"""A window of the served app without a browser: the messages that Flet's client sends, over the app's own web socket.

Each message is a packet: a zero byte, then [action, body] in MessagePack. What the app shows comes as patches of its
tree of controls. A finger and an eye need of it only the ids of what can be touched, and the words.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import msgpack  # type: ignore[import-untyped]  # it has no types
from flet.messaging.protocol import MessageAction
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin

# In this time the app must have drawn a window, or answered a tap, also on a busy machine.
ANSWER_SECONDS_MAX = 30
_PACKET_OF_MESSAGE = b"\x00"
_PAGE = {"route": "/", "width": 1024, "height": 768, "web": True, "platform": "linux"}


class Gone(Exception):
    """The app is not there any more."""


class SocketWindow:
    """One open window: what can be touched, by its key or label, and what was drawn since somebody looked."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._targets: dict[str, int] = {}
        self._texts: deque[str] = deque()

    async def type(self, label: str, text: str) -> None:
        """Type into the field with this label, in place of what it held. Raises Gone."""
        target = self._targets[label]
        await self._say(MessageAction.UPDATE_CONTROL_PROPS, {"id": target, "props": {"value": text}})
        await self._say(MessageAction.CONTROL_EVENT, {"target": target, "name": "change", "data": text})

    async def tap(self, key: str) -> None:
        """Tap the button with this key. Raises Gone."""
        await self._say(MessageAction.CONTROL_EVENT, {"target": self._targets[key], "name": "click", "data": None})

    async def draws(self, begins: str, holds: str) -> None:
        """Wait until such a text is drawn; what was drawn before it is forgotten. Raises Gone."""
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while True:
                while self._texts:
                    text = self._texts.popleft()
                    if text.startswith(begins) and holds in text:
                        return
                await self._hear()

    async def can_touch(self, *names: str) -> None:
        """Wait until these keys and labels are drawn. Raises Gone."""
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while not self._targets.keys() >= {*names}:
                await self._hear()

    async def _hear(self) -> None:
        try:
            packet = await self._socket.recv(decode=False)
        except (ConnectionClosed, OSError):
            raise Gone from None
        action, body = msgpack.unpackb(packet[len(_PACKET_OF_MESSAGE) :], strict_map_key=False)
        assert action != MessageAction.SESSION_CRASHED.value, body
        for found in _found_in(body):
            if isinstance(found, str):
                self._texts.append(found)
            else:
                names = (found.get("key"), found.get("label"))
                self._targets.update({name: found["_i"] for name in names if isinstance(name, str)})

    async def _say(self, action: MessageAction, body: object) -> None:
        try:
            await self._socket.send(_PACKET_OF_MESSAGE + msgpack.packb([action.value, body]))
        except (ConnectionClosed, OSError):
            raise Gone from None


def _found_in(value: object) -> Iterator[Any]:
    """Every text in a message, and every control."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _found_in(item)
    elif isinstance(value, dict):
        if "_i" in value:
            yield value
        for item in value.values():
            yield from _found_in(item)


@asynccontextmanager
async def socket_window(launch: str) -> AsyncIterator[SocketWindow]:
    """Open a window at the app's launch address, as a browser would. Raises Gone."""
    place = urlsplit(launch).netloc
    try:
        cookie = await asyncio.to_thread(_cookie_at, launch)
        socket = await connect(
            f"ws://{place}/ws",
            origin=Origin(f"http://{place}"),
            additional_headers={"Cookie": cookie},
            max_size=None,
            proxy=None,
        )
    except (OSError, EOFError, HTTPException, WebSocketException):
        raise Gone from None
    try:
        window = SocketWindow(socket)
        await window._say(MessageAction.REGISTER_CLIENT, {"session_id": "", "page_name": "", "page": _PAGE})
        yield window
    finally:
        await socket.close()


def _cookie_at(launch: str) -> str:
    address = urlsplit(launch)
    line = HTTPConnection(address.netloc, timeout=ANSWER_SECONDS_MAX)
    try:
        line.request("GET", f"/?{address.query}")
        return str(line.getresponse().headers["Set-Cookie"]).partition(";")[0]
    finally:
        line.close()
