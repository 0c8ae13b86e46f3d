"""The programs when the world around them is in trouble: networks that lie, data that moved, certificates that do not fit."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from certificates import certificate
from examples import ENROLMENT
from programs import START_SECONDS_MAX, Program, address_of, serving

from field_app.device import Device, EnrolledAt
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.client import StationClient
from sync.commandline import Exit
from sync.exchange import NotReachable
from sync.limits import ANSWER_BYTES_MAX


@pytest.fixture
def car(deputy: Program) -> Program:
    """The deputy's program, with somebody signed on and one contact logged."""
    assert deputy("log", "other").code == 0
    return deputy


@contextmanager
def portal(
    status: int, headers: dict[str, str], body: bytes, drip_seconds: float = 0, asked: Event | None = None
) -> Iterator[str]:
    """Something that answers in a station's place; sets `asked` when somebody asks."""

    class Portal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def do_GET(self) -> None:
            if asked is not None:
                asked.set()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # the device may have given up by now
                size = 1 if drip_seconds else max(len(body), 1)
                for place in range(0, len(body), size):
                    self.wfile.write(body[place : place + size])
                    self.wfile.flush()
                    time.sleep(drip_seconds)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def believes_in(car: Program, address: str, challenge: str = "none") -> None:
    """Make a device believe that it is enrolled at an address."""
    with JournalDB(car.data / "store") as db:
        Device(RecordStore(db)).enrol_at(EnrolledAt(address, "Norwalk Station", "car 42", None), challenge)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>Welcome to FreeWiFi</html>"),
        (302, {"Location": "http://127.0.0.1:1/login"}, b""),
        (511, {}, b"Network Authentication Required"),
        (200, {"Content-Type": "application/json"}, b'{"wire":1,"batch":"x","verdicts":[]}'),
        (503, {"Retry-After": "3600"}, b""),
    ],
)
def test_a_network_that_answers_for_the_station_costs_no_contact_and_little_time(
    car: Program, status: int, headers: dict[str, str], body: bytes
) -> None:
    with portal(status, headers, body) as address:
        believes_in(car, address)
        began = time.monotonic()
        said = car("send", "--json")
        assert time.monotonic() - began < 45
        assert said.code == Exit.NOT_REACHABLE
        assert "1 contact is safe on this device" in said.json["error"]
        refused = car("enrol", address, "K7QM-4T2X")
        assert refused.code == Exit.NOT_REACHABLE
    assert car("status", "--json").json["ready_to_send"] == 1


@pytest.mark.parametrize(
    ("status", "headers", "body", "why"),
    [
        (503, {"Retry-After": "1"}, b"", "The station cannot take anything right now (HTTP 503)."),
        (500, {"Retry-After": "1"}, b"", "The station cannot take anything right now (HTTP 500)."),
        (200, {}, b"<html>Welcome to FreeWiFi</html>", "perhaps this network's sign-in page. Sign in to the network"),
        (200, {}, b'{"wire":1,"batch":"x","verdicts":[]}', "The station's receipt does not fit what was sent"),
    ],
)
def test_a_send_that_tries_again_says_what_the_last_try_found(
    car: Program, status: int, headers: dict[str, str], body: bytes, why: str
) -> None:
    with portal(status, headers, body) as address:
        believes_in(car, address)
        process = car.start("send", "--keep-trying")
        assert process.stderr is not None
        line = process.stderr.readline()
        process.kill()
        process.communicate()
    assert why in line
    assert ". Trying again in " in line
    assert "No answer" not in line


def test_a_dripping_answer_is_given_up_as_a_whole() -> None:
    """Each byte comes in time; together they would take for ever."""
    with portal(200, {"Content-Length": "1000"}, b"x" * 20, drip_seconds=0.2) as address:
        client = StationClient(address, lambda _: "", answer_seconds=1)
        began = time.monotonic()
        with pytest.raises(NotReachable, match="did not answer in time"):
            client.enrol(ENROLMENT)
        assert time.monotonic() - began < 3


def test_a_look_at_the_station_is_given_up_as_a_whole_too() -> None:
    """Nothing else is sent meanwhile, and the deputy's own Send waits for it."""
    with portal(200, {"Content-Length": "1000"}, b"x" * 20, drip_seconds=0.2) as address:
        client = StationClient(address, lambda _: "", answer_seconds=1)
        began = time.monotonic()
        assert not client.is_there()
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("beyond", [0, 1])
def test_what_answers_a_look_without_end_is_no_station(beyond: int) -> None:
    body = b'{"version":"1"}'.ljust(ANSWER_BYTES_MAX + beyond)
    with portal(200, {"Content-Length": str(len(body))}, body) as address:
        assert StationClient(address, lambda _: "").is_there() == (beyond == 0)


def test_a_station_whose_data_were_moved_away_acknowledges_nothing_more(car: Program, station755: Program) -> None:
    with serving(station755) as address:
        car("enrol", address, station755("enrol-code", "car 42").out.strip())
        station755.data.rename(station755.data.with_name("moved"))
        said = car("send", "--json")
        assert said.code == Exit.NOT_REACHABLE
        assert "cannot store" in said.json["error"]
    assert car("status", "--json").json["ready_to_send"] == 1


