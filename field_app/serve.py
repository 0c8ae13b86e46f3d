"""The app in the installed browser, served on this machine alone (`contact755 run`)."""

import secrets
import socket
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import flet_web.fastapi as flet_web  # type: ignore[import-untyped]  # ships no types
import uvicorn
from fastapi import FastAPI

from field_app.app import window
from field_app.deck import Deck
from field_app.door import TOKEN_PARAMETER, Door
from field_app.sockets import GONE_SECONDS_MAX, EndsWithSocket, note_window
from sync.address import PORT_OPTION
from sync.commandline import Exit, Stop
from sync.reference import assets_folder

HOST = "127.0.0.1"
_GOODBYE_SECONDS_MAX = 3


def bind(port: int) -> socket.socket:
    """A listening socket on this machine. Raises Stop when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, PORT_OPTION, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # before the address is told: a browser may be faster than the server
    except OSError as problem:
        listener.close()
        sentence = f"The app cannot use port {port}: {problem.strerror}. Name another with --port."
        raise Stop(Exit.CANNOT_SERVE, sentence) from None
    return listener


def serve(deck: Deck, listener: socket.socket, on_ready: Callable[[str], None], *, opens_browser: bool) -> None:
    """Serve the app until Ctrl-C; `on_ready` hears the launch address."""
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(32)
    address = f"http://{HOST}:{port}/?{TOKEN_PARAMETER}={token}"

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        async with deck.running():
            await flet_web.app_manager.start()
            on_ready(address)
            if opens_browser:
                webbrowser.open(address)
            yield
            await flet_web.app_manager.shutdown()

    outer = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    outer.mount(
        "/",
        EndsWithSocket(
            flet_web.app(
                window(lambda: deck, note_window),
                assets_dir=str(assets_folder()),
                no_cdn=True,
                session_timeout_seconds=GONE_SECONDS_MAX,
            )
        ),
    )
    hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
    config = uvicorn.Config(
        Door(outer, hosts, token),
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=_GOODBYE_SECONDS_MAX,
    )
    uvicorn.Server(config).run(sockets=[listener])
