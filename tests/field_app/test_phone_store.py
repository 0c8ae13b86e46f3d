"""The secure store of a tablet or phone, over a double of Flet's service: the same three calls, answered on an event loop."""

import asyncio
from pathlib import Path

import pytest
from doubles import FixedClock

from field_app import phone_store
from field_app.keys.keyring import Keyring, Sealing
from field_app.phone_store import PhoneStore, storage_of_device
from field_app.store.faults import StoreFault


class Kept:
    """What Flet's SecureStorage does, in a dictionary."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.problem: Exception | None = None

    async def get_all(self) -> dict[str, str]:
        """All."""
        await self._answer()
        return dict(self.values)

    async def get(self, key: str) -> str | None:
        """One."""
        await self._answer()
        return self.values.get(key)

    async def set(self, key: str, value: str) -> None:
        """Keep one."""
        await self._answer()
        self.values[key] = value

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.problem is not None:
            raise self.problem


def test_a_phone_opens_its_store_with_no_pin_and_no_wait(tmp_path: Path, clock: FixedClock) -> None:
    kept = Kept()

    async def first_start() -> tuple[bytes, ...]:
        keyring = Keyring(tmp_path / "car", clock, await PhoneStore.opened(kept))
        await asyncio.to_thread(keyring.make)
        return tuple(keyring.data_keys())

    async def next_start() -> tuple[bytes, ...]:
        keyring = Keyring(tmp_path / "car", clock, await PhoneStore.opened(kept))
        kept.problem = RuntimeError("asleep")  # asked of memory from now on: a tap never waits for the Keystore
        assert keyring.sealing() is Sealing.PLATFORM
        return tuple(keyring.data_keys())

    assert asyncio.run(first_start()) == asyncio.run(next_start())


def test_a_keystore_that_loses_what_it_is_given_is_found_out(tmp_path: Path, clock: FixedClock) -> None:
    class Sieve(Kept):
        async def set(self, key: str, value: str) -> None:
            """Keep nothing."""

    async def start() -> None:
        keyring = Keyring(tmp_path / "car", clock, await PhoneStore.opened(Sieve()))
        with pytest.raises(StoreFault, match="does not keep the key"):
            await asyncio.to_thread(keyring.make)

    asyncio.run(start())


@pytest.mark.parametrize("problem", [RuntimeError("KeyStoreException"), None])
def test_a_keystore_that_fails_or_says_nothing_is_told_in_words(
    problem: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mute(Kept):
        async def _answer(self) -> None:
            await asyncio.sleep(60)

    monkeypatch.setattr(phone_store, "ANSWER_SECONDS_MAX", 0.05)
    kept = Kept() if problem else Mute()
    kept.problem = problem
    with pytest.raises(OSError, match=r"does not answer \((KeyStoreException|no word)\)"):
        asyncio.run(PhoneStore.opened(kept))


def test_a_keystore_never_empties_itself_and_no_copy_of_a_phone_opens() -> None:
    storage = storage_of_device()
    assert storage.android_options.reset_on_error is False  # type: ignore[attr-defined]  # Flet's own, behind our protocol
    assert storage.ios_options.accessibility.name == "FIRST_UNLOCK_THIS_DEVICE"  # type: ignore[attr-defined]  # the same
