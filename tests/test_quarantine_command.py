"""Quarantine by command, as people run it."""

from datetime import UTC, datetime

from doubles import FixedClock
from handset import enrolled_handset
from programs import Program, serving

from station.chronicle import Wanted, newest
from station.database import Database, open_database
from station.desk import Desk
from station.happenings import Happening
from sync.commandline import Exit
from sync.records import hashed
from sync.reference import Reference


def test_a_record_is_shown_released_or_dismissed_by_command(station755: Program, reference: Reference) -> None:
    database, clock = open_database(station755.data), FixedClock(at=datetime.now(UTC))
    handset = enrolled_handset(database, Desk(database, reference, clock.now), clock)
    first = handset.contact()
    second = hashed({**{name: value for name, value in first.items() if name != "hash"}, "people": 9})
    handset.verdicts(first, second, {"kind": "briefing", "schema": 1})
    database.close()

    assert [each["state"] for each in station755("quarantine", "--json").json] == ["waiting", "waiting"]
    assert "From car 42." in station755("quarantine", "--show", "1").out
    assert station755("quarantine", "--show", "3").code == Exit.NOT_FOUND
    for typed in (["--show", "x"], ["--dismiss", "1"], ["--reason", "x"], ["--dismiss", "1", "--reason", " "]):
        assert station755("quarantine", *typed).code == Exit.BAD_INPUT, typed
    refused = station755("quarantine", "--release", "1")
    assert (refused.code, refused.err.startswith("Not released, and kept: ")) == (Exit.REFUSED, True)
    dismissed = station755("quarantine", "--dismiss", "1", "--reason", "The first is right.")
    assert (dismissed.code, dismissed.out.startswith("1 is dismissed.")) == (0, True)
    again = station755("quarantine", "--dismiss", "1", "--reason", "Another.")
    assert (again.code, again.out) == (0, "1 was dismissed before; nothing was changed.\n")
    with serving(station755):  # which tries what is held again, and knows it no better
        pass
    assert [each["state"] for each in station755("quarantine", "--json").json] == ["dismissed", "waiting"]


def test_looking_at_records_by_command_is_noted(station755: Program, reference: Reference) -> None:
    database, clock = open_database(station755.data), FixedClock(at=datetime.now(UTC))
    assert station755("quarantine", "--json").json == []
    handset = enrolled_handset(database, Desk(database, reference, clock.now), clock)
    handset.verdicts(handset.contact(people=0), {"raw": "AP8="})
    for typed in (["--show", "1"], ["--show", "2"], ["--show", "3"], ["--json"], []):
        station755("quarantine", *typed)
    with database.reading() as session:
        found = reversed(newest(session, Wanted(kind=Happening.QUARANTINE_READ)))
        noted = [(each.who[:3], each.whom, each.details) for each in found]
    database.close()
    assert noted == [
        ("os:", "900001", "quarantine 1"),
        ("os:", "", "quarantine 2"),
        ("os:", "", "2 records"),
    ]


def test_a_number_that_no_record_can_have_is_not_there(station755: Program, database: Database) -> None:
    for option in (["--show"], ["--release"], ["--dismiss"]):
        reason = ["--reason", "x"] if option == ["--dismiss"] else []
        assert station755("quarantine", *option, "3000000000", *reason).code == Exit.NOT_FOUND