def test_reading_never_makes_a_station_and_says_where_it_looked(station755: Program) -> None:
    for typed in (["worksheets", "--on", "2026-11-22"], ["devices"], ["quarantine"]):
        said = station755(*typed)
        assert said.code == Exit.STORE_TROUBLE
        assert str(station755.data) in said.err
    assert not station755.data.exists()
    assert "new station's data folder" in station755("add-person", "900001").err
    assert station755("devices").out == "No device is enrolled.\n"


def test_a_folder_may_be_called_anything(tmp_path: Path) -> None:
    station755 = Program("station755", tmp_path / "q?x=1 %20#é")
    assert station755("add-person", "900001").code == 0
    assert station755("worksheets", "--on", "2026-11-22").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["q?x=1 %20#é"]


def test_a_damaged_database_is_told_in_a_sentence(station755: Program) -> None:
    station755("add-person", "900001")
    (station755.data / "station.sqlite3").write_bytes(b"no database" * 1000)
    for typed in (["devices"], ["add-person", "900002"], ["serve"]):
        said = station755(*typed)
        assert said.code == Exit.STORE_TROUBLE
        assert "restore a backup" in said.err


def test_over_tls_only_the_authority_that_was_named_is_trusted(
    car: Program, station755: Program, tmp_path: Path
) -> None:
    chain, private_key = certificate(tmp_path / "one")
    other, _ = certificate(tmp_path / "other")
    process = station755.start(
        "serve", "--port", "0", "--json", "--certificate", str(chain), "--private-key", str(private_key)
    )
    try:
        address = address_of(process)
        assert address.startswith("https://")
        code = station755("enrol-code", "car 42").out.strip()
        for authority in ([], ["--authority", str(other)]):
            said = car("enrol", address, code, *authority)
            assert said.code == Exit.NOT_REACHABLE
            assert "not from this station's authority" in said.err
        assert car("enrol", address, code, "--authority", str(private_key)).code == Exit.BAD_INPUT
        assert car("enrol", address, code, "--authority", str(chain)).code == 0
        shutil.rmtree(tmp_path / "one")  # a stick that was taken out: the device has kept what it needs
        assert car("send", REQUESTS_CA_BUNDLE=str(other)).code == 0
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_certificate_that_does_not_fit_is_refused_before_anything_is_served(
    station755: Program, tmp_path: Path
) -> None:
    chain, private_key = certificate(tmp_path / "one")
    _, other_key = certificate(tmp_path / "other")
    (tmp_path / "nonsense.pem").write_text("nonsense")
    for typed in (
        ["--certificate", str(chain), "--private-key", str(other_key)],
        ["--certificate", str(tmp_path / "nonsense.pem"), "--private-key", str(private_key)],
        ["--certificate", str(chain)],
        ["--certificate", str(tmp_path / "nowhere.pem"), "--private-key", str(private_key)],
    ):
        said = station755("serve", "--port", "0", *typed)
        assert said.code == Exit.BAD_INPUT, said
        assert said.out == ""


def test_two_sends_and_many_logs_at_once_lose_and_double_nothing(car: Program, station755: Program) -> None:
    with serving(station755) as address:
        assert car("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
        running = [
            car.start(*typed) for _ in range(4) for typed in (["log", "coffee-shop"], ["send"], ["log", "other"])
        ]
        assert [process.wait(timeout=60) for process in running] == [0] * len(running)
        for process in running:
            process.communicate()
        assert car("send").code == 0
        listed = {item["id"] for item in car("list", "--json").json}
    assert len(listed) == 9
    days = {(datetime.now(UTC) - timedelta(days=back)).date() for back in (-1, 0, 1)}
    sheets = [item for day in days for item in station755("worksheets", "--on", str(day), "--json").json]
    assert sorted(item["contact"] for item in sheets) == sorted(listed)


def test_what_was_called_logged_survives_kills_at_any_moment(car: Program) -> None:
    acknowledged = {item["id"] for item in car("list", "--json").json}
    for number in range(12):
        process = car.start("log", "coffee-shop", "--json")
        time.sleep(0.12 + number * 0.02)
        process.kill()
        out, _ = process.communicate()
        if out.rstrip().endswith("}"):
            acknowledged.add(out.split('"id": "')[1][:36])
    listed = [item["id"] for item in car("list", "--json").json]
    assert acknowledged <= set(listed)
    assert len(set(listed)) == len(listed)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_in_a_send_ends_with_its_code_and_keeps_everything(car: Program) -> None:
    asked = Event()
    with portal(200, {"Content-Length": "1000"}, b"x" * 50, drip_seconds=1, asked=asked) as address:
        believes_in(car, address)
        process = subprocess.Popen(
            [car.folder / car.name, "send", "--json"],
            env=car.environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert asked.wait(START_SECONDS_MAX)
        process.send_signal(2)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, err) == (Exit.INTERRUPTED, "Stopped.\n")
        assert '"exit_code": 130' in out
    assert car("status", "--json").json["ready_to_send"] == 1
