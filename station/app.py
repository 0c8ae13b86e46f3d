"""The station's composition root: the application, and serving it."""

import gc
import signal
import socket
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from threading import Event

import uvicorn
from fastapi import FastAPI

from station.api import device_routes
from station.authority import Authority
from station.clocks import now
from station.console.app import create_console
from station.console.door import TwoDoors
from station.console.streams import Streams
from station.database import Database
from station.desk import Desk
from station.live_certificate import LiveCertificate
from station.metrics import Metrics, Watched
from station.problems import add_problems
from station.served import Served
from station.server import Server
from station.silent_lines import HangsUp, ask_whether_anybody_is_there
from sync import __version__
from sync.address import PORT_OPTION
from sync.commandline import Exit, Stop
from sync.reference import Reference

# Connections that may wait to be taken up: every car of the station coming back at once.
_WAITING_MAX = 512
# An exchange takes milliseconds; whoever has not finished in this time sends again.
_GOODBYE_SECONDS_MAX = 5
# Ctrl-C, and what a service manager ends the station with.
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def create_app(
    database: Database,
    reference: Reference,
    clock: Callable[[], datetime] = now,
    *,
    only_here: bool = True,
    authority: Authority | None = None,
    metrics: Metrics | None = None,
    served: Served | None = None,
) -> FastAPI:
    """Everything wired together; nothing is opened here.

    `authority` is the station's own, if its certificate is from that one.
    `only_here`: the console is asked for by a loopback name alone, as plain HTTP is; over TLS the certificate says
    what the station is called.
    `metrics` are counted, if there are any. `served` is where devices reach it.
    """
    app = FastAPI(
        title=f"{reference.station}: Contact 755",
        version=__version__,
        openapi_url=None,  # described by hand: openapi.py
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    desk = Desk(database, reference, clock, tuple if authority is None else authority.pins)
    app.include_router(device_routes(desk, authority, None if metrics is None else metrics.judged))
    add_problems(app)
    app.state.streams = Streams()
    console = create_console(
        database,
        reference,
        clock,
        only_here=only_here,
        served=served,
        authority=authority,
        streams=app.state.streams,
    )
    app.add_middleware(TwoDoors, console=console)
    app.add_middleware(HangsUp)
    if metrics is not None:
        app.add_middleware(Watched, metrics=metrics)
    return app


def bind(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """A listening socket; one that is shared lets further workers listen at its port. Raises Stop when that is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, PORT_OPTION, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ask_whether_anybody_is_there(listener)
        listener.bind(address)
        listener.listen(_WAITING_MAX)
    except (OSError, OverflowError, UnicodeError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Stop(
            Exit.CANNOT_SERVE, f"Cannot serve on {host} port {port}: {reason}. Name another with --host or --port."
        ) from None
    return listener


def serve(app: FastAPI, listener: socket.socket, certificate: LiveCertificate | None, is_over: Event) -> None:
    """Serve until Ctrl-C or a termination signal; requests under way are finished first. Not at all if it is over already."""
    config = uvicorn.Config(
        app,
        log_level="critical",  # faults are told by problems.py, in a line; a car that drops its connection is none
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GOODBYE_SECONDS_MAX,
        ssl_context_factory=None if certificate is None else lambda _config, _default: certificate.context,
    )
    server = Server(config, app.state.streams)
    # The server hears of it before it runs: Python passes over an interrupt that comes while it clears away, as below.
    earlier = {each: signal.signal(each, server.handle_exit) for each in ENDING_SIGNALS}
    # What is there by now stays: no collection has to look at it again, which would make a page in a hundred wait.
    gc.collect()
    gc.freeze()
    if is_over.is_set():
        return
    with nullcontext() if certificate is None else certificate.watched():
        server.run(sockets=[listener])
    for each, handler in earlier.items():  # a second Ctrl-C ends whatever is still to be ended
        signal.signal(each, handler)
