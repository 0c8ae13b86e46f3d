"""The server that the station runs in: uvicorn's, but nobody holds it up when it stops."""

import asyncio
import socket

import uvicorn

from station.console.streams import Streams

# Long enough for a client to answer TLS's goodbye over the worst link (0.3 s there and back); who only keeps a line open never does.
_HANG_UP_SECONDS = 0.5


class Server(uvicorn.Server):
    """Finishes what is under way, and waits neither for who only looks nor for lines on which nothing is said."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which are open for hours, first; then requests under way are finished."""
        self._streams.end()
        hanging_up = asyncio.create_task(self._hang_up())
        await super().shutdown(sockets)
        hanging_up.cancel()

    async def _hang_up(self) -> None:
        """Drop the idle lines: under TLS their other end is asked to say goodbye, and asyncio waits 30 s for it.

        Runs when uvicorn has just closed every idle connection. Whoever is still being sent something keeps its line.
        """
        lines = [connection.transport for connection in self.server_state.connections]
        idle = [line for line in lines if line.is_closing() and line.get_write_buffer_size() == 0]
        await asyncio.sleep(_HANG_UP_SECONDS)
        for line in idle:
            line.abort()
