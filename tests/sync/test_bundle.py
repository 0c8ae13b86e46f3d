"""The bundle file: read only as it was written, and never more of it than its limits allow."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from examples import BUNDLE, DEVICE

from sync.bundle import (
    BUNDLE_BYTES_MAX,
    INSIDE_BYTES_MAX,
    LINE_CHARACTERS_MAX,
    LINES_MAX,
    MAGIC_PLAIN,
    MAGIC_SEALED,
    BadBundle,
    Bundle,
    Opened,
    bundle_body,
    bundle_bytes,
    read_bundle,
)
from sync.sealing import NotOpened, new_recovery_key, open_with, recovery_public_key
from sync.signing import bundle_message, is_signed, new_private_key, public_key_of, sign

SEED = 20261122
GOLDEN = Path(__file__).parents[1] / "golden" / "salvaged.bundle"
BODY = bundle_body(BUNDLE)


def read(data: bytes, private_key: str = "00" * 32) -> Opened:
    """A bundle read by a station with this recovery key."""
    return read_bundle(data, lambda sealed, bound: open_with(private_key, sealed, bound))


def plain(inner: bytes) -> bytes:
    """A plain bundle with any inside."""
    return MAGIC_PLAIN + gzip.compress(inner, mtime=0)


def unsigned(**changes: Any) -> bytes:  # noqa: ANN401 - any value may be tried
    """A plain bundle with some values changed."""
    return plain(b"-" * 128 + b"\n" + json.dumps(json.loads(BODY) | changes).encode())


def test_the_golden_bundle_is_read_for_ever() -> None:
    opened = read(GOLDEN.read_bytes())
    assert (opened.bundle, opened.body, opened.is_sealed) == (BUNDLE, BODY, False)
    assert opened.signature == "ab" * 64


def test_a_bundle_is_sealed_to_the_station_and_signed_by_the_device() -> None:
    private_key, station_key = new_private_key(), new_recovery_key()
    message = bundle_message(device=DEVICE, body=BODY)
    data = bundle_bytes(BODY, sign(private_key, message), recovery_public_key(station_key))
    assert data.startswith(MAGIC_SEALED)
    opened = read(data, station_key)
    assert (opened.bundle, opened.is_sealed) == (BUNDLE, True)
    assert is_signed(
        public_key_of(private_key), bundle_message(device=DEVICE, body=opened.body), opened.signature or ""
    )
    with pytest.raises(NotOpened):
        read(data, new_recovery_key())


def test_a_bundle_without_signature_or_seal_says_so() -> None:
    opened = read(bundle_bytes(BODY, None, None))
    assert (opened.signature, opened.is_sealed, opened.bundle) == (None, False, BUNDLE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"C755BUNDLE",
        b"PK\x03\x04",
        b"C755BUNDLE2P\n" + bytes(20),
        MAGIC_PLAIN,
        MAGIC_PLAIN + b"x" * 50,
        plain(b""),
        plain(b"-" * 128),
        plain(b"-" * 128 + b"\n"),
        plain("é".encode() * 64 + b"\n{}"),
        plain(b"-" * 128 + b"\n[]"),
        plain(b"-" * 128 + b'\n"x"'),
        plain(b"-" * 128 + b"\n{}"),
        bundle_bytes(BODY, None, None)[:-1],
        bundle_bytes(BODY, None, None) + b"x",
        unsigned(device=5),
        unsigned(device="car 42"),
        unsigned(records={}),
        unsigned(records=None),
        unsigned(raw=[5]),
        unsigned(raw=[{"reason": "r", "data": "not base64!"}]),
        unsigned(raw=[{"reason": "r" * (LINE_CHARACTERS_MAX + 1), "data": ""}]),
        unsigned(damage=["x"] * (LINES_MAX + 1)),
        unsigned(keys=["", "", ""]),
        unsigned(keys=["A" * 1_000_000]),
        unsigned(frames=[{"header": "00", "body": ""}]),
        unsigned(frames=[{"header": "zz" * 20, "body": ""}]),
        unsigned(sequence_last=-1),
        unsigned(made_at="now"),
    ],
)
def test_what_is_no_bundle_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadBundle, match=r"^(The|This) .*\.$"):
        read(data)


def test_a_bundle_that_unpacks_without_end_is_cut_off() -> None:
    bomb = plain(bytes(INSIDE_BYTES_MAX + 1))
    assert len(bomb) < BUNDLE_BYTES_MAX
    with pytest.raises(BadBundle, match="bytes inside"):
        read(bomb)
    with pytest.raises(BadBundle, match="this file has more"):
        read(bytes(BUNDLE_BYTES_MAX + 1))


def test_damage_is_refused_or_changes_nothing_and_is_never_a_fault_of_the_program() -> None:
    sound = GOLDEN.read_bytes()
    chance = random.Random(SEED)
    for _ in range(500):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            found: Bundle = read(bytes(data)).bundle
        except (BadBundle, NotOpened):
            continue
        assert found == BUNDLE, SEED  # the time and system in gzip's own header mean nothing
