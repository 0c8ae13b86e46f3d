"""Reading codes off pictures: crooked and in colour, too, and never a picture that is a trap."""

from io import BytesIO

import pytest
from PIL import Image

from station.qr_reading import BadPicture, codes_in
from sync.qr import code_png
from sync.qr_series import PIECE_BYTES_MAX, codes_of


def saved(picture: Image.Image, kind: str) -> bytes:
    """A picture as a file."""
    found = BytesIO()
    picture.save(found, kind)
    return found.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_full_code_is_read_off_a_crooked_photograph_with_things_around_it(kind: str) -> None:
    (code,) = codes_of(bytes(range(256)) * 2 + bytes(PIECE_BYTES_MAX - 512))
    shown = Image.open(BytesIO(code_png(code))).convert("RGB")
    photograph = Image.new("RGB", (1_200, 1_000), (90, 120, 60))
    photograph.paste(shown.resize((800, 800)), (150, 80))
    assert codes_in(saved(photograph.rotate(7, Image.Resampling.BICUBIC), kind)) == [code]


def test_a_picture_without_a_code_has_none() -> None:
    assert codes_in(saved(Image.new("L", (200, 200), 128), "PNG")) == []


@pytest.mark.parametrize("side", [8_001, 9_500, 14_000])
def test_a_small_file_that_becomes_a_huge_picture_is_refused(side: int) -> None:
    with pytest.raises(BadPicture, match="more than 64 million points"):
        codes_in(saved(Image.new("1", (side, side)), "PNG"))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + bytes(40)])
def test_what_is_no_picture_is_said(data: bytes) -> None:
    with pytest.raises(BadPicture, match="not a whole PNG, JPEG or WebP"):
        codes_in(data)
