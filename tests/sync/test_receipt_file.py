"""The files that go without a network: read for ever, and nothing forged or damaged is believed."""

from dataclasses import replace
from pathlib import Path

import pytest
from examples import DEVICE, DEVICE_KEY, EXPORT, OTHER_ID, RECEIPT_FILE, STATION_KEY

from sync.bundle import bundle_body, read_bundle
from sync.receipt_file import (
    HEAD_BYTES,
    RECEIPT_FILE_BYTES_MAX,
    BadReceiptFile,
    NotBelieved,
    ReceiptFile,
    read_receipt_file,
    receipt_file_bytes,
)
from sync.sealing import open_with, recovery_public_key
from sync.signing import bundle_message, is_signed, public_key_of

GOLDEN = Path(__file__).parents[1] / "golden"
PUBLIC = recovery_public_key(STATION_KEY)
FILE = receipt_file_bytes(RECEIPT_FILE, EXPORT.reply or "")


def read(data: bytes, device: str = DEVICE, public: str = PUBLIC) -> ReceiptFile:
    """A receipt read by the device."""
    return read_receipt_file(data, device, DEVICE_KEY, public)


def test_the_golden_export_is_read_for_ever() -> None:
    data = (GOLDEN / "exported.bundle").read_bytes()
    opened = read_bundle(data, lambda sealed, bound: open_with(STATION_KEY, sealed, bound))
    assert (opened.bundle, opened.body, opened.is_sealed) == (EXPORT, bundle_body(EXPORT), True)
    message = bundle_message(device=DEVICE, body=opened.body)
    assert is_signed(public_key_of(DEVICE_KEY), message, opened.signature or "")


def test_the_golden_receipt_file_is_read_for_ever() -> None:
    assert read((GOLDEN / "bundle.receipt").read_bytes()) == RECEIPT_FILE
    assert read(FILE) == RECEIPT_FILE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"C755RECEIPT",
        b"C755RECEIPT2 " + FILE[13:],
        FILE[: HEAD_BYTES - 1],
        b"C755BUNDLE1P\nxxx",
        FILE[:13] + FILE[13:49].upper() + b"x" + FILE[50:],
        FILE + bytes(RECEIPT_FILE_BYTES_MAX),
    ],
)
def test_what_is_no_receipt_file_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadReceiptFile, match=r"^[A-Z].*\.$"):
        read(data)


@pytest.mark.parametrize("length", range(HEAD_BYTES, len(FILE), 7))
def test_a_receipt_cut_short_is_not_believed(length: int) -> None:
    with pytest.raises(NotBelieved):
        read(FILE[:length])


def test_a_receipt_is_believed_by_its_own_device_from_its_own_station_for_its_own_bundle() -> None:
    forged = receipt_file_bytes(RECEIPT_FILE, "11" * 32)
    other_bundle = receipt_file_bytes(replace(RECEIPT_FILE, bundle=OTHER_ID), EXPORT.reply or "")
    for data, device, public in (
        (FILE, OTHER_ID, PUBLIC),
        (FILE, DEVICE, "11" * 32),
        (forged, DEVICE, PUBLIC),
        (other_bundle, DEVICE, PUBLIC),
    ):
        with pytest.raises(NotBelieved):
            read(data, device, public)
