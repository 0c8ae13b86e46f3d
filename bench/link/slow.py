"""A proxy on loopback that takes as long as a link would (stream.py): for machines without root, where shaped.py cannot be."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from threading import Event, Thread
from typing import Self

from bench.link.pipe import Link
from bench.link.proxy import end_at_once
from bench.link.stream import Stream, opened
from bench.link.tally import DOWN, UP, Counts

LOOPBACK = "127.0.0.1"
_READ_BYTES = 64 * 1_024


@dataclass
class SlowProxy:
    """Stands before ports of this machine, by name, with one link before all of them; runs in a thread of its own."""

    link: Link
    seed: int
    onward: Mapping[str, int]
    ports: dict[str, int] = field(default_factory=dict)
    _counts: Counts = field(default_factory=Counts)
    _came_last: int = DOWN

    def __enter__(self) -> Self:
        self._pipes = self.link.pipes(self.seed)
        self._loop = asyncio.new_event_loop()
        started = Event()
        self._thread = Thread(target=lambda: self._loop.run_until_complete(self._serve(started)), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def counts(self) -> dict[str, int]:
        """What went over the link since the last time."""
        counted, self._counts, self._came_last = asdict(self._counts), Counts(), DOWN
        return counted

    async def _serve(self, started: Event) -> None:
        self._stop = asyncio.Event()
        servers = []
        for name, port in self.onward.items():
            server = await asyncio.start_server(partial(self._carry, port), LOOPBACK, 0)
            servers.append(server)
            self.ports[name] = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        for server in servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _carry(self, port: int, car_reader: StreamReader, car: StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            up, down = self._pipes
            self._counts.connections += 1
            self._turn(UP)
            self._turn(DOWN)
            open_at = opened(up, down, self._loop.time())
            station_reader, station = await asyncio.open_connection(LOOPBACK, port)
            round_trip = self.link.round_trip_seconds
            both = (
                self._pump(UP, car_reader, station, Stream(up, round_trip), open_at),
                self._pump(DOWN, station_reader, car, Stream(down, round_trip), open_at),
            )
            try:
                await asyncio.gather(*both)
            finally:
                end_at_once(station)
        end_at_once(car)

    async def _pump(
        self, way: int, reader: StreamReader, writer: StreamWriter, stream: Stream, not_before: float
    ) -> None:
        """Carry one direction until its end."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        putting = asyncio.ensure_future(self._put(pieces, writer))
        while data := await reader.read(_READ_BYTES):
            self._count(way, len(data))
            for piece in stream.pieces(max(self._loop.time(), not_before), data):
                pieces.put_nowait(piece)
        pieces.put_nowait((self._loop.time() + self.link.round_trip_seconds / 2, b""))
        await putting

    async def _put(self, pieces: "asyncio.Queue[tuple[float, bytes]]", writer: StreamWriter) -> None:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - self._loop.time())
            if not piece:
                writer.write_eof()
                return
            writer.write(piece)

    def _count(self, way: int, length: int) -> None:
        if way == UP:
            self._counts.up_bytes += length
        else:
            self._counts.down_bytes += length
        self._turn(way)

    def _turn(self, way: int) -> None:
        self._counts.round_trips += way == UP and self._came_last == DOWN
        self._came_last = way
