"""`make demo`, as far as it decides something: the same two weeks each time, taken in whole."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from briefings import Sergeant
from doubles import FixedClock
from programs import Program, serving

from demo.__main__ import FILLED, FOLDER, clear_what_was_broken_off
from demo.briefing import send_standard_briefing
from demo.weeks import CREWS, DAYS, READERS, fill
from field_app.hand import open_hand
from station.briefing_readers import Reading
from station.database import open_database
from sync.reference import Reference

A_DEMO_OF_ITS_OWN = """
from demo.__main__ import end_as_by_ctrl_c, running
from sync.commandline import put
import signal
end_as_by_ctrl_c()
with running("station755", "serve", "--port", "0") as address:
    put(address + "\\n")
    signal.pause()
"""


@pytest.fixture
def station(station755: Program) -> Iterator[tuple[Program, str]]:
    """A station that serves, and its address."""
    with serving(station755) as address:
        yield station755, address


def test_the_two_weeks_are_the_same_each_time_and_reach_the_worksheets(
    station: tuple[Program, str], tmp_path: Path, reference: Reference
) -> None:
    program, address = station
    today = datetime.now(UTC).date()
    told = []
    for name in ("one", "two"):
        count = fill(tmp_path / name, address, lambda car: program("enrol-code", car).out.strip(), reference, today)
        told.append([story(tmp_path / name / crew.car, reference) for crew in CREWS])
        assert count == sum(map(len, told[-1]))
        assert count > DAYS * len(CREWS)
    assert told[0] == told[1]
    yesterday = date.fromordinal(today.toordinal() - 1)
    assert program("worksheets", "--on", str(yesterday), "--json").json


def test_the_briefing_is_sent_and_some_have_read_it(
    station: tuple[Program, str], tmp_path: Path, reference: Reference
) -> None:
    program, address = station
    send_standard_briefing(program.data, reference)
    today = datetime.now(UTC).date()
    fill(tmp_path / "crews", address, lambda car: program("enrol-code", car).out.strip(), reference, today)
    sergeant = Sergeant(open_database(program.data), reference)
    due_on = sergeant.finds(1).latest.due[0]
    read = [each.person for each in sergeant.readers(1, due_on).values() if each.reading is Reading.READ]
    sergeant.database.close()
    assert read == list(READERS)


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_demo_that_was_broken_off_begins_anew_and_one_that_is_whole_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_whole: bool
) -> None:
    """Else a station would be told the same story twice, by other devices, and put it all in quarantine."""
    monkeypatch.chdir(tmp_path)
    parts = [FOLDER / name for name in ("station", "crews", "tablet")]
    for part in parts:
        part.mkdir(parents=True)
    if is_whole:
        FILLED.write_text("200")
    clear_what_was_broken_off()
    assert [part.exists() for part in parts] == [is_whole] * len(parts)


def test_a_demo_that_is_told_to_end_leaves_nothing_running(tmp_path: Path) -> None:
    started = [sys.executable, "-c", A_DEMO_OF_ITS_OWN]
    with subprocess.Popen(started, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        assert demo.stdout is not None
        address = urlsplit(demo.stdout.readline().strip())
        assert address.port
        demo.send_signal(signal.SIGTERM)
        demo.communicate()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", address.port)).close()


def story(folder: Path, reference: Reference) -> list[tuple[object, ...]]:
    """What a crew logged, without the ids."""
    with open_hand(folder, FixedClock(), reference) as hand:
        contacts = [entry.contact for entry in hand.logbook.entries()]
        return [
            (item.claimed_at, item.setting, item.source, item.rd, item.tag, item.people, item.note) for item in contacts
        ]
