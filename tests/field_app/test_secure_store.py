"""A store whose key lies in the platform's secure store, here a double of it."""

from pathlib import Path

import pytest
from doubles import FixedClock

from field_app.keys.keyring import Keyring, Need, Sealing
from field_app.store.faults import StoreFault


class Keystore:
    """A platform's secure store, as a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """The secret under a name."""
        return self.kept.get(name)

    def put(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self.kept[name] = secret


def test_a_platform_with_a_secure_store_needs_no_pin_and_keeps_the_key_there(tmp_path: Path, clock: FixedClock) -> None:
    keystore = Keystore()
    keyring = Keyring(tmp_path / "car", clock, keystore)
    keyring.make()
    assert (keyring.sealing(), keyring.need("900001")) == (Sealing.PLATFORM, Need.NOTHING)
    (secret,) = keystore.kept.values()
    assert secret.encode() not in (tmp_path / "car" / "keys.json").read_bytes()
    keyring.lock()
    again = Keyring(tmp_path / "car", clock, keystore)
    assert again.data_keys() == keyring.data_keys()
    assert Keyring(tmp_path / "car", clock, Keystore()).is_locked()  # the same folder, restored on another device


def test_a_secure_store_that_forgets_is_found_out_before_anything_is_sealed(tmp_path: Path, clock: FixedClock) -> None:
    class Sieve(Keystore):
        def put(self, name: str, secret: str) -> None:
            """Keep nothing."""

    keyring = Keyring(tmp_path / "car", clock, Sieve())
    with pytest.raises(StoreFault, match="does not keep the key"):
        keyring.make()
    assert keyring.sealing() is Sealing.NO_STORE
