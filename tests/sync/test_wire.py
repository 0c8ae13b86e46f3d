"""The receipt is believed only if it answers this very batch."""

import json
from dataclasses import replace
from typing import Any

import pytest
from examples import BATCH, ENROLLED, ENROLMENT, RECEIPT
from hypothesis import given
from hypothesis import strategies as st

from sync.canonical import MalformedJson, read_json
from sync.columns import columns_of
from sync.enrolment import ALPHABET, enrolled_from_json, enrolled_to_json, enrolment_from_json, new_code, tidy_code
from sync.limits import BATCH_RECORDS_MAX, DAMAGE_LINES_MAX
from sync.verdicts import MEANINGS, STATE_WORDS, State, Verdict, state_of, verdict_of
from sync.wire import (
    BadEnvelope,
    Batch,
    batch_from_json,
    batch_to_json,
    digest_of,
    receipt_from_json,
    receipt_to_json,
    unwrapped,
    wrapped,
)

GOOD = receipt_to_json(RECEIPT)


def batch_of(found: object) -> Batch:
    """A batch from the example's device, under the example's id."""
    return batch_from_json(found, BATCH.device, BATCH.batch)


@pytest.mark.parametrize(
    "changes",
    [
        {"batch": "01920000-0000-7000-8000-00000000ffff"},
        {"batch": None},
        {"verdicts": "a"},
        {"verdicts": "aaa"},
        {"verdicts": ["a", "q"]},
        {"verdicts": None},
        {"digest": digest_of(BATCH.records[::-1])},
        {"digest": None},
        {"receipt": -1},
        {"audit": 5},
        {"audit": {"said": 1, "held": 1, "missing": [[2, 1]]}},
        {"audit": {"said": 1, "held": 1, "missing": [5]}},
        {"news": []},
        {"news": {"items": [{"number": 1, "kind": "verdict"}]}},
        {"records_max": 0},
        {"receipt": "47"},
        {"epoch": ""},
        {"received_at": "now"},
        {"challenge": None},
        {"wire": 2},
    ],
)
def test_an_answer_that_is_not_this_batchs_receipt_settles_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(BadEnvelope):
        receipt_from_json(GOOD | changes, BATCH)


@pytest.mark.parametrize("found", [None, [], "ok", 1, {}, {"ok": True}])
def test_other_json_is_no_receipt_and_no_batch(found: object) -> None:
    for read in (lambda: receipt_from_json(found, BATCH), lambda: batch_of(found)):
        with pytest.raises(BadEnvelope):
            read()
    for read_enrolment in (enrolment_from_json, enrolled_from_json):
        with pytest.raises(BadEnvelope):
            read_enrolment(found)


def test_an_older_station_answers_an_enrolment_without_a_recovery_key() -> None:
    found = {name: value for name, value in enrolled_to_json(ENROLLED).items() if name != "recovery_key"}
    assert enrolled_from_json(found) == replace(ENROLLED, recovery_key=None)
    assert enrolled_to_json(enrolled_from_json(found)) == found


@pytest.mark.parametrize("key", ["", "a5" * 31, "A5" * 32, "zz" * 32, None, 5])
def test_a_recovery_key_that_is_none_is_not_believed(key: object) -> None:
    with pytest.raises(BadEnvelope):
        enrolled_from_json(enrolled_to_json(ENROLLED) | {"recovery_key": key})


