"""The worksheets: which contacts stand on which date, with which flags, and what a spreadsheet gets."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from doubles import START, FixedClock
from examples import OTHER_ID
from handset import ON, Handset, Sheet, enrolled_handset, hand_in

from station.csvs import line_json, worksheet_csv
from station.database import Database
from station.desk import Desk
from station.people import add_person
from station.roles import StationRole
from sync.reference import Reference
from sync.times import write_time

DAY = timedelta(days=1)


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device, with the same time as the station."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def sheet(database: Database, reference: Reference) -> Sheet:
    """The station's worksheets."""
    return Sheet(database, reference)


def at(local: str, reference: Reference, fold: int = 0) -> datetime:
    """An aware time of a local one in Norwalk; fold 1 is the second of two."""
    return datetime.fromisoformat(local).replace(tzinfo=reference.zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "watch", "on"),
    [
        ("2026-11-22T22:00", "em", ON),
        ("2026-11-23T00:00", "em", ON),
        ("2026-11-23T05:59", "em", ON),
        ("2026-11-22T21:40", "em", ON),  # signed on early
        ("2026-11-23T08:30", "em", ON),  # overtime
        ("2026-11-22T05:30", "day", ON),
        ("2026-11-22T17:59", "day", ON),
        ("2026-11-22T23:59", "pm", ON),
        ("2026-11-23T01:30", "pm", ON),  # overtime beyond midnight
        ("2026-03-07T22:00", "em", date(2026, 3, 7)),  # the night on which the clock jumps from 2:00 to 3:00
        ("2026-03-08T01:59", "em", date(2026, 3, 7)),
        ("2026-03-08T03:00", "em", date(2026, 3, 7)),
        ("2026-03-08T06:00", "em", date(2026, 3, 7)),
        ("2026-03-08T06:00", "day", date(2026, 3, 8)),
        ("2026-03-08T22:00", "em", date(2026, 3, 8)),
        ("2026-10-31T23:00", "em", date(2026, 10, 31)),  # the night on which 1:00 to 2:00 comes twice
        ("2026-11-01T01:30", "em", date(2026, 10, 31)),
        ("2026-11-01T05:59", "em", date(2026, 10, 31)),
        ("2026-11-01T06:00", "day", date(2026, 11, 1)),
        ("2026-11-01T21:59", "pm", date(2026, 11, 1)),
    ],
)
def test_a_contact_stands_on_the_date_on_which_its_watch_started(
    local: str, watch: str, on: date, handset: Handset, sheet: Sheet
) -> None:
    handset.clock.at = at(local, sheet.reference)
    contact = handset.contact(watch=watch)
    hand_in(handset, contact)
    assert sheet.ids(on) == [contact["id"]]
    (row,) = sheet.rows(sheet.lines(on))
    assert (row["date"], row["time"]) == (on.isoformat(), local.replace("T", " "))


