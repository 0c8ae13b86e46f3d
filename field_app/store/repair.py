"""Mending one flipped bit of a frame. Pure.

A flip in magic, length or file number is found by trying each of those bits. A flip anywhere else leaves the frame's
extent known, and the difference between the CRC that the frame carries and the one it has (the syndrome) names the bit:
CRC-32 is linear, so a flip of bit b with n bytes behind it always gives the same syndrome.
"""

import struct
import zlib
from collections.abc import Iterator

# A frame of one tap has some 500 bytes. The search walks each byte in Python: 64 KiB take a quarter of a second.
MENDED_BYTES_MAX = 64 * 1024
_BITS = tuple(1 << bit for bit in range(8))
# Where magic, length and file number lie in the header: a flip there hides the frame's extent or owner.
_SHAPE = (*range(8), *range(16, 20))


def candidates(data: bytes, at: int, header: struct.Struct, header_bytes: int) -> Iterator[bytes]:
    """Bytes beginning with what the frame at this offset would be with one bit the other way."""
    for place in _SHAPE:
        for bit in _BITS:
            yield from _with_shape_mended(data, at, header, header_bytes, place, bit)
    extent = _extent(data, at, header, header_bytes)
    if extent is None:
        return
    frame = bytearray(data[at : at + extent])
    flipped = _flipped_bit(frame, header.size)
    if flipped is not None:
        place, bit = flipped
        frame[place] ^= bit
        yield bytes(frame)


def _with_shape_mended(
    data: bytes, at: int, header: struct.Struct, header_bytes: int, place: int, bit: int
) -> Iterator[bytes]:
    head = bytearray(data[at : at + header_bytes])
    head[place] ^= bit
    extent = header_bytes + header.unpack_from(head)[1]
    if extent <= min(len(data) - at, MENDED_BYTES_MAX):
        yield bytes(head) + data[at + header_bytes : at + extent]


def _extent(data: bytes, at: int, header: struct.Struct, header_bytes: int) -> int | None:
    extent: int = header_bytes + header.unpack_from(data, at)[1]
    return extent if extent <= min(len(data) - at, MENDED_BYTES_MAX) else None


def _flipped_bit(frame: bytearray, crc_at: int) -> tuple[int, int] | None:
    body_at = crc_at + 4
    carried = int.from_bytes(frame[crc_at:body_at], "little")
    syndrome = carried ^ zlib.crc32(frame[body_at:], zlib.crc32(frame[:crc_at]))
    if syndrome.bit_count() == 1:  # the flip is in the CRC itself
        place, bit = divmod(syndrome.bit_length() - 1, 8)
        return crc_at + place, 1 << bit
    covered = [*range(crc_at), *range(body_at, len(frame))]
    after = {bit: _TABLE[bit] for bit in _BITS}  # the syndrome of each bit of the byte that is looked at
    for place in reversed(covered):
        for bit, each in after.items():
            if each == syndrome:
                return place, bit
            after[bit] = (each >> 8) ^ _TABLE[each & 0xFF]
    return None


def _table_entry(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0xEDB88320 if byte & 1 else 0)  # the polynomial of zlib.crc32, reflected
    return byte


_TABLE = tuple(_table_entry(byte) for byte in range(256))
