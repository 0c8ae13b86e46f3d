"""Version 1 of the wire for ever: an old app at a newer station, and the other way round, from the golden files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import adler32

import pytest
from examples import BATCH, ENROLLED, ENROLMENT, PROBLEM, RECEIPT
from handset import Handset, enrolled_handset

from field_app.entries import entries_of
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from station.database import Database
from station.desk import Desk
from station.refusal import STATUSES
from sync.audit import NO_AUDIT
from sync.canonical import read_json
from sync.columns import columns_of
from sync.dictionary import DICTIONARY_1
from sync.enrolment import enrolled_from_json, enrolment_from_json
from sync.limits import BATCH_RECORDS_MAX
from sync.news import NO_NEWS
from sync.problem import Trouble, problem_from_json
from sync.records import Contact, record_from_json, record_to_json, unhashed
from sync.verdicts import STATE_WORDS, State, Verdict
from sync.wire import Judged, batch_from_json, receipt_from_json

GOLDEN = Path(__file__).parent / "golden"
PAGE = (Path(__file__).parent.parent / "docs" / "exchange.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]
NEWER = {"of a newer version": {"mood": [1, None]}, "\u00e9": "?"}
# Verdict, letter, is settled, state in the store, words on the screen; as docs/exchange.md has it.
VERDICTS = [
    (Verdict.ACCEPTED, "a", True, State.SENT, "Sent"),
    (Verdict.ALREADY_HERE, "d", True, State.SENT, "Sent"),
    (Verdict.HELD, "h", True, State.SENT, "Sent"),
    (Verdict.QUARANTINED, "q", True, State.NEEDS_ATTENTION, "Needs attention"),
    (Verdict.CONFLICTING, "x", True, State.NEEDS_ATTENTION, "Needs attention"),
    (Verdict.TRY_LATER, "r", False, State.READY_TO_SEND, "Ready to send"),
    (Verdict.TRY_LATER, "\u00df", False, State.READY_TO_SEND, "Ready to send"),  # a letter of a newer station
]


def golden(name: str) -> dict[str, Any]:
    """A golden body, as it is decoded."""
    found = read_json((GOLDEN / name).read_bytes())
    assert isinstance(found, dict)
    return found


def without(found: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same, with some fields left out."""
    return {name: value for name, value in found.items() if name not in names}


@pytest.fixture
def store(tmp_path: Path) -> Any:  # noqa: ANN401 - a generator's value
    """A device with the two records of the golden batch."""
    with JournalDB(tmp_path / "store") as db:
        store = RecordStore(db)
        store.add([_maker(found) for found in BATCH.records])
        yield store


def _maker(found: dict[str, Any]) -> Any:  # noqa: ANN401 - a record's maker
    return lambda sequence: replace(record_from_json(unhashed(found)), sequence=sequence)


def test_verdicts_are_all_in_the_table_and_on_the_page() -> None:
    assert {verdict for verdict, *_ in VERDICTS} == set(Verdict)
    for verdict, letter, is_settled, _, words in VERDICTS[:-1]:
        assert f"| `{letter}` | {verdict} | {'yes' if is_settled else 'no'} | {words} |" in PAGE


def test_the_page_names_every_refusal_with_its_status() -> None:
    for trouble, status in STATUSES.items():
        assert any(f"`{trouble}`" in line and str(int(status)) in line.split("|")[1] for line in ROWS), trouble


def test_the_pages_example_of_columns_is_right() -> None:
    records, columns = (
        json.loads(PAGE.partition(f"<!-- {name} -->\n```json\n")[2].partition("```")[0])
        for name in ("records", "columns")
    )
    assert columns_of(records) == columns


def test_the_page_names_the_dictionary() -> None:
    assert f"{len(DICTIONARY_1):,} bytes, Adler-32 `{adler32(DICTIONARY_1):08x}`" in PAGE


