"""Formats that must not change by accident (golden/README.md)."""

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cars import Car
from examples import (
    ACKNOWLEDGEMENT,
    BATCH,
    BRIEFING,
    BRIEFING_WITHDRAWN,
    BUNDLE,
    CARD_COUNT,
    CONTACT,
    CONTACT_ID,
    ENROLLED,
    ENROLMENT,
    OTHER_ID,
    PROBLEM,
    RECEIPT,
    RECEIPT_WITH_PINS,
    ROTATED,
    ROTATION,
    WITHDRAWAL,
    WORKSHEET,
)

from field_app.store.journal import JournalDB
from station.csvs import worksheet_csv
from station.database import Database
from station.openapi import document
from station.worksheets import worksheet_lines
from sync.briefings import briefing_from_json, briefing_to_json, withdrawn_from_json, withdrawn_to_json
from sync.bundle import MAGIC_PLAIN, bundle_body, bundle_bytes
from sync.canonical import canonical_bytes, content_hash, read_json
from sync.enrolment import enrolled_from_json, enrolled_to_json, enrolment_from_json, enrolment_to_json
from sync.problem import problem_from_json, problem_to_json
from sync.records import Record, hashed, record_from_json, record_to_json, unhashed
from sync.reference import Reference
from sync.rotation import rotated_from_json, rotated_to_json, rotation_from_json, rotation_to_json
from sync.wire import batch_from_json, batch_to_json, receipt_from_json, receipt_to_json

GOLDEN = Path(__file__).parent / "golden"

