"""The bad link itself: what it says it does to packets and streams, it does."""

import gzip
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from test_link_namespaces import inside

from bench.link.namespaces import why_not
from bench.link.pipe import Link, Pipe
from bench.link.shaped import STATION, shaped
from bench.link.slow import LOOPBACK, SlowProxy
from bench.link.stream import SEGMENT_BYTES, Stream, opened
from bench.senders import Senders, packed, plain_array
from bench.shifts import Shifts
from field_app.store.journal import JournalDB
from sync.trust import Trust

ROOT = Path(__file__).parent.parent.parent
# Short, so that a test is; a tenth of a second each way round, and nothing is lost.
QUICK = Link(round_trip_seconds=0.1, up_bits_per_second=800_000, down_bits_per_second=8_000_000, loss=0)
PAYLOAD_BYTES = 20_000


def test_a_packet_takes_its_turn_and_the_delay() -> None:
    pipe = Pipe(bits_per_second=8_000, delay_seconds=0.5)
    assert [pipe.arrival(10, 1_000) for _ in range(3)] == [11.5, 12.5, 13.5]
    assert pipe.arrival(100, 500) == 101.0


def test_a_queue_that_is_full_drops_what_comes_and_empties() -> None:
    pipe = Pipe(bits_per_second=8_000, delay_seconds=0, queue_bytes=2_000)
    assert [pipe.arrival(0, 1_000) for _ in range(5)] == [1, 2, 3, None, None]
    assert pipe.arrival(1.5, 1_000) == 4


def test_as_many_packets_are_lost_as_is_said() -> None:
    pipe = Pipe(1e9, 0, loss=0.25, chance=random.Random(755))
    assert 2_300 < sum(pipe.arrival(0, 1) is None for _ in range(10_000)) < 2_700


def test_a_stream_stays_in_order_and_a_loss_costs_a_retransmission() -> None:
    whole, lossy = (
        [due for due, _ in Stream(Pipe(1e6, 0.15, loss, chance=random.Random(1)), 0.3).pieces(0, bytes(200_000))]
        for loss in (0, 0.05)
    )
    assert lossy == sorted(lossy)
    late = [each - other for each, other in zip(lossy, whole, strict=True)]
    assert min(late) == 0
    assert any(each == pytest.approx(0.3) for each in late)  # a fast retransmit, a round trip later
    alone = Pipe(1e6, 0.15, loss=0.99, chance=random.Random(1))
    (due, piece), *rest = Stream(alone, 0.3).pieces(0, bytes(10))
    assert (len(piece), rest) == (10, [])
    assert due > 0.15 + 0.5 + 1.0  # timeouts, each twice as long as the one before


def test_opening_a_connection_costs_a_round_trip_and_a_second_more_for_a_lost_packet() -> None:
    up, down = QUICK.pipes(seed=1)
    assert 0.1 < opened(up, down, 0) < 0.102
    up.loss, up.chance = 0.5, random.Random(4)
    assert any(opened(up, down, at) - at > 1.1 for at in range(100, 110))


def test_the_segments_of_a_stream_are_its_bytes() -> None:
    data = random.Random(755).randbytes(10_000)
    pieces = [piece for _, piece in Stream(Pipe(1e6, 0), 0).pieces(0, data)]
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) == SEGMENT_BYTES


@contextmanager
def answering(listener: socket.socket) -> Iterator[None]:
    """Takes PAYLOAD_BYTES in on each connection, then answers with one byte."""

    def serve() -> None:
        with listener:
            connection, _ = listener.accept()
            with connection:
                connection.recv(PAYLOAD_BYTES, socket.MSG_WAITALL)
                connection.sendall(b"k")

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    thread.join()


def ask(host: str, port: int) -> float:
    """Send and hear; how many seconds that took."""
    began = time.monotonic()
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(bytes(PAYLOAD_BYTES))
        assert connection.recv(1) == b"k"
    return time.monotonic() - began


# Two round trips, and the payload at the uplink's rate: nobody can be faster.
LEAST_SECONDS = 2 * 0.1 + PAYLOAD_BYTES * 8 / 800_000


def test_the_kernels_link_takes_its_time_and_counts_what_went_over_it() -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(f"NOT TESTED HERE: the link with the kernel's own TCP; {reason}.")
    with shaped(QUICK, seed=1) as link:
        listener = inside(link.station, lambda: socket.create_server((STATION, 0)))
        with answering(listener):
            seconds = inside(link.car, lambda: ask(*listener.getsockname()))
        counts = link.counts()
    assert seconds > LEAST_SECONDS
    assert (counts["connections"], counts["round_trips"]) == (1, 2)
    assert (counts["up_bytes"], counts["down_bytes"], counts["lost_packets"]) == (PAYLOAD_BYTES, 1, 0)
    assert counts["up_packet_bytes"] > PAYLOAD_BYTES


def test_the_proxy_takes_as_long_and_counts_the_same() -> None:
    listener = socket.create_server((LOOPBACK, 0))
    with answering(listener), SlowProxy(QUICK, 1, {"floor": listener.getsockname()[1]}) as proxy:
        seconds = ask(LOOPBACK, proxy.ports["floor"])
        counts = proxy.counts()
    assert seconds > LEAST_SECONDS
    assert [counts[name] for name in ("connections", "round_trips", "up_bytes", "down_bytes")] == [
        1,
        2,
        PAYLOAD_BYTES,
        1,
    ]


def test_the_gzip_post_is_every_record_in_one_request(tmp_path: Path) -> None:
    taken: list[tuple[str | None, bytes]] = []

    class Keeping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((self.headers["Content-Encoding"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    with JournalDB(tmp_path / "store") as db, ThreadingHTTPServer((LOOPBACK, 0), Keeping) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        shifts = Shifts(db, seed=755)
        records = shifts.log(12)
        Senders(LOOPBACK, {"sink": server.server_port}, Trust(), shifts).gzip_post(records)()
        server.shutdown()
    ((encoding, body),) = taken
    assert encoding == "gzip"
    assert body == packed(plain_array(records))
    assert json.loads(gzip.decompress(body)) == records


@pytest.mark.slow
@pytest.mark.parametrize("link", ["--modelled", "--seed=1"], ids=["modelled", "real, where that can be"])
def test_the_bench_says_a_line_for_each_that_sends(link: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "bench.exchange",
        "--records",
        "2",
        "--rounds",
        "1",
        "--folder",
        str(tmp_path),
        link,
    ]
    done = subprocess.run([*command, "--slow-rounds", "1"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    place, *figures = map(json.loads, done.stdout.splitlines())
    assert place["name"] == "place"
    assert {each["name"]: each["round_trips"] for each in figures} == {
        "floor": 2,
        "exchange": 2,
        "gzip post": 2,
        "exchange over TLS": 3,  # one more than in plain: the handshake of TLS 1.3
        "kept-alive posts": 3,
        "posts": 4,
    }
    assert [*tmp_path.iterdir()] == []
