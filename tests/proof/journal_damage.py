"""Ways in which a disk spoils a file that was well written, by name. Each says which stretches of it were touched."""

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

PAGE_BYTES = 4096
BURST_BYTES_MAX = 64


class Spoiled(NamedTuple):
    """A file's new bytes, and where they differ from the old ones: from, to (in the old file's offsets)."""

    data: bytes
    touched: tuple[tuple[int, int], ...]


# Bytes, other files' bytes, and the lot.
Spoil = Callable[[bytes, list[bytes], random.Random], Spoiled]


def one_bit(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """One flipped bit."""
    return _flipped(data, [lot.randrange(len(data) * 8)])


def two_bits(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """Two flipped bits, near each other or not."""
    first = lot.randrange(len(data) * 8)
    second = lot.randrange(max(0, first - 64), min(len(data) * 8, first + 64)) if lot.random() < 0.5 else first ^ 1
    return _flipped(data, [first, second if second != first else lot.randrange(len(data) * 8)])


def burst(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """Some bytes in a row, of which anything became."""
    at = lot.randrange(len(data))
    length = min(lot.randrange(2, BURST_BYTES_MAX), len(data) - at)
    return _replaced(data, at, lot.randbytes(length))


def page_of_zeros(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """A page that was never written."""
    at, length = _page(data, lot)
    return _replaced(data, at, bytes(length))


def page_of_garbage(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """A page of which anything became."""
    at, length = _page(data, lot)
    return _replaced(data, at, lot.randbytes(length))


def stale_page(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """An earlier page of the same file in the place of a page; of the first one, what it was when less was written."""
    at, length = _page(data, lot)
    if at == 0:
        return _replaced(data, 0, data[: lot.randrange(length)].ljust(length, b"\0"))
    begin = lot.randrange(at)
    return _replaced(data, at, data[begin : begin + length])


def splice(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """Bytes of another file in the place of as many."""
    other = lot.choice(others)
    begin, at = lot.randrange(len(other)), lot.randrange(len(data))
    return _replaced(data, at, other[begin : begin + min(lot.randrange(1, PAGE_BYTES), len(data) - at)])


def cut(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """The end is gone."""
    at = lot.randrange(len(data))
    return Spoiled(data[:at], ((at, len(data)),))


def hole(data: bytes, others: list[bytes], lot: random.Random) -> Spoiled:
    """Some bytes are gone, and the rest has moved up."""
    at = lot.randrange(len(data))
    length = min(lot.randrange(1, 600), len(data) - at)
    return Spoiled(data[:at] + data[at + length :], ((at, at + length),))


DAMAGE: Mapping[str, Spoil] = {
    "one bit": one_bit,
    "two bits": two_bits,
    "a burst": burst,
    "a page of zeros": page_of_zeros,
    "a page of garbage": page_of_garbage,
    "a stale page": stale_page,
    "a splice": splice,
    "a cut": cut,
    "a hole": hole,
}


def _flipped(data: bytes, bits: list[int]) -> Spoiled:
    spoiled = bytearray(data)
    for bit in bits:
        spoiled[bit // 8] ^= 1 << bit % 8
    return Spoiled(bytes(spoiled), tuple((bit // 8, bit // 8 + 1) for bit in bits))


def _replaced(data: bytes, at: int, piece: bytes) -> Spoiled:
    return Spoiled(data[:at] + piece + data[at + len(piece) :], ((at, at + len(piece)),))


def _page(data: bytes, lot: random.Random) -> tuple[int, int]:
    at = lot.randrange(0, len(data), PAGE_BYTES)
    return at, min(PAGE_BYTES, len(data) - at)
