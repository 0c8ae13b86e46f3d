"""How a body is packed on its way: as zlib with the preset dictionary (the device's first choice), as gzip, or not at all."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum

from sync.dictionary import DICTIONARY_1


class Packing(StrEnum):
    """A content encoding, in HTTP's spelling. `contact755-1` is zlib (RFC 1950) with DICTIONARY_1."""

    DICTIONARY = "contact755-1"
    GZIP = "gzip"
    NONE = "identity"


_ZLIB_WINDOW, _GZIP_WINDOW = zlib.MAX_WBITS, 16 + zlib.MAX_WBITS
_LEVEL, _MEMORY_LEVEL = 9, 9  # some milliseconds for a full batch, against a tenth of a second of the slowest link


class NotPacked(ValueError):
    """The bytes are not packed so; the text is the end of a sentence."""


class TooLarge(ValueError):
    """Unpacked, there is more than allowed."""


def pack(body: bytes, packing: Packing) -> bytes:
    """The body, packed."""
    if packing is Packing.NONE:
        return body
    if packing is Packing.GZIP:
        return gzip.compress(body, mtime=0)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _ZLIB_WINDOW, _MEMORY_LEVEL, zdict=DICTIONARY_1)
    return packer.compress(body) + packer.flush()


# How many bytes unpacking may make is asked of zlib, so that a bomb is never built up.
_UNPACKERS: Mapping[Packing, Callable[[], "zlib._Decompress"]] = {
    Packing.DICTIONARY: lambda: zlib.decompressobj(_ZLIB_WINDOW, zdict=DICTIONARY_1),
    Packing.GZIP: lambda: zlib.decompressobj(_GZIP_WINDOW),
}


def unpack(packed: bytes, packing: Packing, bytes_max: int) -> bytes:
    """The body as it was. Raises NotPacked, or TooLarge for more than bytes_max."""
    if packing is Packing.NONE:
        found = packed
    else:
        unpacker = _UNPACKERS[packing]()
        try:
            found = unpacker.decompress(packed, bytes_max + 1)
        except zlib.error:
            raise NotPacked(f"says that it is {packing}, and is not") from None
        if not unpacker.unconsumed_tail and (not unpacker.eof or unpacker.unused_data):
            raise NotPacked(f"is cut short, or something follows its {packing}")
    if len(found) > bytes_max:
        raise TooLarge
    return found
