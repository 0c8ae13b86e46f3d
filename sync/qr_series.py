"""A file as a series of QR codes, for a device that can neither send nor be plugged in (version 1). Pure.

Each code holds, as bytes:

    magic    "C755QR1" and a line end
    series   8 bytes: the beginning of the whole file's SHA-256, so that codes of two files are told apart
    number   1 byte, from 1
    count    1 byte: how many codes there are
    piece    the file's bytes, as many in each code but the last

Nothing is hidden in them: what is shown is a bundle (bundle.py), sealed and signed as it is.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

MAGIC = b"C755QR1\n"
_MAGIC_START = b"C755QR"
_SERIES_BYTES = 8
_HEAD_BYTES = len(MAGIC) + _SERIES_BYTES + 2
# A code of some 100 squares a side, which a phone's camera reads off a tablet at arm's length.
PIECE_BYTES_MAX = 700
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
# Nobody photographs more than this without missing one; it holds some hundreds of contacts.
CODES_MAX = 40


class _Code(NamedTuple):
    series: bytes
    number: int
    of: int
    piece: bytes


class TooMuch(Exception):
    """More than a series of codes holds; the text is a sentence."""


class NotWhole(Exception):
    """The codes at hand make no file; the text is a sentence that says what to do."""


def codes_of(data: bytes) -> list[bytes]:
    """What each code of a file holds, in order. Raises TooMuch."""
    count = -(-len(data) // PIECE_BYTES_MAX)
    if count > CODES_MAX:
        raise TooMuch(f"That would take {count} codes, and {CODES_MAX} are the most. Save it to a file instead.")
    size = -(-len(data) // max(count, 1))  # all as full as each other: none is harder to read than need be
    head = MAGIC + _series_of(data)
    return [head + bytes((number + 1, count)) + data[number * size : (number + 1) * size] for number in range(count)]


def is_code(content: bytes) -> bool:
    """Whether a code's content is one of a series, of this version or another."""
    return content.startswith(_MAGIC_START)


def is_picture(data: bytes) -> bool:
    """Whether a file begins like a PNG, JPEG or WebP picture, in which there may be codes."""
    return data.startswith(_PICTURES)


def file_of(contents: Iterable[bytes]) -> bytes:
    """The file that these codes make, in whatever order and however often each is there. Raises NotWhole."""
    codes = [_code_of(content) for content in contents if is_code(content)]
    whole = {(code.series, code.of) for code in codes}
    if not whole:
        raise NotWhole("No code of a bundle can be read in these pictures. Take them again: sharp, and one code whole.")
    if len(whole) > 1:
        raise NotWhole("These codes are of more than one file. Give the pictures of one device's screen alone.")
    ((series, count),) = whole
    pieces = {code.number: code.piece for code in codes}
    missing = [str(number) for number in range(1, count + 1) if number not in pieces]
    if missing:
        which = f"Code {missing[0]}" if len(missing) == 1 else f"Codes {', '.join(missing)}"
        raise NotWhole(f"{which} of {count} cannot be read in these pictures. Take them again, and give all of them.")
    data = b"".join(pieces[number] for number in range(1, count + 1))
    if _series_of(data) != series:
        raise NotWhole("These codes do not fit together. Take the pictures again.")
    return data


def _code_of(content: bytes) -> _Code:
    if not content.startswith(MAGIC):
        raise NotWhole("These codes were made by a newer version. Update the station.")
    if len(content) <= _HEAD_BYTES:
        raise NotWhole("One of these codes is cut short. Take its picture again.")
    number, count = content[_HEAD_BYTES - 2 : _HEAD_BYTES]
    return _Code(content[len(MAGIC) : _HEAD_BYTES - 2], number, count, content[_HEAD_BYTES:])


def _series_of(data: bytes) -> bytes:
    return sha256(data).digest()[:_SERIES_BYTES]
