"""The journal's frames: what is written is read, and nothing else is ever believed."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.store.frames import HEADER_BYTES, MAGIC, PAYLOAD_BYTES_MAX, Frame, encode, scan

FILE = 7
PAYLOADS = (
    b'[["contacts","p","1",{"rd":"0454"}]]',
    b"[]",
    '[["contacts","p","2",{"note":"kaffe på hjørnet"}]]'.encode(),
)


def row_of(payloads: tuple[bytes, ...] | list[bytes], first_lsn: int = 1) -> tuple[bytes, list[Frame]]:
    """A journal with these payloads, and the frames that a reader must find in it."""
    data, frames = b"", []
    for lsn, payload in enumerate(payloads, first_lsn):
        encoded = encode(lsn, FILE, payload)
        frames.append(Frame(lsn, payload, len(data), len(data) + len(encoded), FILE))
        data += encoded
    return data, frames


def test_a_frame_is_read_as_it_was_written() -> None:
    data, frames = row_of(PAYLOADS)
    found = scan(data, FILE)
    assert list(found.frames) == frames
    assert found.damage == ()
    assert found.end == len(data) == sum(len(payload) + HEADER_BYTES for payload in PAYLOADS)


def test_the_bytes_of_a_frame_never_change() -> None:
    """Journals of every released version must stay readable: a frame is magic, length, LSN, file, CRC, payload."""
    assert encode(258, 3, b"[]") == bytes.fromhex("f54a5231 02000000 0201000000000000 03000000 7aa4457c") + b"[]"


def test_an_empty_file_has_no_frames_and_no_damage() -> None:
    assert scan(b"", FILE).frames == ()
    assert scan(b"", FILE).end == 0


def test_every_prefix_of_a_journal_gives_exactly_its_whole_frames() -> None:
    data, frames = row_of(PAYLOADS)
    for cut in range(len(data) + 1):
        whole = [frame for frame in frames if frame.end <= cut]
        found = scan(data[:cut], FILE)
        assert list(found.frames) == whole, cut
        assert found.damage == (), "A torn tail is no damage."
        assert found.end == (whole[-1].end if whole else 0)


def test_every_suffix_of_a_journal_gives_exactly_its_whole_frames() -> None:
    data, frames = row_of(PAYLOADS)
    for cut in range(len(data) + 1):
        whole = [frame for frame in frames if frame.start >= cut]
        found = scan(data[cut:], FILE)
        assert [frame.body for frame in found.frames] == [frame.body for frame in whole], cut
        if whole:
            assert found.damage == (((0, whole[0].start - cut),) if whole[0].start > cut else ())


def test_one_flipped_bit_anywhere_costs_its_own_frame_and_no_other() -> None:
    data, frames = row_of(PAYLOADS)
    for bit in range(len(data) * 8):
        spoiled = bytearray(data)
        spoiled[bit // 8] ^= 1 << bit % 8
        hit = next(frame for frame in frames if frame.start <= bit // 8 < frame.end)
        found = scan(bytes(spoiled), FILE)
        assert list(found.frames) == [frame for frame in frames if frame is not hit], bit
        if hit is frames[-1]:
            assert (found.damage, found.end) == ((), hit.start)
        else:
            assert (found.damage, found.end) == (((hit.start, hit.end),), len(data))


def test_every_other_byte_in_the_place_of_any_byte_is_noticed() -> None:
    data = encode(1, FILE, PAYLOADS[0])
    for at in range(len(data)):
        for value in set(range(256)) - {data[at]}:
            assert scan(data[:at] + bytes([value]) + data[at + 1 :], FILE).frames == (), (at, value)


@pytest.mark.parametrize("change", [-2, -1, 1, 2, len(PAYLOADS[1]) + HEADER_BYTES, 2**31])
def test_a_frame_with_a_wrong_length_is_not_believed(change: int) -> None:
    """Not even where the length leads to the end of a good frame behind it."""
    data, frames = row_of(PAYLOADS)
    length = (len(PAYLOADS[0]) + change).to_bytes(4, "little")
    found = scan(data[: len(MAGIC)] + length + data[len(MAGIC) + 4 :], FILE)
    assert list(found.frames) == frames[1:]
    assert found.damage == ((0, frames[1].start),)


def test_a_frame_longer_than_the_largest_is_not_believed() -> None:
    assert scan(encode(1, FILE, bytes(PAYLOAD_BYTES_MAX + 1)), FILE).frames == ()
    assert len(scan(encode(1, FILE, bytes(PAYLOAD_BYTES_MAX)), FILE).frames) == 1


def test_a_frame_of_another_file_is_not_believed() -> None:
    """As when a disk gives back an old file's block in the place of a new one's."""
    data, frames = row_of(PAYLOADS)
    stale = encode(2, FILE - 1, PAYLOADS[1])
    spoiled = data[: frames[1].start] + stale + data[frames[1].end :]
    found = scan(spoiled, FILE)
    assert list(found.frames) == [frames[0], frames[2]]
    assert found.damage == ((frames[1].start, frames[1].end),)
    assert [frame.body for frame in scan(spoiled, FILE - 1).frames] == [PAYLOADS[1]]


def test_a_frame_out_of_place_is_found_where_it_is() -> None:
    """A block written to the wrong place: whoever replays sorts by LSN, so the scan keeps file order."""
    data, frames = row_of(PAYLOADS)
    swapped = data[frames[1].start :] + data[: frames[1].start]
    assert [frame.lsn for frame in scan(swapped, FILE).frames] == [2, 3, 1]


def test_a_zeroed_tail_is_a_torn_tail() -> None:
    data, frames = row_of(PAYLOADS)
    found = scan(data + bytes(4096), FILE)
    assert (list(found.frames), found.damage, found.end) == (frames, (), len(data))


# What disks leave between frames: noise, and pieces that look like the beginning of a frame but are none.
JUNK = st.one_of(
    st.binary(min_size=1, max_size=60),
    st.just(MAGIC),
    st.integers(1, HEADER_BYTES + 9).map(lambda size: encode(1, FILE, b"\xc3" * 300)[:size]),
    st.binary(max_size=8).map(lambda payload: encode(1, FILE + 1, payload)),
    st.just(MAGIC + (PAYLOAD_BYTES_MAX).to_bytes(4, "little") + bytes(16)),
)


@dataclass(frozen=True)
class Piece:
    """A payload to be framed, or junk."""

    is_junk: bool
    content: bytes


PIECES = st.lists(
    st.one_of(
        JUNK.map(lambda junk: Piece(is_junk=True, content=junk)),
        st.binary(max_size=40).map(lambda payload: Piece(is_junk=False, content=payload)),
    )
)


@given(PIECES)
def test_junk_between_frames_is_reported_to_the_byte_and_costs_no_frame(pieces: list[Piece]) -> None:
    data, frames, damage = b"", [], []
    junk_from = 0
    for lsn, piece in enumerate(pieces, 1):
        if piece.is_junk:
            data += piece.content
            continue
        if junk_from < len(data):
            damage.append((junk_from, len(data)))
        encoded = encode(lsn, FILE, piece.content)
        frames.append(Frame(lsn, piece.content, len(data), len(data) + len(encoded), FILE))
        data += encoded
        junk_from = len(data)
    found = scan(data, FILE)
    assert (list(found.frames), list(found.damage), found.end) == (frames, damage, junk_from)


@given(
    st.lists(st.binary(max_size=40), max_size=8),
    st.floats(0, 1),
    st.integers(0, 80),
    st.one_of(st.binary(max_size=120), JUNK),
)
def test_whatever_replaces_a_stretch_of_a_journal_costs_only_the_frames_it_touched(
    payloads: list[bytes], place: float, size: int, instead: bytes
) -> None:
    """Overwritten, cut out or pushed apart: nothing that was not written is ever read."""
    data, frames = row_of(payloads)
    start = int(place * len(data))
    end = min(start + size, len(data))
    found = [(frame.lsn, frame.body) for frame in scan(data[:start] + instead + data[end:], FILE).frames]
    assert set(found) <= {(frame.lsn, frame.body) for frame in frames}
    untouched = [frame for frame in frames if frame.end <= start or frame.start >= end]
    assert [(frame.lsn, frame.body) for frame in untouched if (frame.lsn, frame.body) not in found] == []
