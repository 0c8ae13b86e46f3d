"""The drill: a station is lost, last night's backup is put in place, and the devices fill in the rest by themselves."""

import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from programs import Program, Said, address_of, serving

from bench.cluster import Cluster
from field_app.clock import SystemClock
from field_app.hand import open_hand
from field_app.logbook import Details
from station.database import open_database
from sync.commandline import Exit
from sync.reference import Reference

AT_ONCE = 150


@pytest.fixture
def cars(tmp_path: Path) -> list[Program]:
    """Two cars with somebody signed on."""
    made = [Program("contact755", tmp_path / name) for name in ("car 41", "car 42")]
    for number, car in enumerate(made, start=900_001):
        assert car("sign-on", str(number), "--unit", "42A", "--watch", "day").code == 0
    return made


def log_many(car: Program, reference: Reference, count: int = AT_ONCE) -> None:
    """A busy shift, logged faster than anybody types."""
    with open_hand(car.data, SystemClock(), reference) as hand:
        for _ in range(count):
            hand.logbook.log(Details(setting="coffee-shop", rd="0454"))


def on_devices(cars: list[Program], reference: Reference) -> dict[str, str]:
    """Every record that the cars keep: its hash by its id."""
    found = {}
    for car in cars:
        with open_hand(car.data, SystemClock(), reference) as hand:
            found.update({str(record["id"]): str(record["hash"]) for record in hand.store.records().values()})
    return found


def at_station(place: Path | str) -> list[tuple[str, str]]:
    """Every record that the station holds, read past it."""
    database = open_database(place)
    with database.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT CAST(id AS TEXT), hash FROM records").all()
    database.close()
    return [(_dashed(each[0]), str(each[1])) for each in rows]


def _dashed(key: str) -> str:
    plain = key.replace("-", "")
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def worksheets(station: Program) -> str:
    """All worksheets of these days, as the sergeant gets them."""
    days = [(datetime.now(UTC) + timedelta(days=days)).date() for days in (-2, -1, 0)]
    return "".join(station("worksheets", "--on", str(day), "--csv").out for day in days)


def free_port() -> str:
    """A port that the station can have again after it was lost."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def lose(place: Path | str, station: Program, postgres: Cluster | None) -> None:
    """The disk is gone, and so is the database."""
    shutil.rmtree(station.data)
    if postgres is not None:
        name = urlsplit(str(place)).path.removeprefix("/")
        postgres.run("DROP DATABASE {} WITH (FORCE)", name)
        postgres.run("CREATE DATABASE {}", name)


@contextmanager
def sending(cars: list[Program]) -> Iterator[None]:
    """All cars send, while something else happens."""
    started = [car.start("send") for car in cars]
    yield
    for process in started:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, out + err


@pytest.mark.slow
@pytest.mark.timeout(300)  # some thirty programs one after the other
def test_a_lost_station_is_restored_and_the_devices_fill_in_the_rest(
    place: Path | str,
    station755: Program,
    cars: list[Program],
    reference: Reference,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    backup = str(tmp_path / "last-night.backup")
    port = free_port()
    process = station755.start("serve", "--port", port, "--json")
    try:
        address_of(process)  # waits until it serves
        for number, car in enumerate(cars):
            code = _code_for(station755, f"car {number}")
            assert car("enrol", f"http://127.0.0.1:{port}", code).code == 0
            log_many(car, reference)
            assert car("send").code == 0
            log_many(car, reference)
        with sending(cars):
            made = station755("backup", backup, "--json")
        assert made.code == 0, made.err
        for car in cars:
            log_many(car, reference, 20)
        with sending(cars):
            pass
        before = worksheets(station755)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    everything = on_devices(cars, reference)
    assert dict(at_station(place)) == everything
    assert len(everything) == 2 * (2 * AT_ONCE + 20)
    assert made.json["records"] < len(everything)
    lose(place, station755, request.getfixturevalue("postgres") if isinstance(place, str) else None)

    restored = station755("restore", backup)
    assert restored.code == 0, restored.err
    held = at_station(place)
    assert len(held) == made.json["records"] >= 2 * AT_ONCE
    assert set(held) <= set(everything.items())
    with serving(station755, "--port", port):
        with sending(cars):
            pass
        again = [car("send") for car in cars]
        after = worksheets(station755)
    found = at_station(place)
    assert len(found) == len(everything)
    assert dict(found) == everything
    assert after == before
    assert [said.out for said in again] == ["Nothing to send.\n"] * 2


def _code_for(station: Program, name: str) -> str:
    said: Said = station("enrol-code", name)
    assert said.code == Exit.DONE
    return said.out.strip()
