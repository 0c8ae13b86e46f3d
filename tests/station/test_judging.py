"""One record judged alone, without a database."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from doubles import START
from examples import CONTACT_ID, DEVICE, OTHER_ID, WITHDRAWAL, contact_json
from hypothesis import given
from hypothesis import strategies as st

from station.judging import Sound, Unsound, conflicting, judge
from sync.canonical import HugeNumber, canonical_bytes, read_json, readable_bytes
from sync.limits import MONOTONIC_MS_MAX, RECORD_BYTES_MAX
from sync.records import hashed, record_to_json, unhashed
from sync.reference import Reference
from sync.times import write_time
from sync.verdicts import Verdict

HERE = UUID(DEVICE)


def shifted(**by: float) -> str:
    """The example's time of entry, moved."""
    return write_time(START + timedelta(**by))


# What a device may send, and a part of what it is told. A mapping is a change to a sound contact, hashed anew.
REHASHED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown setting": ({"setting": "moon-base"}, "is not a setting"),
    "setting that is no name": ({"setting": "Coffee Shop"}, "setting must be"),
    "unknown watch": ({"watch": "dusk"}, "is not a watch"),
    "RD of another station": ({"rd": "1574"}, "is not an RD"),
    "RD without its zero": ({"rd": "454"}, "is not an RD"),
    "tag of letters": ({"tag": "12A"}, "is not a tag"),
    "tag of seven digits": ({"tag": "1234567"}, "is not a tag"),
    "unit that is none": ({"unit": "forty-two"}, "is not a unit"),
    "unit at the desk": ({"role": "desk"}, "The desk has no unit"),
    "person who is no number": ({"person": "9001"}, "is not a person's number"),
    "counter report on patrol": ({"setting": "counter-report"}, "always has the source"),
    "nobody reached": ({"people": 0}, "people must be"),
    "ten thousand reached": ({"people": 10_000}, "people must be"),
    "people as text": ({"people": "3"}, "people must be"),
    "people as truth": ({"people": True}, "people must be"),
    "cards below none": ({"cards": -1}, "cards must be"),
    "more minutes than a day": ({"minutes": 1_441}, "minutes must be"),
    "note of 501 characters": ({"note": "n" * 501}, "note must be"),
    "empty note": ({"note": ""}, "note must be"),
    "NUL in the note": ({"note": "a\0b"}, "control characters"),
    "two lines in the note": ({"note": "a\nb"}, "control characters"),
    "two paragraphs in the note": ({"note": "a\u2029b"}, "control characters"),
    "turned text in the note": ({"note": "\u202e755"}, "control characters"),
    "escape in the person": ({"person": "90000\x1b"}, "control characters"),
    "contact in the future": ({"claimed_at": shifted(seconds=121)}, "has not come yet"),
    "time without its zone": ({"entered_at": "2026-11-22T22:32:05.123"}, "entered_at must be"),
    "time that is none": ({"entered_at": "2026-13-45T99:32:05.123Z"}, "entered_at must be"),
    "year 1969": ({"claimed_at": "1969-12-31T23:59:59.999Z"}, "claimed_at must be"),
    "year 3000": ({"entered_at": "3000-01-01T00:00:00.000Z"}, "entered_at must be"),
    "record of another device": ({"device": OTHER_ID}, "another device"),
    "device in another spelling": ({"device": f"urn:uuid:{DEVICE}"}, "device must be"),
    "id that is no UUID": ({"id": "47"}, "id must be"),
    "id that is a number": ({"id": 47}, "id must be"),
    "no id": ({"id": None}, "id is missing"),
    "sequence 0": ({"sequence": 0}, "sequence must be"),
    "older than any boot": ({"monotonic_ms": MONOTONIC_MS_MAX + 1}, "monotonic_ms must be"),
    "source that is a list": ({"source": ["obs"]}, "source must be"),
    "role that is an object": ({"role": {}}, "role must be"),
    "corrects itself by name": ({"corrects": "the last one"}, "corrects must be"),
    "no kind": ({"kind": None}, "says its kind"),
    "kind that is a number": ({"kind": 1}, "says its kind"),
    "schema 0": ({"schema": 0}, "says its kind"),
    "schema that is true": ({"schema": True}, "says its kind"),
    "too large": ({"padding": "p" * RECORD_BYTES_MAX}, f"{RECORD_BYTES_MAX} bytes at most"),
}
AS_SENT: dict[str, tuple[Any, str]] = {
    "nothing": (None, "is a JSON object"),
    "text": ("contact", "is a JSON object"),
    "number": (755, "is a JSON object"),
    "list": ([contact_json()], "is a JSON object"),
    "empty object": ({}, "does not match its hash"),
    "no hash": (unhashed(contact_json()), "does not match its hash"),
    "wrong hash": (contact_json() | {"hash": "0" * 32}, "does not match its hash"),
    "hash in capitals": (contact_json() | {"hash": contact_json()["hash"].upper()}, "does not match its hash"),
    "hash that is a list": (contact_json() | {"hash": []}, "does not match its hash"),
    "changed on the way": (contact_json() | {"people": 4}, "does not match its hash"),
    "fraction": (contact_json() | {"people": Decimal("1.5")}, "is not an integer"),
    "fraction that is whole": (contact_json() | {"people": Decimal("1.0")}, "is not an integer"),
    "number beyond 2^53": (contact_json() | {"people": 2**53}, "is not an integer"),
    "number of 5,000 digits": (contact_json() | {"people": Decimal("9" * 5_000)}, "is not an integer"),
    "number beyond all": (contact_json() | {"people": HugeNumber("1e" + "9" * 30)}, "is not an integer"),
    "half of a surrogate pair": (contact_json() | {"note": "\ud83d"}, "surrogates not allowed"),
    "half a pair as a key": (contact_json() | {"\ude00": 1}, "surrogates not allowed"),
}
UNSOUND = AS_SENT | {name: (contact_json(**changes), part) for name, (changes, part) in REHASHED.items()}


