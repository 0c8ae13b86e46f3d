"""Open streams of server-sent events: how many there may be, and their end when the station stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Each holds a connection of this worker, and asks the database a little every few seconds.
STREAMS_MAX = 50


class TooManyStreams(Exception):
    """No more streams are opened now."""


class Streams:
    """The streams that are open in this worker. Used on the event loop alone."""

    def __init__(self, count_max: int = STREAMS_MAX) -> None:
        self._count_max = count_max
        self._open: set[asyncio.Event] = set()
        self._is_over = False

    @contextmanager
    def one(self) -> Iterator[asyncio.Event]:
        """A stream, until the end; the event is set when it has to end. Raises TooManyStreams."""
        if self._is_over or len(self._open) >= self._count_max:
            raise TooManyStreams
        over = asyncio.Event()
        self._open.add(over)
        try:
            yield over
        finally:
            self._open.discard(over)

    def is_full(self) -> bool:
        """Whether another stream would be refused."""
        return self._is_over or len(self._open) >= self._count_max

    def end(self) -> None:
        """End them all, and open no more: the station stops, and waits for nobody who only looks."""
        self._is_over = True
        for over in self._open:
            over.set()


async def passes(seconds: float, over: asyncio.Event) -> bool:
    """Wait so long; False as soon as it is over."""
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)
    return not over.is_set()


def event(html: str) -> str:
    """A piece of a page as one event."""
    return "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"