def test_the_hour_that_comes_twice_keeps_its_order(handset: Handset, sheet: Sheet) -> None:
    first, second = (at("2026-11-01T01:30", sheet.reference, fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    contacts = [handset.contact(watch="em", **entered(moment)) for moment in (second, first)]
    handset.clock.at = second
    hand_in(handset, *contacts)
    assert sheet.ids(date(2026, 10, 31)) == [contacts[1]["id"], contacts[0]["id"]]


def entered(moment: datetime) -> dict[str, Any]:
    """Entered and claimed at a moment, in an earlier boot."""
    return {"entered_at": write_time(moment), "claimed_at": write_time(moment), "boot": "boot-0"}


def test_a_correction_stands_in_place_of_its_original_on_whatever_date_and_watch(
    handset: Handset, sheet: Sheet
) -> None:
    original = handset.contact()
    moved = handset.contact(corrects=original["id"], watch="em", claimed_at=write_time(START - DAY))
    hand_in(handset, original, moved)
    assert (sheet.ids(ON), sheet.ids(ON - DAY)) == ([], [moved["id"]])
    hand_in(handset, handset.withdrawal(moved["id"]))
    assert (sheet.ids(ON), sheet.ids(ON - DAY)) == ([original["id"]], [])


def test_a_filter_by_watch_does_not_bring_back_what_was_moved_to_another(handset: Handset, sheet: Sheet) -> None:
    original = handset.contact(watch="day")
    hand_in(handset, original, handset.contact(corrects=original["id"], watch="pm"))
    assert sheet.lines(watch="day") == []
    assert len(sheet.lines(watch="pm")) == 1


def test_a_correction_of_a_correction_stands_alone(handset: Handset, sheet: Sheet) -> None:
    line = [handset.contact()]
    for people in range(1, 6):
        line.append(handset.contact(corrects=line[-1]["id"], people=people))
    hand_in(handset, *line)
    (only,) = sheet.lines()
    assert (only.contact.id, only.contact.people) == (line[-1]["id"], 5)
    assert "corrected-twice" not in only.flags


def test_no_line_of_corrections_is_too_long_to_be_read(handset: Handset, sheet: Sheet) -> None:
    """A faulty device corrects one contact 1,200 times; the worksheet must stay readable for everyone else."""
    line = [handset.contact()]
    for _ in range(1_200):
        line.append(handset.contact(corrects=line[-1]["id"]))
    other = handset.contact()
    hand_in(handset, *line, other)
    assert sheet.ids() == [line[-1]["id"], other["id"]]


def test_two_corrections_of_one_contact_are_both_kept_and_flagged(handset: Handset, sheet: Sheet) -> None:
    original = handset.contact()
    rivals = [handset.contact(corrects=original["id"], people=people) for people in (4, 5)]
    hand_in(handset, original, *rivals)
    assert [line.contact.id for line in sheet.lines()] == [rival["id"] for rival in rivals]
    assert all("corrected-twice" in line.flags for line in sheet.lines())
    hand_in(handset, handset.withdrawal(rivals[0]["id"]))
    (left,) = sheet.lines()
    assert (left.contact.id, "corrected-twice" in left.flags) == (rivals[1]["id"], False)


def test_nobody_else_can_withdraw_or_correct_a_contact(handset: Handset, sheet: Sheet) -> None:
    mine = handset.contact(person="900001")
    hand_in(
        handset,
        mine,
        handset.withdrawal(mine["id"], person="900002"),
        handset.contact(corrects=mine["id"], person="900003"),
    )
    assert [line.contact.person for line in sheet.lines()] == ["900001", "900003"]


def test_a_withdrawal_or_correction_of_something_unknown_is_kept_until_that_comes(
    handset: Handset, sheet: Sheet
) -> None:
    late, wrong = handset.contact(), handset.contact()
    right = handset.contact(corrects=wrong["id"])
    hand_in(handset, handset.withdrawal(late["id"]), right)
    assert sheet.ids() == [right["id"]]
    hand_in(handset, late, wrong)
    assert sheet.ids() == [right["id"]]


def test_each_flag_says_what_a_sergeant_wants_to_see(handset: Handset, sheet: Sheet) -> None:
    with sheet.database.writing() as session:
        assert add_person(session, "900001", StationRole.DEPUTY, START)
        assert not add_person(session, "900001", StationRole.VOLUNTEER, START)
    by_flag: dict[str, dict[str, Any]] = {
        "": {},
        "person-unknown": {"person": "900002"},
        "rd-missing": {"rd": None},
        "tag-missing": {"source": "call", "tag": None},
        "clock-corrected": {"entered_at": write_time(START + DAY), "claimed_at": write_time(START + DAY)},
        "tag-missing rd-missing person-unknown": {"rd": None, "source": "call", "person": "900003"},
    }
    # Each in a unit of its own and without a tag, so that none is a partner's; test_exceptions.py has those.
    contacts = {
        flags: handset.contact(**{"unit": f"4{place}", "source": "obs", "tag": None, "minutes": None} | changes)
        for place, (flags, changes) in enumerate(by_flag.items())
    }
    hand_in(handset, *contacts.values())
    expected = {contact["id"]: flags for flags, contact in contacts.items()}
    assert {line.contact.id: " ".join(line.flags) for line in sheet.lines()} == expected
    assert [row["flags"] for row in sheet.rows(sheet.lines(person="900003"))] == [
        "tag-missing rd-missing person-unknown"
    ]


def test_worksheets_are_read_by_date_watch_and_person(handset: Handset, sheet: Sheet) -> None:
    people, watches = ("900001", "900002"), ("pm", "day", "em")
    hand_in(handset, *(handset.contact(person=person, watch=watch) for person in people for watch in watches))
    lines = sheet.lines()
    assert [(line.contact.watch, line.contact.person) for line in lines] == [
        (watch, person) for watch in ("em", "day", "pm") for person in people
    ]
    assert [line for line in lines if line.contact.watch == "pm"] == sheet.lines(watch="pm")
    assert [line for line in lines if line.contact.person == "900002"] == sheet.lines(person="900002")
    assert len(sheet.lines(watch="day", person="900001")) == 1
    assert sheet.lines(ON + DAY) == sheet.lines(person="900009") == []


def test_a_watch_that_the_station_gave_up_can_still_be_read(handset: Handset, sheet: Sheet) -> None:
    hand_in(handset, handset.contact(watch="day"), handset.contact(watch="pm"))
    left = {name: watch for name, watch in sheet.reference.watches.items() if name != "day"}
    now = Sheet(sheet.database, replace(sheet.reference, watches=left))
    assert [line.contact.watch for line in now.lines()] == ["pm", "day"]


def test_a_date_with_more_contacts_than_one_question_can_name_is_whole(
    handset: Handset, database: Database, sheet: Sheet
) -> None:
    other = enrolled_handset(database, handset.desk, FixedClock(ids=handset.clock.ids), OTHER_ID)
    mine = [handset.contact() for _ in range(950)]
    theirs = [other.contact(person="900002", corrects=None) for _ in range(950)]
    hand_in(handset, *mine, *(handset.withdrawal(contact["id"]) for contact in mine[::2]))
    hand_in(other, *theirs)
    assert sheet.ids() == [contact["id"] for contact in (*mine[1::2], *theirs)]


@pytest.mark.parametrize(
    "note",
    [
        'Said "hello", twice, and left',
        "a;b\\c'd|e",
        "señal ☕ 👮🏽 안녕하세요",
        "x" * 500,
        *(f"{start}1+cmd|' /C calc'!A0" for start in "=+-@"),
        "'quoted",
    ],
)
def test_a_note_comes_through_the_csv_whole_and_never_as_a_formula(note: str, handset: Handset, sheet: Sheet) -> None:
    hand_in(handset, handset.contact(note=note))
    (row,) = sheet.rows(sheet.lines())
    assert row["note"] == (f"'{note}" if note[0] in "=+-@" else note)
    assert line_json(sheet.lines()[0], sheet.reference)["note"] == note


def test_the_csv_has_a_header_crlf_line_ends_and_the_clearance_code(handset: Handset, sheet: Sheet) -> None:
    hand_in(handset, handset.contact(), handset.contact(note=None, rd=None))
    lines = worksheet_csv(sheet.lines(), sheet.reference).split("\r\n")
    assert lines[0].startswith("date,watch,person,role,unit,time,source,tag,rd,setting,people,cards,minutes,note,flags")
    assert lines[0].endswith(",code")
    assert [line.rpartition(",")[2] for line in lines[1:]] == ["755", "755", ""]
    assert not any("\n" in line or "\r" in line for line in lines)
    assert worksheet_csv([], sheet.reference) == lines[0] + "\r\n"
