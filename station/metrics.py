"""What can be counted of a running station, for Prometheus, and a line for each answer: numbers, and nobody's data."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.console.door import is_device_path
from station.database import CANNOT_NOW, Database
from station.logs import route_of
from station.quarantine import waiting
from station.tables import DeviceRow
from sync.commandline import Exit, Stop
from sync.wire import Judged

_HERE = "127.0.0.1"
_LOG = logging.getLogger("station755")
# An exchange takes milliseconds, a long worksheet tenths; DESIGN.md §8 asks for 0.05 and 0.5.
_BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The counters of one worker."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter("contact755_answers", "Requests answered.", ["door", "status"], registry=self.registry)
        self._seconds = Histogram(
            "contact755_answer_seconds",
            "From a request's head to its answer's.",
            ["door"],
            registry=self.registry,
            buckets=_BUCKETS_SECONDS,
        )
        self._records = Counter("contact755_records", "Records that devices sent.", ["verdict"], registry=self.registry)
        self.registry.register(_Standing(database))

    def answered(self, door: str, status: int, seconds: float) -> None:
        """One more answer."""
        self._answers.labels(door, str(status)).inc()
        self._seconds.labels(door).observe(seconds)

    def judged(self, verdicts: Sequence[Judged]) -> None:
        """A batch's verdicts."""
        for each in verdicts:
            self._records.labels(each.verdict.value).inc()


@dataclass(frozen=True, slots=True)
class _Standing(Collector):
    """What the database says when it is asked; cheap questions only, since they are asked every few seconds."""

    database: Database

    def collect(self) -> Iterator[Metric]:
        """The gauges; without the database only the one that says so."""
        try:
            with self.database.reading() as session:
                counts = {
                    "quarantine_waiting": ("Records put aside that wait for a decision.", waiting(session)),
                    "devices": (
                        "Devices that are enrolled.",
                        session.scalar(
                            select(func.count()).select_from(DeviceRow).where(DeviceRow.revoked_at.is_(None))
                        ),
                    ),
                }
        except CANNOT_NOW:
            counts = {}
        yield GaugeMetricFamily("contact755_database_up", "Whether the database answers.", value=float(bool(counts)))
        for name, (words, count) in counts.items():
            yield GaugeMetricFamily(f"contact755_{name}", words, value=float(count or 0))


class Watched:
    """An application whose answers are counted and told, by their route's pattern: addresses hold people's numbers. ASGI."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look at the head of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seconds = time.perf_counter() - begin
                door = "devices" if is_device_path(scope["path"]) else "console"
                self._metrics.answered(door, message["status"], seconds)
                told = {
                    "door": door,
                    "method": scope["method"],
                    "route": route_of(scope),
                    "status": message["status"],
                    "milliseconds": round(seconds * 1_000, 1),
                }
                _LOG.info("answered", extra=told)
            await send(message)

        await self._app(scope, receive, sending)


@contextmanager
def serving_metrics(database: Database, port: int | None) -> Iterator[tuple[Metrics, str | None]]:
    """Count; and serve what was counted to this machine, at a port if one is asked for. Raises Stop."""
    metrics = Metrics(database)
    if port is None:
        yield metrics, None
        return
    try:
        server, thread = start_http_server(port, _HERE, metrics.registry)
    except OSError as problem:
        raise Stop(
            Exit.CANNOT_SERVE, f"Cannot serve numbers on port {port}: {problem.strerror}. Name another."
        ) from None
    try:
        yield metrics, f"http://{_HERE}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
