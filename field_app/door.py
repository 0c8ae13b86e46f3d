"""The door of the served app: only this machine, only whoever was given the launch address, only our own code.

The served app is a web server on a deputy's terminal; any web page open in the same browser could try to talk to it.
So requests must name this machine as their host and origin and bring the cookie that the launch address gave, and the
page may load nothing from elsewhere (a strict Content-Security-Policy; the client still asks one CDN otherwise).
"""

import base64
import hmac
import re
import secrets
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_PARAMETER = "launch"  # noqa: S105 - a parameter's name
COOKIE = "contact755"
KEYS_PATH = "/contact755-keys.js"
# F1 opens help, F5 reloads, F7 asks for caret browsing: on this page they log contacts, and nothing else.
KEYS_SCRIPT = b"""addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
  const chord = event.ctrlKey || event.altKey || event.metaKey;
  if (!chord && (/^F[1-8]$/.test(event.key) || (!typing && /^[1-8]$/.test(event.key)))) event.preventDefault();
}, true);
"""
# Browsers ask for this without cookies; it says only what the app is called.
_OPEN_PATHS = frozenset({"/manifest.json"})
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_REFUSAL = b"This page opens only from its own launch address. Start it again: contact755 run"


class Door:
    """Plain ASGI, since FastAPI's middleware never sees web sockets."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], token: str) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or turn away."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif not self._is_here(scope):
            await _say(send, 421, _REFUSAL)
        elif self._brings_token(scope):
            await self._welcome(send)
        elif scope["path"] not in _OPEN_PATHS and not self._brings_cookie(scope):
            await _say(send, 403, _REFUSAL)
        elif scope["path"] == KEYS_PATH:
            await _say(send, 200, KEYS_SCRIPT, b"text/javascript")
        else:
            await self._app(scope, receive, _Guarded(send))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = urlsplit(_header(scope, b"origin")).netloc
        if not (self._is_here(scope) and origin in self._hosts and self._brings_cookie(scope)):
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        # Flet finds a session again by its browser; a component app would not repaint then. A browser that is new each
        # time gets a fresh session, rebuilt from the store.
        fresh = f"{_header(scope, b'user-agent')} window/{secrets.token_hex(8)}".encode("latin-1", "replace")
        others = [(name, value) for name, value in scope["headers"] if name != b"user-agent"]
        await self._app({**scope, "headers": [*others, (b"user-agent", fresh)]}, receive, send)

    def _is_here(self, scope: Scope) -> bool:
        return _header(scope, b"host") in self._hosts

    def _brings_token(self, scope: Scope) -> bool:
        given = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN_PARAMETER, [""])[0]
        return self._is_token(given)

    def _brings_cookie(self, scope: Scope) -> bool:
        # A browser brings the cookies of every program on this machine, some of which Python's own reading gives up on.
        brought = (part.strip().partition("=") for part in _header(scope, b"cookie").split(";"))
        return any(name == COOKIE and self._is_token(value) for name, _, value in brought)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    async def _welcome(self, send: Send) -> None:
        cookie = f"{COOKIE}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


class _Guarded:
    """Adds the headers to each answer; the page itself also gets our keys, and a policy that names its own scripts."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._page = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                *message["headers"],
                (b"x-content-type-options", b"nosniff"),
                (b"referrer-policy", b"no-referrer"),
            ]
            message = {**message, "headers": headers}
            if any(name == b"content-type" and b"text/html" in value for name, value in headers):
                self._start = message  # held back until the page is whole
            else:
                await self._send({**message, "headers": [*headers, (b"content-security-policy", _policy(()))]})
        elif self._start is None:
            await self._send(message)
        else:
            self._page += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        keys = f'<script src="{KEYS_PATH}"></script></head>'.encode()
        page = self._page.replace(b"</head>", keys, 1)
        policy = _policy(_INLINE_SCRIPT.findall(page))
        dropped = {b"content-length", b"etag", b"last-modified", b"cache-control"}
        headers = [(name, value) for name, value in start["headers"] if name not in dropped]
        headers += [
            (b"content-length", str(len(page)).encode()),
            (b"content-security-policy", policy),
            (b"cache-control", b"no-store"),
        ]
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": page})


def _policy(scripts: Iterable[bytes]) -> bytes:
    hashes = " ".join(f"'sha256-{base64.b64encode(sha256(script).digest()).decode()}'" for script in scripts)
    return (
        "default-src 'self'; "
        f"script-src 'self' 'wasm-unsafe-eval' {hashes}; "
        "style-src 'self' 'unsafe-inline'; "  # the client sets its styles from code
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    ).encode()


async def _say(send: Send, status: int, body: bytes, media_type: bytes = b"text/plain; charset=utf-8") -> None:
    headers = [(b"content-type", media_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for found, value in scope["headers"] if found == name), "")
