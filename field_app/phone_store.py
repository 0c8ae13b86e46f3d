"""The secure store of a tablet or phone: Android's Keystore or iOS's Keychain, which Flet reaches through a window alone.

A window answers on its event loop; the store asks on a thread of its own, at any time, and must not wait. So all that is
kept is read once, when the window opens, and asked from memory from then on. What is new is written through, and read back
before it counts.
"""

import asyncio
from collections.abc import Awaitable
from typing import Protocol, TypeVar

import flet as ft
from flet_secure_storage import (  # type: ignore[import-untyped]  # the package has types, and not the file that says so
    AndroidOptions,
    IOSOptions,
    KeychainAccessibility,
    SecureStorage,
)

from field_app.store.faults import StoreFault

Found = TypeVar("Found")

# A Keystore answers in some milliseconds, after an update of the system in a second or two; Flet itself waits for ever.
ANSWER_SECONDS_MAX = 10


class Storage(Protocol):
    """What is asked of Flet's SecureStorage."""

    async def get_all(self) -> dict[str, str]:
        """All that is kept."""

    async def get(self, key: str) -> str | None:
        """What is kept under a name."""

    async def set(self, key: str, value: str) -> None:
        """Keep a value."""


class PhoneStore:
    """A SecureStore over the window's own. Made by `opened`."""

    def __init__(self, storage: Storage, kept: dict[str, str]) -> None:
        self._storage = storage
        self._kept = kept
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def opened(cls, storage: Storage) -> "PhoneStore":
        """Read what is kept. Raises OSError."""
        return cls(storage, await _answer(storage.get_all()))

    def get(self, name: str) -> str | None:
        """The secret under a name, or None."""
        return self._kept.get(name)

    def put(self, name: str, secret: str) -> None:
        """Keep a secret; never to be called on the event loop, which has to answer. Raises OSError."""
        asyncio.run_coroutine_threadsafe(self._put(name, secret), self._loop).result()

    async def _put(self, name: str, secret: str) -> None:
        await _answer(self._storage.set(name, secret))
        found = await _answer(self._storage.get(name))
        if found is not None:
            self._kept[name] = found


async def phone_store(page: ft.Page) -> PhoneStore | None:
    """The secure store of the tablet or phone that this window is on, None on any other machine. Raises StoreFault."""
    if page.web or page.platform not in (ft.PagePlatform.ANDROID, ft.PagePlatform.IOS):
        return None
    try:
        return await PhoneStore.opened(storage_of_device())
    except OSError as problem:
        raise StoreFault(f"{problem.strerror}. Unlock the device; if that does not help, restart it.") from problem


def storage_of_device() -> Storage:
    """Flet's service, so that it never empties itself, and that no copy of the device, in a cloud or on another, opens."""
    made: Storage = SecureStorage(
        android_options=AndroidOptions(reset_on_error=False),  # on by default: one error, and every key is gone
        ios_options=IOSOptions(accessibility=KeychainAccessibility.FIRST_UNLOCK_THIS_DEVICE),
    )
    return made


async def _answer(asked: Awaitable[Found]) -> Found:
    try:
        return await asyncio.wait_for(asked, ANSWER_SECONDS_MAX)
    except (RuntimeError, TimeoutError) as problem:  # what Flet raises when the device's half fails, or says nothing
        raise OSError(0, f"The device's secure store does not answer ({str(problem) or 'no word'})") from problem
