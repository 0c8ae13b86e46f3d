"""A bundle as somebody hands it over: one file, or pictures of all the codes that a device shows."""

from collections.abc import Iterable
from itertools import chain

from sync.qr_series import NotWhole, file_of, is_picture


class NotOneBundle(Exception):
    """What was given makes no bundle; the text is a sentence that says what to do."""


def bundle_in(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The bundle in files, of which each has a name; empty for none. Asks for one after the other. Raises NotOneBundle."""
    given = iter(files)
    name, first = next(given, ("", b""))
    if not is_picture(first):
        if next(given, None) is not None:
            raise NotOneBundle(f"One file at a time: {name} is a bundle or no picture.")
        return first
    try:
        return file_of(code for picture in chain([(name, first)], given) for code in _codes(*picture))
    except NotWhole as problem:
        raise NotOneBundle(str(problem)) from None


def _codes(name: str, data: bytes) -> list[bytes]:
    from station.qr_reading import BadPicture, codes_in  # noqa: PLC0415 - Pillow and the reader, which few need

    try:
        return codes_in(data)
    except BadPicture as problem:
        raise NotOneBundle(f"{name} {problem}") from None