@pytest.mark.parametrize(("verdict", "letter", "is_settled", "state", "words"), VERDICTS)
def test_a_letter_becomes_a_verdict_a_state_and_words(
    verdict: Verdict,
    letter: str,
    is_settled: bool,  # noqa: FBT001 - a table's column
    state: State,
    words: str,
    store: RecordStore,
) -> None:
    answer = golden("receipt.json") | {"verdicts": letter + "a", "reasons": {"0": "Why."}, "news": None}
    receipt = receipt_from_json(answer, BATCH)
    contact = BATCH.records[0]["id"]
    assert receipt.verdicts[0] == Judged(contact, verdict, "Why.")
    store.settle(receipt)
    assert (contact not in store.ready_ids()) is is_settled
    records = [record_from_json(unhashed(found)) for found in store.records().values()]
    (entry,) = entries_of(records, store.verdicts())
    assert entry.state is state
    assert STATE_WORDS[entry.state] == words
    assert entry.reason == ("Why." if is_settled else None)


def test_a_parked_record_is_ready_and_needs_attention(store: RecordStore) -> None:
    contact = BATCH.records[0]["id"]
    store.park({contact: "Refused."})
    assert store.ready_ids()[-1] == contact
    records = [record_from_json(unhashed(found)) for found in store.records().values()]
    (entry,) = entries_of(records, store.verdicts())
    assert (entry.state, entry.reason) == (State.NEEDS_ATTENTION, "Refused.")


def test_a_newer_apps_batch_is_read_by_this_station() -> None:
    assert batch_from_json(golden("batch.json") | NEWER, BATCH.device, BATCH.batch) == BATCH


def test_an_apps_first_batch_has_no_epoch_and_no_damage() -> None:
    found = without(golden("batch.json"), "epoch", "damage")
    assert batch_from_json(found, BATCH.device, BATCH.batch) == replace(BATCH, epoch=None, damage=())


def test_the_golden_batch_is_taken_in_by_this_station_with_fields_of_a_newer_app(
    database: Database,
    desk: Desk,
    clock: Any,  # noqa: ANN401 - the clock's double
) -> None:
    handset: Handset = enrolled_handset(database, desk, clock)
    body = json.dumps(golden("batch.json") | NEWER).encode()
    receipt = desk.exchange(handset.signed(body, BATCH.batch), "identity")
    assert [judged.verdict for judged in receipt.verdicts] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert receipt.digest == RECEIPT.digest


def test_a_newer_stations_receipt_is_read_by_this_app() -> None:
    answer = golden("receipt.json") | NEWER | {"verdicts": "a*"}
    answer["audit"] = answer["audit"] | NEWER
    answer["news"]["items"][0] |= NEWER
    late = (RECEIPT.verdicts[0], replace(RECEIPT.verdicts[1], verdict=Verdict.TRY_LATER))
    assert receipt_from_json(answer, BATCH) == replace(RECEIPT, verdicts=late)


def test_a_receipt_without_what_may_be_left_out_is_whole() -> None:
    answer = without(golden("receipt.json"), "reasons", "audit", "records_max", "news")
    bare = replace(RECEIPT, audit=NO_AUDIT, records_max=BATCH_RECORDS_MAX, news=NO_NEWS)
    verdicts = tuple(replace(judged, reason=None) for judged in RECEIPT.verdicts)
    assert receipt_from_json(answer, BATCH) == replace(bare, verdicts=verdicts)


def test_a_trouble_of_a_newer_station_counts_as_a_fault_and_keeps_its_sentence() -> None:
    found = golden("problem.json") | NEWER
    assert problem_from_json(found) == PROBLEM
    newer = problem_from_json(found | {"type": "urn:contact755:problem:on-strike"})
    assert newer == replace(PROBLEM, trouble=Trouble.FAULT)


def test_an_enrolment_and_its_answer_may_say_more_or_less() -> None:
    assert enrolment_from_json(golden("enrolment.json") | NEWER) == ENROLMENT
    answer = golden("enrolled.json") | NEWER
    assert enrolled_from_json(answer) == ENROLLED
    assert enrolled_from_json(without(answer, "recovery_key")) == replace(ENROLLED, recovery_key=None)


def test_a_contact_with_fields_of_a_newer_app_keeps_them() -> None:
    found = unhashed(golden("contact.json")) | {"mood": "good"}
    contact = record_from_json(found)
    assert isinstance(contact, Contact)
    assert record_to_json(contact) == found
