"""Passwords' hashes in the tests: a third of a second each on purpose, so cheap ones where nothing is asked of the price."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from station import passwords

_DEAR = passwords._HASHER


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashes that cost next to nothing, in this process; programs that are started make their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes as the station makes them."""
    monkeypatch.setattr(passwords, "_HASHER", _DEAR)