@pytest.mark.parametrize(("found", "part"), UNSOUND.values(), ids=UNSOUND.keys())
def test_what_cannot_be_taken_in_is_quarantined_as_it_came_with_a_sentence(
    found: object, part: str, reference: Reference
) -> None:
    unsound = judge(found, HERE, reference)
    assert isinstance(unsound, Unsound)
    assert unsound.judged.verdict is Verdict.QUARANTINED
    assert part in (unsound.judged.reason or "")
    assert unsound.raw == readable_bytes(found)


@pytest.mark.parametrize(
    "changes",
    [{"kind": "briefing"}, {"kind": "x" * 2_000}, {"schema": 2}, {"schema": 2**53 - 1}, {"kind": "", "schema": "2"}],
    ids=str,
)
def test_a_record_of_a_newer_version_is_held_not_refused(changes: dict[str, Any], reference: Reference) -> None:
    held = judge(contact_json(**changes), HERE, reference)
    assert isinstance(held, Unsound)
    assert held.judged.verdict is Verdict.HELD
    assert held.judged.id == CONTACT_ID
    assert read_json(held.raw) == contact_json(**changes)


def test_a_damaged_record_of_a_newer_version_is_not_held(reference: Reference) -> None:
    unsound = judge(contact_json() | {"schema": 2}, HERE, reference)
    assert isinstance(unsound, Unsound)
    assert unsound.judged.verdict is Verdict.QUARANTINED


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"people": 1, "cards": 0, "minutes": 0},
        {"people": 9_999, "cards": 9_999, "minutes": 1_440, "sequence": 2**53 - 1},
        {"note": "😀" * 500},
        {"claimed_at": shifted(seconds=120)},
        {"claimed_at": shifted(days=-31)},
        {"claimed_at": "1970-01-01T00:00:00.000Z"},
        {"entered_at": "1970-01-01T00:00:00.000Z", "claimed_at": "1970-01-01T00:00:00.000Z"},
        {"entered_at": "2999-12-31T23:59:59.999Z", "claimed_at": "2999-12-31T23:59:59.999Z"},
        {"monotonic_ms": MONOTONIC_MS_MAX},
        {"unit": None, "rd": None, "tag": None, "minutes": None, "note": None},
        {"weather": {"of": ["a", "newer", "version"]}},
        {"corrects": CONTACT_ID},
    ],
    ids=str,
)
def test_the_limits_themselves_are_taken_in(changes: dict[str, Any], reference: Reference) -> None:
    found = contact_json(**changes)
    sound = judge(found, HERE, reference)
    assert isinstance(sound, Sound), sound
    assert (sound.canonical, sound.hash) == (canonical_bytes(unhashed(found)), found["hash"])
    assert record_to_json(sound.record) == unhashed(found)


def test_a_withdrawal_is_taken_in(reference: Reference) -> None:
    sound = judge(hashed(record_to_json(WITHDRAWAL)), HERE, reference)
    assert isinstance(sound, Sound)
    assert sound.record == WITHDRAWAL


def test_a_conflicting_record_is_kept_in_the_bytes_that_its_hash_is_over(reference: Reference) -> None:
    sound = judge(contact_json(), HERE, reference)
    assert isinstance(sound, Sound)
    second = conflicting(sound)
    assert second.judged.verdict is Verdict.CONFLICTING
    assert second.raw == canonical_bytes(unhashed(contact_json()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(name=st.sampled_from([*contact_json(), "unheard-of"]), value=JSON)
def test_any_value_in_any_field_gets_a_verdict_and_a_short_sentence(
    name: str, value: object, reference: Reference
) -> None:
    for found in (contact_json() | {name: value}, value):
        judged = judge(found, HERE, reference)
        if isinstance(judged, Unsound):
            assert judged.judged.verdict in {Verdict.QUARANTINED, Verdict.HELD}
            assert 0 < len(judged.judged.reason or "") <= 500
            assert judged.raw == readable_bytes(found)


@pytest.mark.parametrize("name", ["", " ", "Aé한😀", "\ud800", "x" * RECORD_BYTES_MAX])
def test_a_verdict_names_whatever_text_the_record_has_as_its_id(name: str, reference: Reference) -> None:
    """Else the device could not believe the receipt, and would send the same batch for ever."""
    unsound = judge(contact_json() | {"id": name}, HERE, reference)
    assert isinstance(unsound, Unsound)
    assert unsound.judged.id == name
