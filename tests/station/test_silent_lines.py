"""Who stops in the middle of a request: a line is never kept for somebody who is gone."""

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from consoles import serving_app
from doubles import FixedClock
from places import ON_SQLITE_ALONE

from station.app import bind, create_app
from station.database import Database
from station.silent_lines import HangsUp
from sync.reference import Reference
from sync.wire import EXCHANGE_PATH

SILENT_SECONDS = 0.5


@pytest.fixture
def place_of_station(database: Database, reference: Reference, clock: FixedClock) -> Iterator[tuple[str, int]]:
    """Where a station serves that waits for nobody longer than half a second."""
    with serving_app(HangsUp(create_app(database, reference, clock.now), SILENT_SECONDS)) as address:
        at = urlsplit(address)
        yield str(at.hostname), int(at.port or 0)


def head(path: str, body_bytes: int) -> bytes:
    """The head of a request whose body comes later, or never."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {body_bytes}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def all_said(line: socket.socket) -> bytes:
    """Everything until the other side hangs up."""
    said = b""
    while piece := line.recv(4_096):
        said += piece
    return said


@ON_SQLITE_ALONE
@pytest.mark.parametrize("path", [EXCHANGE_PATH, "/sign-in"])
def test_a_line_on_which_half_a_request_came_and_nothing_more_is_closed(
    place_of_station: tuple[str, int], path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(place_of_station, timeout=10) as line:
        line.sendall(head(path, 100) + b"x" * 50)
        said = all_said(line)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nconnection: close\r\n" in said.lower()
    assert b"cut short" in said
    assert "fault" not in caplog.text


@ON_SQLITE_ALONE
def test_a_body_that_comes_slowly_but_comes_is_waited_for(place_of_station: tuple[str, int]) -> None:
    with socket.create_connection(place_of_station, timeout=10) as line:
        line.sendall(head(EXCHANGE_PATH, 10))
        for _ in range(10):
            time.sleep(SILENT_SECONDS / 5)
            line.sendall(b"x")
        assert b"cut short" not in line.recv(4_096)


@ON_SQLITE_ALONE
def test_a_page_that_is_left_while_its_form_is_sent_is_no_fault(
    place_of_station: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(place_of_station, timeout=10) as line:
        line.sendall(head("/sign-in", 100) + b"x" * 50)
    with socket.create_connection(place_of_station, timeout=10) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert all_said(line).startswith(b"HTTP/1.1 200 ")
    assert "fault" not in caplog.text


@ON_SQLITE_ALONE
def test_a_station_hangs_up_on_whoever_stops(database: Database, reference: Reference) -> None:
    assert any(HangsUp.__name__ in repr(each) for each in create_app(database, reference).user_middleware)


@pytest.mark.skipif(not hasattr(socket, "TCP_KEEPIDLE"), reason="this system asks after its own time")
def test_on_every_line_the_system_asks_whether_anybody_is_still_there() -> None:
    with bind("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), timeout=10):
        line, _ = listener.accept()
        with line:
            assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            silent = [
                line.getsockopt(socket.IPPROTO_TCP, getattr(socket, f"TCP_{name}"))
                for name in ("KEEPIDLE", "KEEPINTVL", "KEEPCNT")
            ]
    assert silent == [60, 15, 4]
