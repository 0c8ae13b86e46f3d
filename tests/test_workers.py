"""serve --workers: several processes are one station, on both kinds of database."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import randrange
from urllib.parse import urlsplit

import pytest
import requests
from backups import opened, records_of
from doubles import FixedClock, uuids
from handset import Handset, enrolled_handset
from programs import START_SECONDS_MAX, Program, said_at_start
from senders import Sender
from told_numbers import asked, value_of

from station.clocks import now
from station.database import open_database
from station.desk import Desk
from station.workers import AGAIN_SECONDS_MAX, LOOK_SECONDS, WORKERS_MAX, again_seconds
from sync.reference import Reference

# Who hands in, and how long: so many connections go to one worker alone once in 2**15 runs.
DEVICES = 16
SENDING_SECONDS = 2
ANSWERED = 'contact755_answers_total{door="devices",status="200"}'


def devices(place: Path | str, reference: Reference) -> list[Handset]:
    """Enrolled devices, each with ids of its own."""
    database = open_database(place)
    try:
        desk = Desk(database, reference, now)
        return [
            enrolled_handset(
                database,
                desk,
                FixedClock(at=now(), ids=uuids(100_000 * (1 + number))),
                f"0193f1a0-0000-7000-8000-{number:012}",
            )
            for number in range(DEVICES)
        ]
    finally:
        database.close()


def two_ports() -> int:
    """A port that is free, as is the next one; none that is given to whoever asks for any."""
    while True:
        port = randrange(20_000, 32_000)
        try:
            for each in (port, port + 1):
                socket.create_server(("127.0.0.1", each)).close()
        except OSError:
            continue
        return port


def others_of(process: subprocess.Popen[str]) -> list[int]:
    """The further workers of a station: its children, whichever of its threads has started them."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return sorted(int(pid) for task in tasks for pid in task.read_text().split())


def has_ended(pid: int) -> bool:
    """Whether a process has ended; nobody may have asked how yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def is_answered(address: str) -> bool:
    """Whether a new connection is answered."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(address + "/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    """Wait for it."""
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def ended(process: subprocess.Popen[str]) -> str:
    """End a station as a service manager does; what it complained of."""
    process.terminate()
    _, err = process.communicate(timeout=START_SECONDS_MAX)
    assert process.returncode == 0, err
    return err


def test_what_devices_hand_in_to_several_workers_is_all_there_once(
    place: Path | str, station755: Program, reference: Reference
) -> None:
    handsets, stop = devices(place, reference), threading.Event()
    port = two_ports()
    process = station755.start("serve", "--port", "0", "--json", "--workers", "2", "--metrics-port", str(port))
    try:
        said = said_at_start(process)
        assert said["metrics"] == f"http://127.0.0.1:{port}/metrics"
        senders = [Sender(handset, said["address"], stop) for handset in handsets]
        threads = [threading.Thread(target=sender.run) for sender in senders]
        for thread in threads:
            thread.start()
        time.sleep(SENDING_SECONDS)
        stop.set()
        for thread in threads:
            thread.join()
        counts = [value_of(asked(f"http://127.0.0.1:{each}/metrics"), ANSWERED) for each in (port, port + 1)]
    finally:
        stop.set()
        assert "fault" not in ended(process)
    told = [key for sender in senders for ids in sender.receipted.values() for key in ids]
    assert all(ending.receipt is not None for sender in senders for ending in sender.endings)
    assert sum(counts) == sum(len(sender.endings) for sender in senders)
    assert min(counts) > 0, counts
    with opened(place) as looked:
        assert sorted(str(key) for key, _ in records_of(looked)) == sorted(told)


@pytest.mark.parametrize(("how", "ended_with"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0)])
def test_a_worker_that_ends_is_started_again_and_the_station_answers_on(
    station755: Program, how: signal.Signals, ended_with: int
) -> None:
    process = station755.start("serve", "--port", "0", "--json", "--workers", "3")
    try:
        address = said_at_start(process)["address"]
        before = others_of(process)
        assert len(before) == 2
        os.kill(before[0], how)
        until(lambda: len(others_of(process)) == 2 and before[0] not in others_of(process))
        until(lambda: is_answered(address))
    finally:
        err = ended(process)
    assert f"A worker has ended ({ended_with}); it is started again." in err


def test_a_worker_that_was_well_is_started_again_at_once_and_one_that_fails_at_once_ever_more_seldom() -> None:
    assert again_seconds(0) == LOOK_SECONDS
    assert [again_seconds(falls) for falls in range(1, 8)] == [2, 4, 8, 16, 32, AGAIN_SECONDS_MAX, AGAIN_SECONDS_MAX]
    assert again_seconds(1_000_000) == AGAIN_SECONDS_MAX


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_however_the_first_worker_ends_the_others_end_too(station755: Program, how: signal.Signals) -> None:
    process = station755.start("serve", "--port", "0", "--json", "--workers", "2")
    address = urlsplit(said_at_start(process)["address"])
    (other,) = others_of(process)
    process.send_signal(how)
    _, err = process.communicate(timeout=START_SECONDS_MAX)
    assert process.returncode == (0 if how is not signal.SIGKILL else -how)
    assert "A worker has ended" not in err
    until(lambda: has_ended(other))
    with socket.socket() as free:  # nobody listens there any more
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind((str(address.hostname), int(address.port or 0)))


def test_a_service_manager_may_ask_all_workers_to_end_at_once(station755: Program) -> None:
    process = station755.start("serve", "--port", "0", "--json", "--workers", "2")
    said_at_start(process)
    for pid in (*others_of(process), process.pid):
        os.kill(pid, signal.SIGTERM)
    _, err = process.communicate(timeout=START_SECONDS_MAX)
    assert process.returncode == 0
    assert "A worker has ended" not in err


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (["--workers", "0"], f"'0' is not a number of workers; there are 1 to {WORKERS_MAX}"),
        (["--workers", str(WORKERS_MAX + 1)], f"there are 1 to {WORKERS_MAX}"),
        (["--workers", "2", "--metrics-port", "0"], "give a --metrics-port from 1 to 65534"),
        (["--workers", "2", "--metrics-port", "65535"], "give a --metrics-port from 1 to 65534"),
    ],
)
def test_workers_that_cannot_be_are_refused_in_a_sentence(station755: Program, typed: list[str], sentence: str) -> None:
    said = station755("serve", "--port", "0", *typed)
    assert said.code == 2
    assert sentence in said.err


def test_a_worker_that_cannot_serve_keeps_the_station_from_serving(station755: Program) -> None:
    port = two_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        said = station755("serve", "--port", "0", "--workers", "2", "--metrics-port", str(port))
    assert said.code != 0
    assert f"Cannot serve numbers on port {port + 1}" in said.err
    assert "A worker could not start" in said.err
    process = station755.start("serve", "--port", "0", "--json")  # the next start is the first one still
    try:
        assert said_at_start(process)["admin_password"]
    finally:
        ended(process)


def test_two_stations_never_share_a_port(station755: Program, tmp_path: Path) -> None:
    process = station755.start("serve", "--port", "0", "--json", "--workers", "2")
    try:
        port = urlsplit(said_at_start(process)["address"]).port
        other = Program("station755", tmp_path / "other")
        for typed in ([], ["--workers", "2"]):
            said = other("serve", "--port", str(port), *typed)
            assert said.code != 0
            assert f"Cannot serve on 127.0.0.1 port {port}" in said.err
    finally:
        ended(process)
