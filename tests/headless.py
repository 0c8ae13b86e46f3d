"""The app's window without a screen: Flet's own session and page over a connection that only listens.

What the app sends is packed as for a real screen, because Flet compares with what it packed last.
"""

import asyncio
import dataclasses
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import flet as ft
import msgpack  # type: ignore[import-untyped]  # it has no types
from flet.components.component import Component
from flet.controls.base_control import BaseControl
from flet.controls.context import _context_page
from flet.messaging.connection import Connection
from flet.messaging.protocol import Message, MessageAction, configure_encode_object_for_msgpack
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

from field_app.app import window
from field_app.deck import Deck, deck_over
from field_app.hand import Hand
from field_app.state import AppState

# In this time the store's thread must have answered and the screen must show it, also on a busy machine.
SEEN_SECONDS_MAX = 10
_Given = ParamSpec("_Given")
_Control = TypeVar("_Control", bound=BaseControl)
_encode = configure_encode_object_for_msgpack(BaseControl)  # type: ignore[no-untyped-call]  # nor has Flet here


def on_a_loop(test: Callable[_Given, Coroutine[Any, Any, None]]) -> Callable[_Given, None]:
    """A test that awaits."""

    @functools.wraps(test)
    def run(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


class Listening(Connection):
    """A connection whose other end keeps the messages."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Flet has no types for it
        self.loop = asyncio.get_running_loop()
        self.executor = ThreadPoolExecutor(2)
        self.pubsubhub = PubSubHub(loop=self.loop, executor=self.executor)
        self.sent: list[tuple[MessageAction, bytes]] = []

    def send_message(self, message: Message) -> None:
        """Pack a message as Flet does for a screen."""
        self.sent.append((message.action, self.pack([message.action, message.body])))

    def pack(self, message: object) -> bytes:
        """A message as it goes to a screen."""
        packed: bytes = msgpack.packb(message, default=_encode)
        return packed


class Screen:
    """One open window: what can be read on it, and a finger."""

    def __init__(self, connection: Listening, session: Session) -> None:
        self._connection = connection
        self._session = session

    @property
    def page(self) -> ft.Page:
        """Flet's page."""
        page: ft.Page = self._session.page
        return page

    @property
    def state(self) -> AppState:
        """The state that the window shows."""
        state = next(self.components("Frame")).args[0]
        assert isinstance(state, AppState)
        return state

    def controls(self) -> Iterator[BaseControl]:
        """Every control that is to be seen, from the top."""
        return _controls_in(self.page.views)

    def components(self, name: str = "") -> Iterator[Component]:
        """The components with this name, or all."""
        found = (control for control in self.controls() if isinstance(control, Component))
        return (component for component in found if name in {"", component.fn.__name__})

    def texts(self) -> list[str]:
        """Everything that can be read, from the top."""
        return [text for control in self.controls() for text in _texts_of(control)]

    def all(self, kind: type[_Control], **values: object) -> list[_Control]:
        """The controls of exactly this kind that have these values."""
        found = [control for control in self.controls() if type(control) is kind]
        return [control for control in found if all(getattr(control, name) == is_ for name, is_ in values.items())]

    def one(self, kind: type[_Control], **values: object) -> _Control:
        """The one control of a kind that has these values."""
        found = self.all(kind, **values)
        assert len(found) == 1, (kind.__name__, values, len(found), self.texts())
        return found[0]

    def button(self, words: str) -> BaseControl:
        """The one button whose words begin so."""
        found = [
            control
            for control in self.controls()
            if isinstance(control, ft.Button | ft.TextButton | ft.OutlinedButton)
            and any(text.startswith(words) for part in _controls_in([control]) for text in _texts_of(part))
        ]
        assert len(found) == 1, (words, len(found), self.texts())
        return found[0]

    async def tap(self, control: BaseControl | str) -> None:
        """Tap a control, or the one button whose words begin so; returns when what it does is done and shown."""
        target = self.button(control) if isinstance(control, str) else control
        assert not getattr(target, "disabled", False)
        await self.event(target, "click")

    async def type(self, label: str, text: str) -> None:
        """Type into the field with this label, in place of what it held."""
        field = self.one(ft.TextField, label=label)
        await self.change(field, "change", "value", text)

    async def choose(self, value: str, *, instead_of: str) -> None:
        """Choose one segment where another is chosen now."""
        chooser = self.one(ft.SegmentedButton, selected=[instead_of])
        await self.change(chooser, "change", "selected", [value])

    async def choose_rd(self, rd: str) -> None:
        """Choose an RD from the list."""
        dropdown = self.one(ft.Dropdown, label="RD")
        await self.change(dropdown, "select", "value", rd)

    async def change(
        self, control: BaseControl, event: str, name: str, value: object, between: Callable[[], None] | None = None
    ) -> None:
        """Change a control's value and tell of it: two messages; `between` happens between them, and is shown."""
        self._session.apply_patch(control._i, {name: value})
        if between is not None:
            between()
            await self.settle()
        await self.event(control, event, value)

    async def press(self, key: str) -> None:
        """Press a key, without any other."""
        pressed = {"key": key, "shift": False, "ctrl": False, "alt": False, "meta": False}
        await self.event(self.page, "keyboard_event", pressed)

    async def event(self, control: BaseControl, name: str, data: object = None) -> None:
        """Tell the app what happened at a control, in a task of its own as Flet's servers do."""
        await asyncio.create_task(self._session.dispatch_event(control._i, name, data))
        await self.settle()

    async def settle(self) -> None:
        """Let Flet show what has changed."""
        for _ in range(5):
            await asyncio.sleep(0)

    async def sees(self, words: str) -> None:
        """Wait until something that begins with these words can be read."""
        async with asyncio.timeout(SEEN_SECONDS_MAX):
            while not self.reads(words):  # noqa: ASYNC110 - Flet tells nobody when it has shown something
                await asyncio.sleep(0.01)

    def reads(self, words: str) -> bool:
        """Whether something that begins with these words can be read now."""
        return any(text.startswith(words) for text in self.texts())

    @property
    def crashes(self) -> int:
        """How often Flet was told to replace the screen with an error."""
        return sum(action is MessageAction.SESSION_CRASHED for action, _ in self._connection.sent)

    @property
    def messages(self) -> int:
        """How many messages were sent so far."""
        return len(self._connection.sent)

    @property
    def bytes_sent(self) -> int:
        """The bytes of all messages so far."""
        return sum(len(packed) for _, packed in self._connection.sent)

    def was_drawn(self, words: str) -> bool:
        """Whether a message to this screen holds these words; `reads` does not know to which of two screens it went."""
        return any(words.encode() in packed for _, packed in self._connection.sent)

    async def lose_socket(self) -> None:
        """What Flet does first when a web socket dies, as at a reload; it closes the window many seconds later."""
        await self._session.disconnect(session_timeout_seconds=10)


def settings_logged(hand: Hand) -> list[str]:
    """The settings of the contacts that stand, latest first."""
    return [entry.contact.setting for entry in hand.logbook.entries()]


@asynccontextmanager
async def open_screen(deck: Deck, width: float = 1024, height: float = 768) -> AsyncIterator[Screen]:
    """Open one window of the app, the way Flet's servers do; close it in the end."""
    async with started(window(lambda: deck), width, height) as screen:
        yield screen


@asynccontextmanager
async def started(main: Callable[[ft.Page], Any], width: float = 1024, height: float = 768) -> AsyncIterator[Screen]:
    """Start what Flet would start for a window; close it in the end."""
    connection = Listening()
    session = Session(connection)
    session.apply_page_patch({"route": "/", "width": width, "height": height})
    connection.pack(session.get_page_patch())  # type: ignore[no-untyped-call]  # Flet has no types for it
    _context_page.set(session.page)
    await main(session.page)
    await session.after_event(session.page)
    screen = Screen(connection, session)
    await screen.settle()
    try:
        yield screen
    finally:
        session.close()  # type: ignore[no-untyped-call]  # Flet has no types for it
        await screen.settle()
        connection.executor.shutdown()


@asynccontextmanager
async def app_on(hand: Hand, width: float = 1024, height: float = 768) -> AsyncIterator[Screen]:
    """The program over an open store, with one window."""
    async with deck_over(hand).running() as deck, open_screen(deck, width, height) as screen:
        yield screen


def _controls_in(value: object) -> Iterator[BaseControl]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _controls_in(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, BaseControl):
            if not getattr(value, "visible", True):
                return
            yield value
        for field in dataclasses.fields(value):
            if not field.metadata.get("skip") and field.name != "_parent":
                yield from _controls_in(getattr(value, field.name, None))


def _texts_of(control: BaseControl) -> list[str]:
    names = ("value", "label") if isinstance(control, ft.Text | ft.TextField) else ("content",)
    return [text for name in names if isinstance(text := getattr(control, name, None), str) and text]
