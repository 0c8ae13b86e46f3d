"""The receipt is believed only if it answers this very batch."""

from dataclasses import replace
from typing import Any

import pytest
from examples import BATCH, ENROLLED, ENROLMENT, RECEIPT
from hypothesis import given
from hypothesis import strategies as st

from sync.canonical import MalformedJson, read_json
from sync.enrolment import ALPHABET, enrolled_from_json, enrolled_to_json, enrolment_from_json, new_code, tidy_code
from sync.limits import BATCH_RECORDS_MAX
from sync.verdicts import MEANINGS, STATE_WORDS, State, Verdict, state_of
from sync.wire import BadEnvelope, batch_from_json, batch_to_json, receipt_from_json, receipt_to_json

GOOD = receipt_to_json(RECEIPT)


@pytest.mark.parametrize(
    "changes",
    [
        {"batch": "01920000-0000-7000-8000-00000000ffff"},
        {"batch": None},
        {"verdicts": GOOD["verdicts"][:1]},
        {"verdicts": [*GOOD["verdicts"], GOOD["verdicts"][0]]},
        {"verdicts": GOOD["verdicts"][::-1]},
        {"verdicts": [{"id": None, "verdict": "accepted"}, GOOD["verdicts"][1]]},
        {"verdicts": ["accepted", "accepted"]},
        {"verdicts": None},
        {"receipt": 0},
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
    for read in (lambda: receipt_from_json(found, BATCH), lambda: batch_from_json(found)):
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


@pytest.mark.parametrize("verdict", ["framed", None, 1, ["accepted"], {}])
def test_a_verdict_of_a_newer_station_leaves_the_record_ready_to_send(verdict: object) -> None:
    verdicts = [GOOD["verdicts"][0] | {"verdict": verdict}, GOOD["verdicts"][1]]
    receipt = receipt_from_json(GOOD | {"verdicts": verdicts, "news": []}, BATCH)
    assert receipt.verdicts[0].verdict is Verdict.TRY_LATER
    assert not MEANINGS[receipt.verdicts[0].verdict].is_settled


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"wire": 2}, "version"),
        ({"wire": True}, "version"),
        ({"batch": "b"}, "batch"),
        ({"device": None}, "device"),
        ({"sent_at": "yesterday"}, "sent_at"),
        ({"sequence_last": -1}, "sequence_last"),
        ({"records": {}}, "records"),
        ({"records": [None] * (BATCH_RECORDS_MAX + 1)}, "records"),
    ],
)
def test_a_bad_envelope_is_refused_with_the_part_that_is_wrong(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(BadEnvelope, match=word):
        batch_from_json(batch_to_json(BATCH) | changes)


def test_an_envelope_is_read_tolerantly_and_its_records_not_at_all() -> None:
    found = batch_to_json(BATCH) | {"mood": 1, "records": [None, 5, {"kind": []}] + [0] * (BATCH_RECORDS_MAX - 3)}
    assert batch_from_json(found).records[:3] == (None, 5, {"kind": []})


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
