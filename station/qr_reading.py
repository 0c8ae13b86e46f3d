"""Reading QR codes off pictures: photographs of a device's screen. The only file that knows Pillow and the reader of codes."""

from io import BytesIO

import zxingcpp
from PIL import Image, UnidentifiedImageError

# A phone's photograph has 12 to 50 million points. What unpacks to more is a trap, or a poster.
POINTS_MAX = 64_000_000
_KINDS = ("PNG", "JPEG", "WEBP")


class BadPicture(Exception):
    """Bytes that are no picture that is read here; the text is a sentence."""


def codes_in(data: bytes) -> list[bytes]:
    """What the QR codes in a picture hold. Raises BadPicture."""
    try:
        with Image.open(BytesIO(data), formats=_KINDS) as picture:
            if picture.width * picture.height > POINTS_MAX:
                raise BadPicture(f"has more than {POINTS_MAX // 1_000_000} million points. Make it smaller.")
            grey = picture.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise BadPicture("is not a whole PNG, JPEG or WebP picture.") from None
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return [bytes(each.bytes) for each in found]
