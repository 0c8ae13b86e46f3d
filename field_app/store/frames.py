"""The journal's frames, and how a damaged journal is read. Pure: bytes in, frames out.

A journal file is a row of frames and nothing else. A frame is a 24-byte header and a body:

    magic    4 bytes   F5 'J' 'R' '1', or F5 'J' 'S' '1' when the body is sealed; F5 never occurs in UTF-8, so a lost
                       reader can find the next frame
    length   u32       bytes of body
    lsn      u64       log sequence number: one more than the frame before, over all files, never reset
    file     u32       number of the journal file, so that a stale frame of an older file is never believed
    crc      u32       CRC-32 of the 20 bytes before it and the body; each frame's own, so one bad frame costs only itself

Integers are little-endian. Rules for reading:

1. A frame is believed only if magic, file number and CRC are right. Its place in the file proves nothing: whoever
   replays sorts by LSN.
2. Where a frame should begin and none is right, one flipped bit is mended (repair.py), if whoever asks can prove the
   mended frame by something stronger than its CRC.
3. Bytes that are no frame, with a good frame somewhere behind them, are damage: they are skipped and reported, and
   the file is never cut.
4. Bytes that are no frame, with no good frame behind them, are a torn tail: what a crash left of a write that was
   never acknowledged, or what another process is writing this very moment.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from field_app.store import repair
from sync.sealing import SEAL_BYTES

MAGIC = b"\xf5JR1"
MAGIC_SEALED = b"\xf5JS1"
_MAGIC_START = MAGIC[:2]
_MAGICS = (MAGIC, MAGIC_SEALED)
_HEADER = struct.Struct("<4sIQI")
_CRC = struct.Struct("<I")
HEADER_BYTES = _HEADER.size + _CRC.size
# A frame holds one tap, or one call that puts many documents; more than this in one call is a mistake.
PAYLOAD_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as read: its number, body and place (start and end offsets in the scanned bytes)."""

    lsn: int
    body: bytes
    start: int
    end: int
    file_number: int
    is_sealed: bool = False
    is_mended: bool = False

    def header(self) -> bytes:
        """The header's 20 bytes before the CRC; a sealed body is bound to them."""
        return _HEADER.pack(MAGIC_SEALED if self.is_sealed else MAGIC, len(self.body), self.lsn, self.file_number)


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found: frames in file order, damaged stretches between them, and where the last good frame ends."""

    frames: tuple[Frame, ...]
    damage: tuple[tuple[int, int], ...]
    end: int


Proof = Callable[[Frame], bool]
# Seals a text, and binds it to some bytes beside it.
Seal = Callable[[bytes, bytes], bytes]


def end_of(header: bytes) -> int:
    """Where the frame ends that begins with this header, counted from its beginning; 0 if that cannot be."""
    length = int.from_bytes(header[4:8], "little")
    return HEADER_BYTES + length if len(header) == HEADER_BYTES and length <= PAYLOAD_BYTES_MAX else 0


def encode(lsn: int, file_number: int, body: bytes, *, is_sealed: bool = False, seal: Seal | None = None) -> bytes:
    """The bytes of one frame; with a seal, the body is sealed first, and bound to the header."""
    if seal is None:
        header = _HEADER.pack(MAGIC_SEALED if is_sealed else MAGIC, len(body), lsn, file_number)
    else:
        header = _HEADER.pack(MAGIC_SEALED, len(body) + SEAL_BYTES, lsn, file_number)
        body = seal(body, header)
    return b"".join((header, _CRC.pack(zlib.crc32(body, zlib.crc32(header))), body))


def scan(data: bytes, file_number: int, is_proved: Proof | None = None) -> Scan:
    """Every good frame in these bytes; with a proof, also frames in which one bit flipped."""
    frames: list[Frame] = []
    damage: list[tuple[int, int]] = []
    at = 0
    while at < len(data):
        frame = _frame_at(data, at, file_number) or _mended_at(data, at, file_number, is_proved)
        frame = frame or next(_frames_behind(data, at, file_number), None)
        if frame is None:
            break
        if frame.start > at:
            damage.append((at, frame.start))
        frames.append(frame)
        at = frame.end
    return Scan(tuple(frames), tuple(damage), at)


def unproved(data: bytes, file_number: int) -> Iterator[Frame]:
    """Whatever has a frame's beginning and its bytes, though not its CRC: only for those who prove it by something else."""
    at = data.find(_MAGIC_START)
    while at >= 0:
        start = at + HEADER_BYTES
        if start <= len(data):
            magic, length, lsn, number = _HEADER.unpack_from(data, at)
            if magic in _MAGICS and number == file_number and length <= min(PAYLOAD_BYTES_MAX, len(data) - start):
                body = data[start : start + length]
                yield Frame(lsn, body, at, start + length, number, magic == MAGIC_SEALED)
        at = data.find(_MAGIC_START, at + 1)


def _frame_at(data: bytes, at: int, file_number: int, *, is_mended: bool = False) -> Frame | None:
    start = at + HEADER_BYTES
    if len(data) < start:
        return None
    magic, length, lsn, number = _HEADER.unpack_from(data, at)
    if magic not in _MAGICS or number != file_number or length > PAYLOAD_BYTES_MAX or len(data) < start + length:
        return None
    (crc,) = _CRC.unpack_from(data, at + _HEADER.size)
    body = data[start : start + length]
    if zlib.crc32(body, zlib.crc32(data[at : at + _HEADER.size])) != crc:
        return None
    return Frame(lsn, body, at, start + length, number, magic == MAGIC_SEALED, is_mended)


def _mended_at(data: bytes, at: int, file_number: int, is_proved: Proof | None) -> Frame | None:
    if is_proved is None or len(data) < at + HEADER_BYTES:
        return None
    for mended in repair.candidates(data, at, _HEADER, HEADER_BYTES, _MAGICS, file_number):
        frame = _frame_at(mended, 0, file_number, is_mended=True)
        if frame is not None and is_proved(frame):
            return Frame(frame.lsn, frame.body, at, at + frame.end, file_number, frame.is_sealed, is_mended=True)
    return None


def _frames_behind(data: bytes, at: int, file_number: int) -> Iterator[Frame]:
    while (at := data.find(_MAGIC_START, at + 1)) >= 0:
        frame = _frame_at(data, at, file_number)
        if frame is not None:
            yield frame
