"""Reading QR codes off pictures: photographs of a device's screen. The only file that knows Pillow and the reader of codes."""

from io import BytesIO
from warnings import catch_warnings, simplefilter

import zxingcpp
from PIL import Image, UnidentifiedImageError

# A phone's photograph has 12 to 50 million points. What unpacks to more is a trap, or a poster.
POINTS_MAX = 64_000_000
_TOO_LARGE = f"has more than {POINTS_MAX // 1_000_000} million points. Make it smaller."
_KINDS = ("PNG", "JPEG", "WEBP")


class BadPicture(Exception):
    """Bytes that are no picture that is read here; the text is a sentence."""


def codes_in(data: bytes) -> list[bytes]:
    """What the QR codes in a picture hold. Raises BadPicture."""
    try:
        with catch_warnings():
            simplefilter("ignore", Image.DecompressionBombWarning)  # we have a limit of our own, and a sentence
            with Image.open(BytesIO(data), formats=_KINDS) as picture:
                if picture.width * picture.height > POINTS_MAX:
                    raise BadPicture(_TOO_LARGE)
                grey = picture.convert("L")
    except Image.DecompressionBombError:
        raise BadPicture(_TOO_LARGE) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise BadPicture("is not a whole PNG, JPEG or WebP picture.") from None
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return [bytes(each.bytes) for each in found]
