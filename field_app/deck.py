"""What all windows of the program share: the store's thread and, while the store is open, the hand and the courier.

The deck follows the keyring: when the store is unlocked or locked, by a window or by another program, every window is
told, and shows the one or the other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass

from field_app.courier import Courier
from field_app.forgotten import NewPin, set_new_pin
from field_app.hand import Hand
from field_app.keys.faults import NotOpened
from field_app.keys.keyring import Keyring
from field_app.refusals import BadInput, without_command
from field_app.store.faults import StoreFault
from field_app.writer import Writer
from sync.reference import Reference

_LOG = logging.getLogger("contact755")
# How often is looked whether another program has locked or unlocked the store.
FOLLOW_SECONDS = 2
OpenStore = Callable[[], AbstractContextManager[Hand]]


@dataclass(frozen=True, slots=True)
class Opened:
    """What there is while the store is open."""

    hand: Hand
    courier: Courier


class Deck:
    """One for the program. Begin with `open_store` (if it is not locked), then `running`."""

    def __init__(self, open_store: OpenStore, keyring: Keyring, reference: Reference) -> None:
        self.keyring = keyring
        self.reference = reference
        self.writer = Writer()
        self.opened: Opened | None = None
        self._open_store = open_store
        self._stack = ExitStack()
        self._sending: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._listeners: list[Callable[[], object]] = []

    def open_store(self) -> None:
        """Open the store. Raises StoreLocked, StoreFault."""
        hand = self._stack.enter_context(self._open_store())
        self.opened = Opened(hand, Courier(hand))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Deck"]:
        """Send, and follow the keyring, until the block ends; then everything is closed."""
        self._send()
        following = asyncio.create_task(self._keep_following())
        try:
            yield self
        finally:
            following.cancel()
            self._stop_sending()
            self.writer.close()
            self._stack.close()

    def listen(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Hear when the store was opened or locked; call the result to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def unlock(self, person: str, pin: str) -> str | None:
        """Open the store with a PIN, or say in a sentence why not."""
        return await self._try(lambda: self.keyring.unlock(person, pin))

    async def set_new_pin(self, typed: NewPin) -> str | None:
        """Set a PIN in place of a forgotten one, and open the store; or say in a sentence why not."""
        reference = self.reference if self.opened is None else self.opened.hand.current
        problem = await self._try(lambda: set_new_pin(self.keyring, reference, typed))
        if self.opened is not None:
            await self.writer.run(self.opened.hand.renew_keys)  # a recovery code brings a new data key
        return problem

    async def _try(self, change: Callable[[], None]) -> str | None:
        try:
            await asyncio.to_thread(change)  # slow on purpose: never on the event loop
            await self.follow()
        except (BadInput, NotOpened, StoreFault) as problem:
            return without_command(str(problem))
        return None

    async def follow(self) -> None:
        """Open what was unlocked, close what was locked. Raises StoreFault."""
        async with self._turn:
            is_locked = await asyncio.to_thread(self.keyring.is_locked)
            if is_locked == (self.opened is None):
                return
            if is_locked:
                self._stop_sending()
                self.opened = None
                await self.writer.run(self._stack.close)
            else:
                await self.writer.run(self.open_store)
                self._send()
            self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            try:
                listener()
            except Exception:  # noqa: BLE001 - a window that is going must not keep it from the others
                _LOG.exception("a window could not be told")

    def _send(self) -> None:
        if self.opened is not None:
            self._sending = asyncio.create_task(self.opened.courier.run())

    def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
        self._sending = None

    async def _keep_following(self) -> None:
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                await self.follow()
            except Exception:  # noqa: BLE001 - whatever it is, the next look is taken
                _LOG.exception("following the keyring")


def deck_over(hand: Hand) -> Deck:
    """A deck over a store that is open already."""
    deck = Deck(lambda: nullcontext(hand), hand.keyring, hand.reference)
    deck.open_store()
    return deck


def open_deck(hand: Hand) -> AbstractAsyncContextManager[Deck]:
    """A deck that runs over a store that is open already."""
    return deck_over(hand).running()
