"""Backup and restore that are killed half-way, on a full disk, or asked for what cannot be; by command."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from backups import epoch_of, opened, records_of
from doubles import FixedClock
from handset import enrolled_handset, hand_in
from journals import Mount
from programs import START_SECONDS_MAX, Program

from station.archive import BadArchive, check_archive
from station.backing_up import back_up
from station.database import open_database
from station.desk import Desk
from sync.commandline import Exit
from sync.reference import Reference

# Enough for a copy and a swap to take some tenths of a second.
RECORDS = 6_000
# Later than each of these seconds after the moment that is waited for.
KILL_SECONDS = (0.0, 0.02, 0.1, 0.3)


@pytest.fixture
def grown(place: Path | str, tmp_path: Path, reference: Reference) -> Path:
    """A station with thousands of records, and a backup of its first half."""
    clock = FixedClock()
    database = open_database(place)
    handset = enrolled_handset(database, Desk(database, reference, clock.now), clock)
    for _ in range(2):
        hand_in(handset, *(handset.contact() for _ in range(RECORDS // 2)))
        if not (tmp_path / "b").exists():
            back_up(database, tmp_path / "station", tmp_path / "b", clock.now())
    database.close()
    return tmp_path / "b"


def killed_when(process: subprocess.Popen[str], is_time: Callable[[], bool], seconds: float) -> bool:
    """Kill a program some time after something has come about; whether it was killed before it ended."""
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while process.poll() is None and not is_time():
        assert time.monotonic() < give_up_at
        time.sleep(0.001)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_backup_that_is_killed_leaves_no_half_file(
    grown: Path, station755: Program, place: Path | str, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    killed = 0
    for number, seconds in enumerate(KILL_SECONDS):
        file = folder / f"b{number}"
        process = station755.start("backup", str(file))
        killed += killed_when(process, lambda: any(folder.glob(".station755-*")), seconds)
        if file.exists():
            assert check_archive(file).records == RECORDS
    assert killed >= 2
    # What they left is not taken for a backup, and does not stand in the way of one.
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob(".station755-*"))
    assert station755("backup", str(folder / "last")).code == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(
    grown: Path, station755: Program, place: Path | str, tmp_path: Path
) -> None:
    with opened(place) as database:
        whole = records_of(database)
        epoch = epoch_of(database)
    outcomes = []
    moments: list[Callable[[], bool]] = [
        lambda: any(station755.data.glob(".station755-*")),
        lambda: any(station755.data.glob("replaced-*")),
    ]
    for is_time in moments:
        for seconds in KILL_SECONDS:
            for kept in station755.data.glob("replaced-*"):
                kept.unlink()
            for left in station755.data.glob(".station755-*"):
                left.rename(tmp_path / f"left-{time.monotonic_ns()}")
            killed_when(station755.start("restore", str(grown), "--replace"), is_time, seconds)
            with opened(place) as database:
                held, now = records_of(database), epoch_of(database)
            is_old = now == epoch
            assert held == whole if is_old else len(held) == RECORDS // 2
            outcomes.append(is_old)
            if not is_old:
                (kept,) = station755.data.glob("replaced-*")
                assert check_archive(kept).records == RECORDS
                assert station755("restore", str(kept), "--replace").code == 0
                with opened(place) as database:
                    assert records_of(database) == whole
                    epoch = epoch_of(database)
    assert outcomes.count(True) >= 2
    assert station755("restore", str(grown), "--replace").code == 0


def test_a_full_disk_says_so_and_changes_nothing(
    grown: Path, station755: Program, place: Path | str, tmp_path: Path, mount: Mount
) -> None:
    disk = mount("size=1m")
    said = station755("backup", str(disk / "b"))
    assert said.code == Exit.STORE_TROUBLE
    assert "free space" in said.err
    assert list(disk.iterdir()) == []

    with opened(place) as database:
        before, epoch = records_of(database), epoch_of(database)
    if isinstance(place, Path):
        elsewhere = Program("station755", disk / "station")
        said = elsewhere("restore", str(grown))
    else:
        said = station755("restore", str(grown), "--replace", "--data", str(disk / "station"))
    assert said.code == Exit.STORE_TROUBLE
    assert "free space" in said.err
    assert list((disk / "station").glob(".station755-*")) == []
    with opened(place) as database:
        assert (records_of(database), epoch_of(database)) == (before, epoch)


def test_what_a_broken_off_backup_left_is_cleared_away_after_a_day(station755: Program, tmp_path: Path) -> None:
    assert station755("add-person", "900001").code == 0
    old, young = tmp_path / ".station755-00000000.part", tmp_path / ".station755-00000001.part"
    for folder in (old, young):
        folder.mkdir()
        (folder / "archive").write_bytes(b"half")
    yesterday = time.time() - timedelta(days=1, minutes=1).total_seconds()
    os.utime(old, (yesterday, yesterday))
    assert station755("backup", str(tmp_path / "b")).code == 0
    assert (old.exists(), young.exists()) == (False, True)


def test_what_is_typed_wrongly_gets_a_sentence(station755: Program, tmp_path: Path) -> None:
    backup = str(tmp_path / "b")
    assert station755("backup", backup).code == Exit.STORE_TROUBLE  # there is no station
    assert not Path(backup).exists()
    assert station755("add-person", "900001").code == 0
    made = station755("backup", backup)
    assert made.out.startswith("Backed up: 0 records from 0 devices")
    again = station755("backup", backup)
    assert (again.code, "--replace" in again.err) == (Exit.BAD_INPUT, True)
    assert station755("backup", backup, "--replace").code == 0
    assert station755("backup", str(tmp_path / "no" / "b")).code == Exit.BAD_INPUT
    assert station755("backup", backup, "--check").out.startswith("Whole and unchanged: a backup of 20")
    refused = station755("restore", backup)
    assert (refused.code, "With --replace" in refused.err) == (Exit.BAD_INPUT, True)
    replaced = station755("restore", backup, "--replace", "--json")
    assert check_archive(Path(replaced.json["kept"])).records == 0
    whole = Path(backup).read_bytes()
    Path(backup).write_bytes(whole[:-30])
    for typed in (("backup", backup, "--check"), ("restore", backup, "--replace")):
        said = station755(*typed)
        assert (said.code, "not a whole one" in said.err) == (Exit.BAD_INPUT, True)
    with pytest.raises(BadArchive):
        check_archive(Path(backup))
