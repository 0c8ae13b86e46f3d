"""Holds and deletion by command, after which every command goes on; on the disk nothing is left, and a kill leaves no half."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from backups import opened
from doubles import FixedClock
from handset import Handset, Sheet, enrolled_handset, hand_in
from keeping import DAYS, FIRST, at, dump, three_days
from places import ON_SQLITE_ALONE
from programs import Program

from station.database import Database
from station.deleting import SHEETS_AT_ONCE
from station.desk import Desk
from station.sqlite import FILE_NAME
from sync.commandline import Exit
from sync.reference import Reference

UNTIL = ("records", "delete", "--until", str(DAYS[1]))
WHY = ("--why", "board", "--reason", "Resolution 12")


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


def test_a_hold_keeps_what_the_command_would_delete_until_it_is_lifted(
    database: Database, handset: Handset, reference: Reference, station755: Program
) -> None:
    three_days(handset, database, reference)
    assert station755("records", "holds").out == "There is no hold.\n"
    assert station755("records", "hold", "--matter", "26-0815", "--reason", "Claim", "--person", "900001").code == 0
    said = station755(*UNTIL)
    assert (said.code, "Would be deleted: 0 records" in said.out) == (0, True)
    assert "Hold 1 keeps 14: 1 · 26-0815 · person 900001 · Claim" in said.out
    assert station755("records", "lift", "1", "--reason", "Settled").code == 0
    assert station755("records", "holds", "--json").json[0]["lifted_reason"] == "Settled"
    assert station755(*UNTIL, "--json").json["records"] == 14
    refused = station755(*UNTIL, "--confirm")
    assert (refused.code, refused.err) == (
        Exit.BAD_INPUT,
        "Deleting needs --why and --reason. Nothing was deleted.\n",
    )
    assert station755(*UNTIL, *WHY, "--confirm").out.startswith("Deleted: 14 records")
    assert station755(*UNTIL, "--json").json["records"] == 0


@pytest.mark.parametrize(
    "typed",
    [
        ("delete", "--until", "2026-11-01"),
        ("delete", "--until", "yesterday"),
        ("delete", "--record", "7"),
        ("delete", "--record", "01920000-0000-7000-8000-00000000ffff"),
        ("delete",),
        ("lift", "7", "--reason", "x"),
        ("lift", "x", "--reason", "x"),
        ("hold", "--matter", " ", "--reason", "x"),
        ("hold", "--matter", "m", "--reason", "x", "--from", "2024-02-02", "--to", "2024-02-01"),
    ],
)
@pytest.mark.usefixtures("database")
def test_what_cannot_be_is_refused_in_a_sentence(station755: Program, typed: tuple[str, ...]) -> None:
    said = station755("records", *typed)
    assert (said.code, said.err.count("\n"), said.err[:1].isupper()) == (Exit.BAD_INPUT, 1, True)


def test_every_command_that_reads_goes_on(
    database: Database, handset: Handset, reference: Reference, station755: Program, tmp_path: Path
) -> None:
    three_days(handset, database, reference)
    assert station755(*UNTIL, *WHY, "--confirm").code == 0
    for day, count in zip(DAYS, (0, 0, 2), strict=True):
        assert len(station755("worksheets", "--on", str(day), "--json").json) == count
        assert station755("worksheets", "--on", str(day), "--csv").out.count("\n") == count + 1
        assert station755("worksheets", "--on", str(day)).code == 0
    assert "Deleted with the records of its time." in station755("quarantine").out
    for typed in (
        ("quarantine", "--show", "1"),
        ("devices",),
        ("reference", "show"),
        ("audit", "verify"),
        ("audit", "export", str(tmp_path / "audit.jsonl")),
        ("audit", "verify", "--file", str(tmp_path / "audit.jsonl")),
        ("backup", str(tmp_path / "a.backup")),
        ("backup", str(tmp_path / "a.backup"), "--check"),
    ):
        said = station755(*typed)
        assert said.code == 0, (typed, said.err)
        assert not any(word in said.out for word in ("alpha", "beta")), typed


@ON_SQLITE_ALONE
def test_nothing_of_it_is_left_in_the_file(
    database: Database, place: Path, handset: Handset, reference: Reference, station755: Program
) -> None:
    three_days(handset, database, reference)
    database.close()
    file = place / FILE_NAME
    with opened(place):
        pass  # who closes it last brings its log in
    assert b"alpha" in file.read_bytes()
    assert station755(*UNTIL, *WHY, "--confirm").code == 0
    found = b"".join(path.read_bytes() for path in sorted(place.glob(f"{FILE_NAME}*")))
    assert (b"gamma" in found, b"alpha" in found, b"beta" in found) == (True, False, False)


_KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.orm import Session
from station import deleting
from station.clocks import now
from station.database import open_database
from station.retention import Why
from sync.reference import load_reference

at = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
order = deleting.Order(now(), load_reference().zone, date.fromisoformat(sys.argv[2]))
portions = deleting.delete(open_database(at), order, deleting.Asked("admin", Why.BOARD, "Resolution 12"))
next(portions)
event.listen(Session, "before_commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
next(portions)
"""


def test_killed_in_the_middle_of_a_transaction_it_goes_on_with_the_next_call(
    database: Database, place: Path | str, handset: Handset, reference: Reference, station755: Program
) -> None:
    at(handset, FIRST)
    count = 2 * SHEETS_AT_ONCE
    hand_in(handset, *(handset.contact(person=f"90{number:04}", note="alpha") for number in range(count)))
    at(handset, FIRST + timedelta(days=2))
    hand_in(handset, handset.contact(note="gamma"))
    done = subprocess.run([sys.executable, "-c", _KILLED, str(place), str(DAYS[1])], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(Sheet(database, reference).lines(DAYS[0])) == SHEETS_AT_ONCE
    assert station755("audit", "verify").code == 0
    said = station755(*UNTIL, *WHY, "--confirm", "--json").json
    assert [each["records"] for each in said] == [SHEETS_AT_ONCE]
    text = dump(database)
    assert ("alpha" in text, "gamma" in text) == (False, True)
    assert station755("audit", "verify").code == 0
