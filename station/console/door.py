"""Before any page: which door a request belongs to, under what name it asks, and what every answer carries. ASGI."""

import re
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.console.forms import is_from_here
from station.console.pages import Pages
from station.happenings import ORIGIN
from sync.address import is_loopback

# What devices and programs ask for, a newer device's version included; these answer in JSON. All else is a page.
_DEVICE_PATH = re.compile(r"/(v[0-9]+(/.*)?|healthz|openapi\.json)", re.DOTALL)
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

# Nothing is loaded, framed or sent anywhere but here, and nothing written into a page can run.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class TwoDoors:
    """Devices by one door, people by the other."""

    def __init__(self, devices: ASGIApp, console: ASGIApp) -> None:
        self._devices = devices
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead a request to its door."""
        ORIGIN.set(scope["client"][0] if scope.get("client") else "")
        is_page = scope["type"] == "http" and not is_device_path(scope["path"])
        await (self._console if is_page else self._devices)(scope, receive, send)


class GuardedDoor:
    """The console's door: asked by the right name, from its own pages, and every answer with its headers."""

    def __init__(self, console: ASGIApp, pages: Pages, *, only_here: bool) -> None:
        self._console = console
        self._pages = pages
        self._only_here = only_here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let in."""
        headers = Headers(scope=scope)
        answering = self._console
        if self._only_here and not is_loopback(host_of(headers.get("host", ""))):
            # Else a page elsewhere could give this machine a name of its own and read what is shown here.
            sentence = "The console answers on this machine only: use http://127.0.0.1 and the station's port."
            answering = self._pages.problem(HTTPStatus.MISDIRECTED_REQUEST, sentence)
        elif scope["method"] not in _SAFE_METHODS and not is_from_here(headers, scope["scheme"]):
            answering = self._pages.problem(HTTPStatus.FORBIDDEN, "That was sent from another site, not from here.")
        await answering(scope, receive, _with_headers(send))


def is_device_path(path: str) -> bool:
    """Whether this address is one of the devices' own."""
    return _DEVICE_PATH.fullmatch(path) is not None


def host_of(header: str) -> str:
    """The name or address in a Host header, without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            # What people did must not stay in a shared computer's browser; files of the look may, once checked.
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending
