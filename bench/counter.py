"""A bare Flet counter, served as the app is served: the floor of what a tap can cost in Flet."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import flet as ft
import flet_web.fastapi as flet_web  # type: ignore[import-untyped]  # ships no types
import uvicorn
from fastapi import FastAPI

from sync.commandline import put

HOST = "127.0.0.1"


@ft.component
def Counter() -> ft.Control:  # noqa: N802 - a component
    """One button, one line; F1 counts too."""
    count, set_count = ft.use_state(0)
    page = ft.context.page

    def press(event: ft.KeyboardEvent) -> None:
        if event.key == "F1":
            set_count(lambda before: before + 1)

    page.on_keyboard_event = press
    return ft.Column(
        controls=[ft.Text(f"Count {count}"), ft.Button("Tap", on_click=lambda: set_count(lambda before: before + 1))]
    )


def main(page: ft.Page) -> None:
    """One window of the counter."""
    page.render(Counter)


def serve() -> None:
    """Serve on a free port until ended; prints the address once it does."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind((HOST, 0))
    listener.listen()

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        await flet_web.app_manager.start()
        put(json.dumps({"address": "http://{}:{}/".format(*listener.getsockname())}, indent=2) + "\n")
        yield
        await flet_web.app_manager.shutdown()

    outer = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    outer.mount("/", flet_web.app(main, no_cdn=True))
    config = uvicorn.Config(outer, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve()
