"""Sealing: at rest under the device's key, and to the station under its recovery key."""

import os

import pytest

from sync.sealing import (
    KEY_NAME_BYTES,
    SEAL_BYTES,
    KeyMissing,
    NotOpened,
    Sealer,
    new_key,
    new_recovery_key,
    open_with,
    recovery_public_key,
    seal_to,
)

TEXT = b"47 of 47"


@pytest.fixture
def private_key() -> str:
    """A station's private recovery key."""
    return new_recovery_key()


def test_only_the_key_opens_what_it_sealed_at_rest() -> None:
    key, other = new_key(), new_key()
    sealed = Sealer(key).seal(TEXT, b"place")
    assert len(sealed) == len(TEXT) + SEAL_BYTES
    assert TEXT not in sealed
    assert Sealer(key).open(sealed, b"place") == Sealer(other, [key]).open(sealed, b"place") == TEXT
    with pytest.raises(KeyMissing):
        Sealer(other).open(sealed, b"place")
    with pytest.raises(NotOpened):
        Sealer(key).open(sealed, b"another place")


def test_no_changed_byte_and_no_cut_gets_past_the_seal_at_rest() -> None:
    """All of them under the right key's name: another name is a key that is not at hand."""
    sealer = Sealer(new_key())
    sealed = sealer.seal(TEXT, b"place")
    named = range(KEY_NAME_BYTES, len(sealed))
    changed = [sealed[:at] + bytes([sealed[at] ^ 1 << at % 8]) + sealed[at + 1 :] for at in named]
    for spoiled in [*changed, *(sealed[:end] for end in named), sealed + b"x"]:
        with pytest.raises(NotOpened):
            sealer.open(spoiled, b"place")


def test_what_was_sealed_to_the_station_only_its_private_half_opens(private_key: str) -> None:
    public_key = recovery_public_key(private_key)
    assert len(public_key) == len(private_key) == 64
    sealed = seal_to(public_key, TEXT, b"place")
    assert TEXT not in sealed
    assert open_with(private_key, sealed, b"place") == TEXT
    for wrong_key, bound in ((new_recovery_key(), b"place"), (public_key, b"place"), (private_key, b"elsewhere")):
        with pytest.raises(NotOpened):
            open_with(wrong_key, sealed, bound)


def test_the_same_text_is_sealed_in_another_way_each_time(private_key: str) -> None:
    public_key = recovery_public_key(private_key)
    assert seal_to(public_key, TEXT, b"") != seal_to(public_key, TEXT, b"")


def test_no_changed_byte_and_no_cut_gets_past_the_recovery_seal(private_key: str) -> None:
    sealed = seal_to(recovery_public_key(private_key), TEXT, b"")
    changed = [sealed[:at] + bytes([sealed[at] ^ 1 << at % 8]) + sealed[at + 1 :] for at in range(len(sealed))]
    cut = [sealed[:end] for end in range(len(sealed))]
    for spoiled in [*changed, *cut, sealed + b"x", bytes(len(sealed)), os.urandom(len(sealed))]:
        with pytest.raises(NotOpened):
            open_with(private_key, spoiled, b"")


@pytest.mark.parametrize("public_key", ["", "00", "zz" * 32, "00" * 31, "00" * 33, "00" * 32])
def test_a_key_that_is_none_is_refused_before_anything_is_sealed(public_key: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        seal_to(public_key, TEXT, b"")