@pytest.mark.parametrize("letter", ["z", "A", " ", "\u00e9"])
def test_a_verdict_of_a_newer_station_leaves_the_record_ready_to_send(letter: str) -> None:
    receipt = receipt_from_json(GOOD | {"verdicts": letter + "q", "mood": []}, BATCH)
    assert receipt.verdicts[0].verdict is Verdict.TRY_LATER
    assert not MEANINGS[receipt.verdicts[0].verdict].is_settled


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"wire": 2}, "version"),
        ({"wire": True}, "version"),
        ({"sent_at": "yesterday"}, "sent_at"),
        ({"sequence_last": -1}, "sequence_last"),
        ({"records": {}}, "records"),
        ({"records": [{}]}, "records"),
        ({"records": columns_of([None] * (BATCH_RECORDS_MAX + 1))}, "records"),
        ({"epoch": ""}, "epoch"),
        ({"ready": None}, "ready"),
    ],
)
def test_a_bad_envelope_is_refused_with_the_part_that_is_wrong(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(BadEnvelope, match=word):
        batch_of(batch_to_json(BATCH) | changes)


def test_an_envelope_is_read_tolerantly_and_its_records_not_at_all() -> None:
    records: list[object] = [None, 5, {"kind": []}] + [0] * (BATCH_RECORDS_MAX - 3)
    found = batch_to_json(BATCH) | {"mood": 1, "damage": [1] * 99, "records": columns_of(records)}
    assert batch_of(found).records == tuple(records)
    assert batch_of(found).damage == ("1",) * DAMAGE_LINES_MAX


def test_a_record_that_travels_wrapped_comes_out_byte_for_byte() -> None:
    record = BATCH.records[0]
    assert json.loads(unwrapped(wrapped(record)) or b"") == record
    for other in (record, {"raw": "not base64!"}, {"raw": 5}, {"raw": "", "id": 1}, None, "raw"):
        assert unwrapped(other) is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff", b"NaN", b'{"a":1,"a":2}', b"[" * 100_000, b'{"a":Infinity}', "\ufeff{}".encode()],
)
def test_what_is_not_strict_json_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_json(raw)


def test_one_huge_number_does_not_stop_a_batch() -> None:
    read_json(b'{"records":[' + b"9" * 5_000 + b",1.5e400]}")


def test_every_verdict_has_a_meaning_and_every_state_its_words() -> None:
    assert set(MEANINGS) == set(Verdict)
    assert set(STATE_WORDS) == set(State)
    assert state_of(None) is State.READY_TO_SEND
    assert {verdict_of(meaning.letter) for meaning in MEANINGS.values()} == set(Verdict)
    for verdict, meaning in MEANINGS.items():
        assert (meaning.state is State.READY_TO_SEND) is (not meaning.is_settled), verdict


def test_codes_look_like_those_on_the_desk() -> None:
    code = new_code()
    assert len(code) == 9
    assert code[4] == "-"
    assert set(code.replace("-", "")) <= set(ALPHABET)
    assert len({new_code() for _ in range(1_000)}) == 1_000


@given(st.builds(new_code))
def test_a_code_may_be_typed_carelessly(code: str) -> None:
    misread = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert tidy_code(f" {misread} ") == code


@pytest.mark.parametrize("typed", ["", "K7QM", "K7QM-4T2", "K7QM-4T2XX", "K7QM-4T2U", "K7QM-4T2é"])
def test_what_cannot_be_a_code_says_what_one_looks_like(typed: str) -> None:
    with pytest.raises(ValueError, match="K7QM-4T2X"):
        tidy_code(typed)


def test_the_golden_examples_are_whole() -> None:
    assert ENROLMENT.device == ENROLLED.device == BATCH.device


PIN, NEXT_PIN = "A" * 43, "_-09z" + "B" * 38


@pytest.mark.parametrize("pins", [(), (PIN,), (PIN, NEXT_PIN)])
def test_a_receipt_hands_out_the_pins_of_the_stations_authority(pins: tuple[str, ...]) -> None:
    receipt = replace(RECEIPT, pins=pins)
    assert receipt_from_json(receipt_to_json(receipt), BATCH) == receipt


@pytest.mark.parametrize("pins", [None, PIN, [PIN[:-1]], [PIN, NEXT_PIN, PIN], [PIN, 7], [PIN, [NEXT_PIN]], {PIN: PIN}])
def test_pins_that_are_not_whole_count_as_none_and_the_verdicts_stand(pins: object) -> None:
    assert receipt_from_json({**GOOD, "pins": pins}, BATCH) == RECEIPT
