"""What stands in the station's place over TLS, or on the way to it, is not believed: nothing is sent to it, nothing settled."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from cars import Car
from certificates import certificate
from doubles import FixedClock
from road import Road

from bench.link.proxy import Proxy
from field_app.sending import Sending, Sent
from station.app import create_app
from station.database import Database
from station.server import Server
from sync.client import StationClient
from sync.outcome import Outcome
from sync.reference import Reference
from sync.signing import sign
from sync.trust import Trust

SECONDS = 2.0


@contextmanager
def strange_server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Something that listens, and talks to each connection in its way; gives its https address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(SECONDS)
                    try:
                        talk(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield "https://127.0.0.1:{}".format(*listener.getsockname()[1:])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def speaks_no_tls(connection: socket.socket) -> None:
    connection.recv(1_000)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def hangs_up(connection: socket.socket) -> None:
    connection.recv(1_000)


def says_nothing(connection: socket.socket) -> None:
    while connection.recv(1_000):
        pass


def alerts(connection: socket.socket) -> None:
    connection.recv(1_000)
    connection.sendall(bytes.fromhex("15030300020228"))  # fatal: handshake_failure


def speaks_nonsense(connection: socket.socket) -> None:
    connection.recv(1_000)
    connection.sendall(b"\x16\x03\x03\xff\xff" + bytes(2_000))


STRANGERS = [speaks_no_tls, hangs_up, says_nothing, alerts, speaks_nonsense]


class TlsRoad(Road):
    """A road on which the device asks an address itself, over TLS, and trusts one authority."""

    def ask(self, address: str, authority: str, seconds: float = 30) -> Sent:
        """Send all that is ready, wait so long for an answer, then see that nothing is wrong."""
        private_key = self.car.device.identity().private_key
        client = StationClient(
            address, lambda message: sign(private_key, message), Trust(authority), answer_seconds=seconds
        )
        sent = Sending(self.car.store, self.car.logbook, self.car.clock, client).send()
        client.close()
        self.check()
        return sent


@pytest.fixture
def tls_road(car: Car, database: Database) -> TlsRoad:
    """One device on such a road."""
    return TlsRoad(car, database, Proxy("http://127.0.0.1:9"))


@pytest.fixture
def chain_and_key(tmp_path: Path) -> tuple[Path, Path]:
    """The station's certificate, its own authority."""
    return certificate(tmp_path / "tls")


@contextmanager
def tls_station(
    database: Database, reference: Reference, clock: FixedClock, chain_and_key: tuple[Path, Path]
) -> Iterator[str]:
    """The real application over TLS; gives its address."""
    chain, key = chain_and_key
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(database, reference, clock.now)
        config = uvicorn.Config(app, log_level="critical", access_log=False, ssl_certfile=chain, ssl_keyfile=key)
        server = Server(config, app.state.streams)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield "https://127.0.0.1:{}".format(*listener.getsockname()[1:])
        server.should_exit = True
        thread.join()


def test_what_speaks_no_proper_tls_gets_nothing_and_settles_nothing(
    tls_road: TlsRoad, chain_and_key: tuple[Path, Path]
) -> None:
    tls_road.log(3)
    for talk in STRANGERS:
        with strange_server(talk) as address:
            sent = tls_road.ask(address, chain_and_key[0].read_text(), seconds=1)
            assert sent.ending.outcome is Outcome.NOT_REACHABLE, talk.__name__
            assert tls_road.settled() == set(), talk.__name__


def test_a_station_under_another_authority_is_sent_nothing(
    tls_road: TlsRoad,
    chain_and_key: tuple[Path, Path],
    database: Database,
    reference: Reference,
    clock: FixedClock,
    tmp_path: Path,
) -> None:
    """A box in the middle with a certificate of its own sees not one byte of a record."""
    tls_road.log(3)
    trusted = chain_and_key[0].read_text()
    with tls_station(database, reference, clock, certificate(tmp_path / "other")) as address:
        ending = tls_road.ask(address, trusted).ending
        assert (ending.outcome, "certificate" in ending.sentence) == (Outcome.NOT_REACHABLE, True)
        assert tls_road.held() == {}
    with tls_station(database, reference, clock, chain_and_key) as address:
        wrong_name = tls_road.ask(address.replace("127.0.0.1", "localhost"), trusted).ending
        assert (wrong_name.outcome, "certificate" in wrong_name.sentence) == (Outcome.NOT_REACHABLE, True)
        assert tls_road.held() == {}
        assert tls_road.ask(address, trusted).ending.outcome is Outcome.NOTHING_TO_SEND
        assert tls_road.settled() == set(tls_road.logged) == set(tls_road.held())


def test_a_tls_stream_cut_anywhere_settles_nothing_that_is_not_held(
    tls_road: TlsRoad,
    chain_and_key: tuple[Path, Path],
    database: Database,
    reference: Reference,
    clock: FixedClock,
) -> None:
    """Cut in the handshake, in the request and in the reply, after so many bytes either way."""
    authority = chain_and_key[0].read_text()
    with tls_station(database, reference, clock, chain_and_key) as station:
        port = int(station.rpartition(":")[2])
        for at in range(100, 4_500, 200):
            tls_road.log()
            left = at

            def carry(device: socket.socket) -> None:
                with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as onward:
                    _carry_so_many(device, onward, left)  # noqa: B023 - called before the next turn

            with strange_server(carry) as address:
                tls_road.ask(address, authority)
        assert tls_road.ask(station, authority).ending.outcome is Outcome.NOTHING_TO_SEND
    assert tls_road.settled() == set(tls_road.logged) == set(tls_road.held())


def _carry_so_many(device: socket.socket, onward: socket.socket, left: int) -> None:
    """Carry bytes both ways, so many in all, then end both connections."""
    while left > 0:
        ready, _, _ = select.select([device, onward], [], [], SECONDS)
        if not ready:
            return
        for end in ready:
            piece = end.recv(min(left, 1_000))
            if not piece:
                return
            (onward if end is device else device).sendall(piece)
            left -= len(piece)
