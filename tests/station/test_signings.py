"""Signed worksheets at the station: who signed, with which key, and what has changed since."""

from dataclasses import replace
from typing import Any

import pytest
from consoles import Browser, Page
from doubles import FixedClock
from examples import WORKSHEET
from handset import ON, Handset, Sheet, enrolled_handset, hand_in, put_aside

from field_app.worksheets import signed
from station.database import Database
from station.desk import Desk
from station.signings import signing_words, signings_on
from sync.canonical import JsonObject
from sync.records import Worksheet, hashed, record_from_json, record_to_json
from sync.reference import Reference
from sync.verdicts import Verdict

KEY, OTHER_KEY = "11" * 32, "22" * 32


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def sheet(database: Database, reference: Reference) -> Sheet:
    """The worksheets."""
    return Sheet(database, reference)


def worksheet(handset: Handset, *contacts: JsonObject, key: str | None = KEY, **changes: Any) -> JsonObject:  # noqa: ANN401 - any value may be tried
    """The next record: a worksheet over these contacts."""
    plain = record_to_json(replace(WORKSHEET, key=None, signature=None)) | handset._stamp()
    found = record_from_json(plain | {"contacts": [contact["id"] for contact in contacts]} | changes)
    assert isinstance(found, Worksheet)
    return hashed(record_to_json(found if key is None else signed(found, key)))


def words(sheet: Sheet) -> list[str]:
    """What the sheet says of its signings."""
    with sheet.database.reading() as session:
        return [signing_words(each) for each in signings_on(session, sheet.reference, ON)]


def test_a_signed_worksheet_says_when_by_whom_and_over_how_many_contacts(handset: Handset, sheet: Sheet) -> None:
    contacts = [handset.contact() for _ in range(3)]
    hand_in(handset, *contacts, worksheet(handset, *contacts))
    assert words(sheet) == ["signed 14:32 by 900001, 3 contacts"]
    assert {row["signed"] for row in sheet.rows(sheet.lines())} == {"signed 14:32 by 900001, 3 contacts"}
    assert all("after-signing" not in line.flags for line in sheet.lines())


def test_contacts_that_came_or_went_after_the_signing_are_flagged(
    handset: Handset, sheet: Sheet, sergeant: Browser
) -> None:
    stays, goes = handset.contact(), handset.contact()
    hand_in(handset, stays, goes, worksheet(handset, stays, goes))
    late = handset.contact()
    hand_in(handset, late, handset.withdrawal(goes["id"]))
    assert [line.contact.id for line in sheet.lines() if "after-signing" in line.flags] == [late["id"]]
    page = Page(sergeant.get(f"/worksheets/{ON}/day/900001").text).text
    assert "Signed 14:32 by 900001, 2 contacts" in page
    assert "Signed, and not on this worksheet now (withdrawn, corrected, or not sent yet): 1" in page
    assert "Logged or corrected after the worksheet was signed" in page
    hand_in(handset, worksheet(handset, stays, late))  # signed again: the later one counts
    assert words(sheet) == ["signed 14:32 by 900001, 2 contacts"]
    assert "after the worksheet was signed" not in sergeant.get(f"/worksheets/{ON}/day/900001").text


def test_two_devices_of_one_person_sign_together(
    handset: Handset, sheet: Sheet, database: Database, desk: Desk, clock: FixedClock
) -> None:
    other = enrolled_handset(database, desk, clock, "01920000-0000-7000-8000-0000000000d2")
    one, two = handset.contact(), other.contact()
    hand_in(handset, one, worksheet(handset, one))
    hand_in(other, two, worksheet(other, two, key=OTHER_KEY))
    assert all("after-signing" not in line.flags for line in sheet.lines())


@pytest.mark.parametrize(
    "changes", [{"contacts": []}, {"person": "900002"}, {"signature": "00" * 64}, {"key": "00" * 32}, {"unit": "43"}]
)
def test_a_worksheet_that_was_changed_after_signing_goes_into_quarantine(
    handset: Handset, database: Database, changes: dict[str, Any]
) -> None:
    found = {name: value for name, value in worksheet(handset, handset.contact()).items() if name != "hash"}
    assert handset.verdicts(hashed(found | changes)) == [Verdict.QUARANTINED]
    assert "signature does not fit" in put_aside(database)[0][1]
    assert handset.verdicts(hashed({name: value for name, value in found.items() if name != "signature"})) == [
        Verdict.QUARANTINED
    ]


def test_another_key_than_before_is_told_and_a_store_without_pins_says_so(
    handset: Handset, sheet: Sheet, sergeant: Browser
) -> None:
    contact = handset.contact()
    hand_in(handset, contact, worksheet(handset, contact), worksheet(handset, contact, key=OTHER_KEY))
    assert "Signed with another key than before" in sergeant.get(f"/worksheets/{ON}/day/900001").text
    hand_in(handset, worksheet(handset, contact, key=None))
    assert words(sheet) == ["confirmed without a PIN 14:32 by 900001, 1 contact"]


def test_a_wrong_clock_moves_the_worksheet_with_its_contacts(
    handset: Handset, sheet: Sheet, clock: FixedClock, database: Database, desk: Desk
) -> None:
    wrong = FixedClock(clock.at.replace(day=20), ids=handset.clock.ids)
    handset.clock = wrong
    contact = handset.contact()
    hand_in(handset, contact, worksheet(handset, contact, shift_on="2026-11-20"))
    assert words(sheet) == ["signed 14:32 by 900001, 1 contact"]
