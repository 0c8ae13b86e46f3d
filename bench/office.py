"""The far end of bench/exchange.py, a process in the station's namespace: the station, also over TLS, the floor and the peers' sink.

Prints one line of JSON: the port of each, and under `authority` and `pins` what a device knows the station's by; ends when its
input does.
"""

import argparse
import json
import socket
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID

import uvicorn

from bench.link.namespaces import enter
from station.app import create_app
from station.authority import Authority
from station.database import Database, open_database
from station.tables import DeviceRow
from sync.commandline import put
from sync.reference import load_reference

_WAITING_MAX = 64
_LENGTH_BYTES = 4


def serve_floor(listener: socket.socket) -> None:
    """A length and as many bytes come in on a connection, one byte goes back: less is no exchange."""
    while True:
        connection, _ = listener.accept()
        with connection:
            left = int.from_bytes(connection.recv(_LENGTH_BYTES, socket.MSG_WAITALL))
            while left:
                left -= len(connection.recv(min(left, 64 * 1_024)))
            connection.sendall(b"k")


class Sink(BaseHTTPRequestHandler):
    """Takes any POST, keeps nothing, answers with two bytes: nobody could answer a record sooner."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """One record, or all of them packed."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def tls_files(folder: Path, host: str) -> tuple[Path, Authority]:
    """The station's own authority, and the certificate that it has given the station."""
    authority, now = Authority(folder), datetime.now(UTC)
    authority.make("bench", now)
    return authority.server([host], now), authority


def enrol(database: Database, device: str, public_key: str) -> None:
    """Enrol a device without a code; its first exchange learns the challenge to sign."""
    now = datetime.now(UTC)
    with database.writing() as session:
        row = DeviceRow(id=UUID(device), name="bench", public_key=public_key, enrolled_at=now, sequence_last=0)
        session.add(row)


def main() -> None:
    """Serve all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inside", help="the network namespace")
    parser.add_argument("--host", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--public-key", required=True)
    asked = parser.parse_args()
    if asked.inside:
        enter(asked.inside)
    station, tls, floor = (socket.create_server((asked.host, 0), backlog=_WAITING_MAX) for _ in range(3))
    sink = ThreadingHTTPServer((asked.host, 0), Sink)
    database = open_database(asked.folder)
    enrol(database, asked.device, asked.public_key)
    app = create_app(database, load_reference())
    certificate, authority = tls_files(asked.folder, asked.host)
    plain = uvicorn.Config(app, log_level="critical", access_log=False)
    secret = uvicorn.Config(app, log_level="critical", access_log=False, ssl_certfile=certificate)
    for serve in (
        lambda: uvicorn.Server(plain).run([station]),
        lambda: uvicorn.Server(secret).run([tls]),
        lambda: serve_floor(floor),
        sink.serve_forever,
    ):
        Thread(target=serve, daemon=True).start()
    sockets = {"station": station, "tls": tls, "floor": floor, "sink": sink.socket}
    ports = {name: each.getsockname()[1] for name, each in sockets.items()}
    put(json.dumps({"ports": ports, "authority": authority.certificates(), "pins": authority.pins()}) + "\n")
    sys.stdin.read()


if __name__ == "__main__":
    main()
