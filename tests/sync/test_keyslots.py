"""keys.json: read tolerantly, written again with everything that it said, never taken for whole when it is not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from field_app.keys.ring import data_keys_of, opened_by_pin
from sync.canonical import JsonObject
from sync.keyslots import (
    KeySlots,
    KeysNewer,
    KeysUnreadable,
    OpenSlot,
    PinSlot,
    PlatformSlot,
    UnknownSlot,
    recovery_bound,
    slots_from_bytes,
    slots_to_json,
)
from sync.records import hashed, unhashed
from sync.sealing import Stretch, is_bearable, open_with

GOLDEN = Path(__file__).parents[1] / "golden" / "keys.json"
# What opens the golden file; they open nothing else.
PIN, PERSON, RECOVERY_KEY = "271828", "900001", "11" * 32


def written(keys: KeySlots) -> bytes:
    """The bytes of a file."""
    return json.dumps(slots_to_json(keys)).encode()


def changed(found: JsonObject, **changes: Any) -> bytes:  # noqa: ANN401 - any value may be tried
    """The bytes of a file with changes, under a hash that fits."""
    return json.dumps(hashed({**unhashed(found), **changes})).encode()


@pytest.fixture
def golden() -> JsonObject:
    """The golden file's JSON."""
    found: JsonObject = json.loads(GOLDEN.read_text("utf-8"))
    return found


def test_the_golden_keys_are_opened_by_pin_and_by_the_station_and_written_as_they_are() -> None:
    keys = slots_from_bytes(GOLDEN.read_bytes())
    assert json.dumps(slots_to_json(keys), ensure_ascii=False, indent=2) + "\n" == GOLDEN.read_text("utf-8")
    found = opened_by_pin(keys.pins()[PERSON], PIN)
    assert found is not None
    ring_key = found.inside
    assert ring_key == b"r" * 32
    assert data_keys_of(keys, ring_key) == (b"n" * 32, b"o" * 32)
    slot = keys.recovery()
    assert slot is not None
    assert open_with(RECOVERY_KEY, bytes.fromhex(slot.sealed), recovery_bound(keys.ring)) == ring_key
    assert opened_by_pin(keys.pins()[PERSON], "271829") is None


def test_a_slot_of_a_kind_that_is_not_known_is_kept_and_hinders_nobody(golden: JsonObject) -> None:
    strange = [{"kind": "fingerprint", "sealed": "00"}, {"kind": "pin", "n": "many"}, 7, None]
    keys = slots_from_bytes(changed(golden, slots=[*strange, *golden["slots"]]))
    assert [slot.found for slot in keys.slots if isinstance(slot, UnknownSlot)] == strange
    assert list(keys.pins()) == [PERSON]
    assert slots_from_bytes(written(keys)) == keys


def test_a_slot_that_asks_for_all_of_the_memory_is_not_tried(golden: JsonObject) -> None:
    pin = next(slot for slot in golden["slots"] if slot["kind"] == "pin")
    for cost in ({"n": 2**30}, {"n": 1000}, {"n": 0}, {"r": 2**20}, {"p": 1000}, {"p": 0}):
        assert slots_from_bytes(changed(golden, slots=[{**pin, **cost}])).pins() == {}
    assert is_bearable(Stretch(2**17, 8, 1))


def test_a_newer_file_is_told_apart_from_a_damaged_one(golden: JsonObject) -> None:
    with pytest.raises(KeysNewer):
        slots_from_bytes(changed(golden, version=2))
    text = GOLDEN.read_bytes()
    for damaged in (b"", b"[]", b"{}", text[:-20], text.replace(b"900001", b"900002")):
        with pytest.raises(KeysUnreadable):
            slots_from_bytes(damaged)


def test_every_kind_of_slot_is_written_and_read_again() -> None:
    keys = slots_from_bytes(GOLDEN.read_bytes())
    more = replace(keys, slots=(*keys.slots, PlatformSlot("contact755-ab"), OpenSlot("00" * 32), UnknownSlot({"a": 1})))
    assert slots_from_bytes(written(more)) == more
    other = replace(keys.pins()[PERSON], person="900002")
    assert list(keys.with_pin(other).pins()) == [PERSON, "900002"]
    assert isinstance(keys.with_pin(replace(other, person=PERSON, salt="00")).slots[-1], PinSlot)
    assert len(keys.with_pin(replace(other, person=PERSON)).slots) == len(keys.slots)