WRITTEN: dict[str, Callable[[], dict[str, Any]]] = {
    "contact.json": lambda: hashed(record_to_json(CONTACT)),
    "withdrawal.json": lambda: hashed(record_to_json(WITHDRAWAL)),
    "worksheet.json": lambda: hashed(record_to_json(WORKSHEET)),
    "card-count.json": lambda: hashed(record_to_json(CARD_COUNT)),
    "briefing-acknowledgement.json": lambda: hashed(record_to_json(ACKNOWLEDGEMENT)),
    "news-briefing.json": lambda: briefing_to_json(BRIEFING),
    "news-briefing-withdrawn.json": lambda: withdrawn_to_json(BRIEFING_WITHDRAWN),
    "batch.json": lambda: batch_to_json(BATCH),
    "receipt.json": lambda: receipt_to_json(RECEIPT),
    "receipt-with-pins.json": lambda: receipt_to_json(RECEIPT_WITH_PINS),
    "problem.json": lambda: problem_to_json(PROBLEM),
    "enrolment.json": lambda: enrolment_to_json(ENROLMENT),
    "enrolled.json": lambda: enrolled_to_json(ENROLLED),
    "rotation.json": lambda: rotation_to_json(ROTATION),
    "rotated.json": lambda: rotated_to_json(ROTATED),
    "openapi.json": document,
}
READ: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "contact.json": (lambda found: record_from_json(unhashed(found)), CONTACT),
    "withdrawal.json": (lambda found: record_from_json(unhashed(found)), WITHDRAWAL),
    "worksheet.json": (lambda found: record_from_json(unhashed(found)), WORKSHEET),
    "card-count.json": (lambda found: record_from_json(unhashed(found)), CARD_COUNT),
    "briefing-acknowledgement.json": (lambda found: record_from_json(unhashed(found)), ACKNOWLEDGEMENT),
    "news-briefing.json": (briefing_from_json, BRIEFING),
    "news-briefing-withdrawn.json": (withdrawn_from_json, BRIEFING_WITHDRAWN),
    "batch.json": (lambda found: batch_from_json(found, BATCH.device, BATCH.batch), BATCH),
    "receipt.json": (lambda found: receipt_from_json(found, BATCH), RECEIPT),
    "receipt-with-pins.json": (lambda found: receipt_from_json(found, BATCH), RECEIPT_WITH_PINS),
    "problem.json": (problem_from_json, PROBLEM),
    "enrolment.json": (enrolment_from_json, ENROLMENT),
    "enrolled.json": (enrolled_from_json, ENROLLED),
    "rotation.json": (rotation_from_json, ROTATION),
    "rotated.json": (rotated_from_json, ROTATED),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_this_version_writes_the_golden_bodies(name: str) -> None:
    text = json.dumps(WRITTEN[name](), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert text == (GOLDEN / name).read_text("utf-8")


@pytest.mark.parametrize("name", READ)
def test_this_version_reads_the_golden_bodies(name: str) -> None:
    read, expected = READ[name]
    assert read(read_json((GOLDEN / name).read_bytes())) == expected


@pytest.mark.parametrize("record", [CONTACT, WORKSHEET, CARD_COUNT, ACKNOWLEDGEMENT], ids=lambda record: record.kind)
def test_the_hash_is_over_the_golden_canonical_bytes(record: Record) -> None:
    canonical = (GOLDEN / f"{record.kind}.canonical").read_bytes()
    assert canonical_bytes(record_to_json(record)) == canonical
    assert json.loads((GOLDEN / f"{record.kind}.json").read_text("utf-8"))["hash"] == content_hash(canonical)


def _journal(folder: Path) -> JournalDB:
    db = JournalDB(folder)
    table = db.named_table("records")
    table.add(CONTACT_ID, hashed(record_to_json(CONTACT)))
    table.add(OTHER_ID, hashed(record_to_json(WITHDRAWAL)))
    table.put(OTHER_ID, {"replaced": True})
    table.remove(doc_ids=[OTHER_ID])  # type: ignore[list-item]  # TinyDB's annotation knows only numbers
    return db


def test_this_version_writes_and_reads_the_golden_journal(tmp_path: Path) -> None:
    golden = (GOLDEN / "journal-00000001.log").read_bytes()
    _journal(tmp_path / "written").close()
    assert (tmp_path / "written" / "journal-00000001.log").read_bytes() == golden
    (tmp_path / "read").mkdir()
    (tmp_path / "read" / "journal-00000001.log").write_bytes(golden)
    with JournalDB(tmp_path / "read") as db:
        assert db.named_table("records").all_by_id() == {CONTACT_ID: hashed(record_to_json(CONTACT))}


@pytest.mark.parametrize(("name", "key"), [("plain", None), ("sealed", bytes(range(32)))])
def test_this_version_opens_the_stores_of_the_first(tmp_path: Path, name: str, key: bytes | None) -> None:
    """With the indexes that they had, which told all places in one frame."""
    shutil.copytree(GOLDEN / "store" / name, tmp_path / name)
    with JournalDB(tmp_path / name, key) as db:
        assert db.get(doc_id=1) == {"n": 0}
        assert (db.get(doc_id=3), db.get(doc_id=4), db.get(doc_id=31)) == (None, None, None)
        assert db.journal.tables["_default"]._whole is None  # answered by the indexes, not by reading everything
        assert [item["n"] for item in db] == [n for n in range(60) if n not in (2, 3, 30)]
        assert db.table("other").all() == [{"x": 1}]
        assert db.insert({}) == 61
        assert db.journal.damage == []
        assert db.journal.compact()
        assert len(db) == 58


def test_this_version_writes_the_golden_bundle() -> None:
    """But for the compression, which is zlib's own affair: what is inside is the same byte for byte."""
    golden = (GOLDEN / "salvaged.bundle").read_bytes()
    written = bundle_bytes(bundle_body(BUNDLE), "ab" * 64, None)
    start = len(MAGIC_PLAIN)
    assert written[:start] == golden[:start] == MAGIC_PLAIN
    assert gzip.decompress(written[start:]) == gzip.decompress(golden[start:])


def _sheet(car: Car, database: Database, reference: Reference) -> str:
    car.log("coffee-shop", rd="0454", people=3, note='Said "=SUM" is, well, odd')
    car.log("other", note="=1+1")
    car.send()
    with database.reading() as session:
        return worksheet_csv(worksheet_lines(session, reference, date(2026, 11, 22)), reference)


def test_the_worksheet_is_exported_as_the_golden_csv(car: Car, database: Database, reference: Reference) -> None:
    assert _sheet(car, database, reference).encode() == (GOLDEN / "worksheet.csv").read_bytes()
