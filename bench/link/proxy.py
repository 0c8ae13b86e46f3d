"""A proxy on loopback that carries HTTP one request at a time, and does to each what it is told to (harm.py).

A request is read whole before anything is done with it, and so is the station's reply: a cut at any byte of either is
then exact. `slow.py` is the proxy that takes time; the two can stand one behind the other.
"""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self
from urllib.parse import urlsplit

# An honest head has some 700 bytes, an honest body at most a MiB.
_READ_BYTES_MAX = 4 * 1_024 * 1_024
# An end that sends RST and not FIN: nothing more is sent, and what was not read is gone.
_LINGER_NOT = struct.pack("ii", 1, 0)


async def read_message(reader: StreamReader) -> bytes:
    """One request or reply, head and body, by its Content-Length; what there was if it breaks off, nothing at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        return head + await reader.readexactly(_body_bytes(head))
    except asyncio.IncompleteReadError as broken:
        return broken.partial
    except ConnectionError:
        return b""


def _body_bytes(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def end_at_once(writer: StreamWriter) -> None:
    """End a connection with RST."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None and not writer.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()


@dataclass
class Way:
    """What a harm can do with one request: ask the station, answer the device, or leave either hanging."""

    host: str
    port: int
    device: StreamWriter
    hung: list[StreamWriter]

    async def ask(self, request: bytes) -> bytes:
        """Send the station a request over a connection of its own; its whole reply, empty if it gives none."""
        try:
            reader, writer = await asyncio.open_connection(self.host, self.port, limit=_READ_BYTES_MAX)
        except ConnectionError:
            return b""
        try:
            writer.write(request)
            return await read_message(reader)
        finally:
            writer.close()

    async def tell(self, part: bytes) -> None:
        """Send the station a part of a request, then end the connection as a link does that breaks."""
        try:
            _, writer = await asyncio.open_connection(self.host, self.port)
        except ConnectionError:
            return
        writer.write(part)
        await asyncio.sleep(0)
        writer.close()  # what was sent arrives; an RST could overtake it

    async def leave(self, part: bytes) -> None:
        """Send the station a part of a request, then nothing, until the proxy lets all that hangs go."""
        _, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(part)
        self.hung.append(writer)

    async def answer(self, reply: bytes) -> None:
        """Give the device a reply, or a part of one; where there is none, the connection ends."""
        self.device.write(reply)
        await self.device.drain()
        if not reply:
            await self.cut()

    async def cut(self) -> None:
        """End the device's connection with RST, after what was answered has gone out."""
        await asyncio.sleep(0)
        end_at_once(self.device)

    def hang(self) -> None:
        """Say nothing more to the device, and do not end the connection."""
        self.hung.append(self.device)


Harm = Callable[[Way, bytes], Awaitable[None]]


async def sound(way: Way, request: bytes) -> None:
    """No harm: the request arrives, and so does the reply."""
    await way.answer(await way.ask(request))


@dataclass
class Proxy:
    """Runs in a thread of its own between `with` and its end; `harm` is done to every request until it is set anew."""

    station: str
    harm: Harm = sound
    requests: list[bytes] = field(default_factory=list)
    _hung: list[StreamWriter] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _listener: socket.socket = field(init=False)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._loop = asyncio.new_event_loop()
        started = Event()
        self._thread = Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def address(self) -> str:
        """Where the device takes it for the station."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def let_go(self) -> None:
        """End everything that hangs."""
        asyncio.run_coroutine_threadsafe(self._let_go(), self._loop).result()

    def later(self, request: bytes) -> bytes:
        """Let a request that was held up arrive now; the station's reply, which nobody gets."""
        return asyncio.run_coroutine_threadsafe(self._late(request), self._loop).result()

    def _run(self, started: Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(started))
        self._loop.close()

    async def _serve(self, started: Event) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._carry, sock=self._listener, limit=_READ_BYTES_MAX)
        started.set()
        await self._stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        # Ended by the device, by what is done to it, or with the proxy: then too the connection has to be let go.
        with suppress(ConnectionError, asyncio.CancelledError):
            await self._carry_all(reader, writer)
        if writer not in self._hung:
            end_at_once(writer)

    async def _carry_all(self, reader: StreamReader, writer: StreamWriter) -> None:
        """All requests of one connection, one after the other."""
        while writer not in self._hung and not writer.is_closing():
            request = await read_message(reader)
            if not request:
                return
            self.requests.append(request)
            await self.harm(self._way(writer), request)

    def _way(self, writer: StreamWriter) -> Way:
        parts = urlsplit(self.station)
        return Way(parts.hostname or "", parts.port or 0, writer, self._hung)

    async def _let_go(self) -> None:
        while self._hung:
            end_at_once(self._hung.pop())

    async def _late(self, request: bytes) -> bytes:
        parts = urlsplit(self.station)
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            return await self._way(writer).ask(request)
        finally:
            writer.close()
