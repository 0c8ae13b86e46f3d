"""Mending one flipped bit of a frame. Pure.

A flip in magic or file number is seen at once, since both are known; one in the length is found by trying each of its
bits. A flip anywhere else leaves the frame's extent known, and the difference between the CRC that the frame carries
and the one it has (the syndrome) names the bit: CRC-32 is linear, so a flip of bit b with n bytes behind it always gives
the same syndrome.
"""

import struct
import zlib
from collections.abc import Iterator

# A frame of one tap has some 500 bytes. The search walks each byte in Python: 64 KiB take some 10 ms.
MENDED_BYTES_MAX = 64 * 1024
_BITS = tuple(1 << bit for bit in range(8))
_LENGTH_BITS = 32


def candidates(
    data: bytes, at: int, header: struct.Struct, header_bytes: int, magics: tuple[bytes, ...], file_number: int
) -> Iterator[bytes]:
    """Bytes beginning with what the frame at this offset would be with one bit the other way."""
    magic, length, lsn, number = header.unpack_from(data, at)
    for each in magics:
        flips = _flips(each, magic) + (number ^ file_number).bit_count()
        if flips == 1:
            yield from _with_header(data, at, header.pack(each, length, lsn, file_number), header_bytes)
        if flips == 0:
            for bit in range(_LENGTH_BITS):
                yield from _with_header(data, at, header.pack(each, length ^ 1 << bit, lsn, number), header_bytes)
            yield from _with_bit_found(data[at : at + header_bytes + length], header.size, header_bytes + length)


def _flips(magic: bytes, other: bytes) -> int:
    return (int.from_bytes(magic, "little") ^ int.from_bytes(other, "little")).bit_count()


def _with_header(data: bytes, at: int, header: bytes, header_bytes: int) -> Iterator[bytes]:
    extent = header_bytes + int.from_bytes(header[4:8], "little")
    if extent <= min(len(data) - at, MENDED_BYTES_MAX):
        yield header + data[at + len(header) : at + extent]


def _with_bit_found(data: bytes, crc_at: int, extent: int) -> Iterator[bytes]:
    if len(data) == extent <= MENDED_BYTES_MAX and (found := _flipped_bit(data, crc_at)) is not None:
        place, bit = found
        frame = bytearray(data)
        frame[place] ^= bit
        yield bytes(frame)


def _flipped_bit(frame: bytes, crc_at: int) -> tuple[int, int] | None:
    body_at = crc_at + 4
    carried = int.from_bytes(frame[crc_at:body_at], "little")
    syndrome = carried ^ zlib.crc32(frame[body_at:], zlib.crc32(frame[:crc_at]))
    if syndrome.bit_count() == 1:  # the flip is in the CRC itself
        place, bit = divmod(syndrome.bit_length() - 1, 8)
        return crc_at + place, 1 << bit
    for place in (*range(len(frame) - 1, body_at - 1, -1), *range(crc_at - 1, -1, -1)):
        if (bit := _BIT_AT_END.get(syndrome, 0)) != 0:
            return place, bit
        byte = _BYTE_BY_TOP[syndrome >> 24]  # what the syndrome would be with one byte less behind the bit
        syndrome = ((syndrome ^ _TABLE[byte]) << 8 | byte) & 0xFFFFFFFF
    return None


def _table_entry(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0xEDB88320 if byte & 1 else 0)  # the polynomial of zlib.crc32, reflected
    return byte


_TABLE = tuple(_table_entry(byte) for byte in range(256))
_BYTE_BY_TOP = {entry >> 24: byte for byte, entry in enumerate(_TABLE)}  # the top bytes are all different
_BIT_AT_END = {_TABLE[bit]: bit for bit in _BITS}  # the syndrome of a bit of the last byte
