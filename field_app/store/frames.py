"""The journal's frames, and how a damaged journal is read. Pure: bytes in, frames out.

A journal file is a row of frames and nothing else. A frame is a 24-byte header and a payload:

    magic    4 bytes   F5 'J' 'R' '1'; F5 never occurs in UTF-8, so a lost reader can find the next frame
    length   u32       bytes of payload
    lsn      u64       log sequence number: one more than the frame before, over all files, never reset
    file     u32       number of the journal file, so that a stale frame of an older file is never believed
    crc      u32       CRC-32 of the 20 bytes before it and the payload; each frame's own, so one bad frame costs only itself

Integers are little-endian. Rules for reading:

1. A frame is believed only if magic, file number and CRC are right. Its place in the file proves nothing: whoever
   replays sorts by LSN.
2. Bytes that are no frame, with a good frame somewhere behind them, are damage: they are skipped and reported, and
   the file is never cut.
3. Bytes that are no frame, with no good frame behind them, are a torn tail: what a crash left of a write that was
   never acknowledged, or what another process is writing this very moment.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xf5JR1"
_HEADER = struct.Struct("<4sIQI")
_CRC = struct.Struct("<I")
HEADER_BYTES = _HEADER.size + _CRC.size
# A frame holds one tap, or one call that puts many documents; more than this in one call is a mistake.
PAYLOAD_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as read: its number, payload and place (start and end offsets in the scanned bytes)."""

    lsn: int
    payload: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found: frames in file order, damaged stretches between them, and where the last good frame ends."""

    frames: tuple[Frame, ...]
    damage: tuple[tuple[int, int], ...]
    end: int


def encode(lsn: int, file_number: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    header = _HEADER.pack(MAGIC, len(payload), lsn, file_number)
    return header + _CRC.pack(zlib.crc32(payload, zlib.crc32(header))) + payload


def scan(data: bytes, file_number: int) -> Scan:
    """Every good frame in these bytes."""
    frames: list[Frame] = []
    damage: list[tuple[int, int]] = []
    at = 0
    while at < len(data):
        frame = _frame_at(data, at, file_number) or next(_frames_behind(data, at, file_number), None)
        if frame is None:
            break
        if frame.start > at:
            damage.append((at, frame.start))
        frames.append(frame)
        at = frame.end
    return Scan(tuple(frames), tuple(damage), at)


def _frame_at(data: bytes, at: int, file_number: int) -> Frame | None:
    start = at + HEADER_BYTES
    if len(data) < start or data[at : at + len(MAGIC)] != MAGIC:
        return None
    _, length, lsn, number = _HEADER.unpack_from(data, at)
    (crc,) = _CRC.unpack_from(data, at + _HEADER.size)
    if number != file_number or length > PAYLOAD_BYTES_MAX or len(data) < start + length:
        return None
    payload = data[start : start + length]
    if zlib.crc32(payload, zlib.crc32(data[at : at + _HEADER.size])) != crc:
        return None
    return Frame(lsn, payload, at, start + length)


def _frames_behind(data: bytes, at: int, file_number: int) -> Iterator[Frame]:
    while (at := data.find(MAGIC, at + 1)) >= 0:
        frame = _frame_at(data, at, file_number)
        if frame is not None:
            yield frame
