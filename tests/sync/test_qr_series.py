"""A file as QR codes: read in any order, and never taken for whole when it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.qr_series import CODES_MAX, PIECE_BYTES_MAX, NotWhole, TooMuch, codes_of, file_of


@given(data=st.binary(min_size=1, max_size=5 * PIECE_BYTES_MAX), chance=st.randoms(use_true_random=False))
def test_a_file_comes_back_from_its_codes_in_any_order_and_with_other_codes_among_them(
    data: bytes, chance: object
) -> None:
    codes = [*codes_of(data), *codes_of(data), b"https://example.invalid/", b""]
    chance.shuffle(codes)  # type: ignore[attr-defined]  # hypothesis' own Random
    assert file_of(codes) == data


@pytest.mark.parametrize("pieces", [1, 2, CODES_MAX])
def test_as_many_codes_as_allowed_are_made_and_not_one_more(pieces: int) -> None:
    data = bytes(range(256)) * 200
    whole = data[: pieces * PIECE_BYTES_MAX]
    assert len(codes_of(whole)) == pieces
    assert len(codes_of(whole[:-1])) == pieces
    if pieces == CODES_MAX:
        with pytest.raises(TooMuch, match=f"{CODES_MAX + 1} codes, and {CODES_MAX} are the most"):
            codes_of(data[: len(whole) + 1])


def test_what_is_missing_mixed_damaged_or_newer_is_said() -> None:
    one, two = codes_of(b"a" * 2_000), codes_of(b"b" * 2_000)
    for codes, words in (
        ([], "No code of a bundle"),
        ([b"C755QR2\nxxx"], "newer version"),
        ([one[0][:18]], "cut short"),
        ([one[0], one[2]], "Code 2 of 3 cannot be read"),
        ([one[0]], "Codes 2, 3 of 3 cannot be read"),
        ([*one, two[0]], "more than one file"),
        ([*one[:2], one[2][:-1] + b"z"], "do not fit together"),
    ):
        with pytest.raises(NotWhole, match=words):
            file_of(codes)


def test_the_first_version_of_the_codes_is_read_for_ever() -> None:
    """Written down byte for byte: a device that is never updated shows such."""
    assert codes_of(b"C755BUNDLE1S\n...") == [
        b"C755QR1\n" + bytes.fromhex("ef837c36afbb0eca") + b"\x01\x01C755BUNDLE1S\n..."
    ]
