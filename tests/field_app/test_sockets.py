"""A served window ends with its web socket, however that dies; over Flet's own server parts, without a browser."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flet_web.fastapi as flet_web  # type: ignore[import-untyped]  # ships no types
import msgpack  # type: ignore[import-untyped]  # it has no types
import pytest
from doubles import FixedClock
from flet.messaging.protocol import MessageAction
from headless import on_a_loop
from starlette.types import Message, Scope

from field_app.app import window
from field_app.deck import open_deck
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from field_app.sockets import GONE_SECONDS_MAX, EndsWithSocket, note_window
from sync.records import Role
from sync.reference import Reference

pytestmark = pytest.mark.slow
# Flet looks every ten seconds which sessions are to be closed.
CLOSED_SECONDS_MAX = GONE_SECONDS_MAX + 30
SOCKET: Scope = {
    "type": "websocket",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "scheme": "ws",
    "path": "/ws",
    "raw_path": b"/ws",
    "root_path": "",
    "query_string": b"",
    "headers": [(b"host", b"127.0.0.1")],
    "client": ("127.0.0.1", 1),
    "server": ("127.0.0.1", 1),
    "subprotocols": [],
}
HELLO = [
    MessageAction.REGISTER_CLIENT.value,
    {"session_id": None, "page_name": "", "page": {"route": "/", "width": 1024.0}},
]


class Socket:
    """A web socket whose other end says hello, and dies when it is told to."""

    def __init__(self, *, dies_while_sending: bool, says_hello: bool = True) -> None:
        self._dies_while_sending = dies_while_sending
        self._said: list[Message] = [{"type": "websocket.connect"}]
        if says_hello:
            packed = msgpack.packb(HELLO)
            self._said.append({"type": "websocket.receive", "bytes": b"\0" + packed})
        self._failed = asyncio.Event()
        self.dead = asyncio.Event()
        self.messages = 0

    async def receive(self) -> Message:
        """What the other end says next."""
        if self._said:
            return self._said.pop(0)
        await self.dead.wait()
        if self._dies_while_sending:
            await self._failed.wait()  # the end is heard only after a message got stuck
        return {"type": "websocket.disconnect", "code": 1006}

    async def send(self, _message: Message) -> None:
        """Take a message, or fail."""
        self.messages += 1
        if self.dead.is_set() and self._dies_while_sending:
            self._failed.set()
            raise OSError("the socket is dead")


def left_since(before: set[asyncio.Task[Any]]) -> list[str]:
    """What runs now and did not run before, but for the courier's own waiting."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks() - before]
    return [name for name in names if name != "Event.wait"]


@pytest.fixture
def hand(tmp_path: Path, reference: Reference) -> Iterator[Hand]:
    """An open store with somebody signed on."""
    with open_hand(tmp_path, FixedClock(), reference) as hand:
        hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
        yield hand


@on_a_loop
async def test_windows_whose_sockets_died_leave_no_task_and_no_listener_behind(hand: Hand) -> None:
    """One socket dies while nothing is sent, the other in the middle of a message, which Flet alone never notices.

    Both in one test: Flet looks for lost sessions on the first event loop of a process alone.
    """
    async with open_deck(hand) as deck:
        app = EndsWithSocket(flet_web.app(window(lambda: deck, note_window), session_timeout_seconds=1))
        await flet_web.app_manager.start()
        before = asyncio.all_tasks()
        assert deck.opened is not None
        courier = deck.opened.courier
        sockets = [Socket(dies_while_sending=False), Socket(dies_while_sending=True)]
        serving = [asyncio.create_task(app(SOCKET, socket.receive, socket.send)) for socket in sockets]
        async with asyncio.timeout(CLOSED_SECONDS_MAX):
            while len(courier._listeners) < 2 or any(socket.messages < 3 for socket in sockets):  # noqa: ASYNC110 - Flet tells nobody
                await asyncio.sleep(0.05)
            for socket in sockets:
                socket.dead.set()
            await asyncio.to_thread(lambda: hand.logbook.log(Details("other")))  # so that something is being sent
            await asyncio.gather(*serving)
            while courier._listeners or left_since(before):  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.1)
        await flet_web.app_manager.shutdown()


@on_a_loop
async def test_a_socket_that_opened_no_window_ends_too(hand: Hand) -> None:
    async with open_deck(hand) as deck:
        app = EndsWithSocket(flet_web.app(window(lambda: deck, note_window), session_timeout_seconds=1))
        before = asyncio.all_tasks()
        socket = Socket(dies_while_sending=False, says_hello=False)
        socket.dead.set()
        async with asyncio.timeout(CLOSED_SECONDS_MAX):
            await asyncio.create_task(app(SOCKET, socket.receive, socket.send))
            while left_since(before):  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.1)
