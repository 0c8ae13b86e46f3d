"""What is receipted stays, whatever happens to the station: a full disk, a kill, everybody at once."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from doubles import FixedClock, uuids
from examples import OTHER_ID
from handset import Handset, a_code, enrolled_handset, row_counts, served, wait_less
from places import ON_SQLITE_ALONE
from programs import Program, address_of

from station.clocks import now
from station.database import Database, open_database
from station.desk import Desk
from station.sqlite import FILE_NAME
from sync.canonical import JsonObject
from sync.client import StationClient
from sync.exchange import NotReachable
from sync.outcome import Ending, Outcome, ending_of
from sync.packing import Packing
from sync.reference import Reference
from sync.signing import sign
from sync.verdicts import Verdict
from sync.wire import Batch, Receipt

DISK_BYTES = 2 * 1_024 * 1_024


class Client:
    """A device that speaks real HTTP."""

    def __init__(self, handset: Handset, address: str) -> None:
        self.handset = handset
        self.client = StationClient(address, lambda message: sign(handset.private_key, message))
        self.receipted: list[str] = []

    def send(self, batch: Batch) -> Ending:
        """Send one batch, and believe only its receipt. Raises NotReachable."""
        ending = ending_of(self.client.exchange(batch, self.handset.challenge, Packing.DICTIONARY), batch)
        if ending.challenge is not None:
            self.handset.challenge = ending.challenge
        if ending.receipt is not None:
            self.receipted += [str(judged.id) for judged in ending.receipt.verdicts]
        return ending

    def receive(self, *records: JsonObject) -> Receipt:
        """Send records that must be received."""
        ending = self.send(self.handset.batch(*records))
        assert ending.receipt is not None, ending
        return ending.receipt

    def contacts(self, count: int) -> list[JsonObject]:
        """Fresh contacts."""
        return [self.handset.contact() for _ in range(count)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two MiB."""
    if sys.platform != "linux":
        pytest.skip("NOT TESTED HERE: a full disk; that needs Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"NOT TESTED HERE: a full disk; that needs the right to mount one ({mounted.stderr.strip()})")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave not a byte free on a disk."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4_096, 1):
            try:
                while True:
                    file.write(b"b" * size)
            except OSError:
                continue
    return ballast


@pytest.mark.parametrize("count", [1, 200])
def test_a_full_disk_loses_nothing_and_passes(
    count: int, small_disk: Path, reference: Reference, clock: FixedClock
) -> None:
    database = open_database(small_disk / "station")
    handset = enrolled_handset(database, Desk(database, reference, clock.now), clock)
    with served(database, reference, clock) as address:
        client = Client(handset, address)
        client.receive(*client.contacts(count))
        before = row_counts(database)
        ballast = fill(small_disk)
        later = client.contacts(count)
        endings = [client.send(handset.batch(*later)) for _ in range(3)]
        assert [ending.outcome for ending in endings] == [Outcome.TRY_LATER] * 3
        assert all(ending.receipt is None and ending.retry_after_seconds == 60 for ending in endings)
        assert "Everything stays on the device" in endings[0].sentence
        answer = client.client.enrol(handset.enrolment("K7QM-4T2X"))
        assert answer.status in {403, 503}
        assert row_counts(database) == before
        ballast.unlink()
        assert {judged.verdict for judged in client.receive(*later).verdicts} == {Verdict.ACCEPTED}
        assert row_counts(database)["contacts"] == 2 * count
    database.close()
    with sqlite3.connect(small_disk / "station" / FILE_NAME) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def in_the_database(place: Path | str) -> set[str]:
    """The contacts in a station's database, read past the station."""
    database = open_database(place)
    with database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT id FROM contacts").scalars().all()
    database.close()
    return {str(UUID(str(each))) for each in found}


def test_what_a_killed_station_has_receipted_is_in_its_database(
    station755: Program, place: Path | str, reference: Reference
) -> None:
    """The answer comes only after the commit: kill -9 at any moment takes no receipt back, and doubles nothing."""
    database = open_database(place)
    handset = enrolled_handset(database, Desk(database, reference, now), FixedClock(at=now()))
    database.close()
    receipted: list[str] = []
    unsure: list[JsonObject] = []
    for seconds in (0.05, 0.15, 0.3, 1.5):
        process = station755.start("serve", "--port", "0", "--json")
        client = Client(handset, address_of(process))
        client.receive(*unsure)
        killer = threading.Timer(seconds, process.send_signal, [signal.SIGKILL])
        killer.start()
        unsure = _send_until_dead(client)
        killer.join()
        process.communicate(timeout=10)
        receipted += client.receipted
        held = in_the_database(place)
        assert set(receipted) <= held
        assert len(held) <= len(receipted) + len(unsure)
    assert len(receipted) == len(set(receipted)) > 10


def _send_until_dead(client: Client) -> list[JsonObject]:
    """Send batch after batch; the one that was never answered."""
    while True:
        records = client.contacts(5)
        try:
            client.receive(*records)
        except NotReachable:
            return records


def test_the_station_says_where_it_serves_before_it_does_anything_else(station755: Program) -> None:
    """Also into a pipe: whoever starts it with --port 0 has to learn the port."""
    environment = {name: value for name, value in station755.environment({}).items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(
        [station755.folder / station755.name, "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "Norwalk Station serves at http://127.0.0.1:" in process.stdout.readline()
    finally:
        process.kill()
        process.communicate(timeout=10)


def test_two_devices_at_once_are_both_served(
    database: Database, desk: Desk, reference: Reference, clock: FixedClock
) -> None:
    handsets = [
        enrolled_handset(database, desk, FixedClock(ids=uuids(10_000))),
        enrolled_handset(database, desk, FixedClock(ids=uuids(20_000)), OTHER_ID),
    ]
    with served(database, reference, clock) as address:
        clients = [Client(handset, address) for handset in handsets]

        def send_some(client: Client) -> None:
            for _ in range(10):
                receipt = client.receive(*client.contacts(20))
                assert {judged.verdict for judged in receipt.verdicts} == {Verdict.ACCEPTED}

        with ThreadPoolExecutor() as threads:
            list(threads.map(send_some, clients))
    assert row_counts(database)["contacts"] == 400


def test_a_batch_sent_again_while_the_first_is_still_under_way_is_stored_once(
    database: Database, desk: Desk, reference: Reference, clock: FixedClock
) -> None:
    """A device that gave up waiting for the first answer."""
    handset = enrolled_handset(database, desk, clock)
    with served(database, reference, clock) as address:
        clients = [Client(handset, address) for _ in range(2)]
        for _ in range(10):
            batch = handset.batch(*clients[0].contacts(20))
            with ThreadPoolExecutor() as threads:
                endings = list(threads.map(lambda client: client.send(batch), clients))  # noqa: B023 - ends in its turn
            found = [{judged.verdict for judged in ending.receipt.verdicts} for ending in endings if ending.receipt]
            assert sorted(found, key=sorted) == [{Verdict.ACCEPTED}, {Verdict.ALREADY_HERE}]
    assert row_counts(database)["contacts"] == 200


@ON_SQLITE_ALONE  # on PostgreSQL other programs may write meanwhile
def test_a_station_that_cannot_write_for_long_says_when_to_try_again(
    database: Database, desk: Desk, reference: Reference, clock: FixedClock, tmp_path: Path
) -> None:
    """Another process's writing is waited for, but not for ever."""
    handset = enrolled_handset(database, desk, clock)
    wait_less(database)
    writer = sqlite3.connect(tmp_path / "station" / FILE_NAME, isolation_level=None)
    with served(database, reference, clock) as address:
        client = Client(handset, address)
        writer.execute("BEGIN IMMEDIATE")
        ending = client.send(handset.batch(*client.contacts(1)))
        assert (ending.outcome, ending.retry_after_seconds) == (Outcome.TRY_LATER, 60)
        writer.execute("ROLLBACK")
        writer.close()
        client.receive(*client.contacts(1))
    assert row_counts(database)["contacts"] == 1
    assert a_code(database, clock)
