"""What can happen to one exchange on its way, each as a thing that the proxy is told to do (proxy.py)."""

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import cache
from http import HTTPStatus
from typing import Any

from bench.link.proxy import Harm, Way

_BOMB_BYTES = 64 * 1_024 * 1_024
_SIGN_IN = b"<!doctype html><title>Sign in</title><form action=/login><button>Accept the terms</button></form>"


def cut_request(at: int) -> Harm:
    """The link breaks when so many bytes of the request have gone up."""

    async def harm(way: Way, request: bytes) -> None:
        await way.tell(request[:at])
        await way.cut()

    return harm


def cut_reply(at: int) -> Harm:
    """The link breaks when so many bytes of the reply have come down: the station has done its part."""

    async def harm(way: Way, request: bytes) -> None:
        await way.answer((await way.ask(request))[:at])
        await way.cut()

    return harm


def lose_request(at: int) -> Harm:
    """After so many bytes of the request nothing goes up any more, and nobody is told."""

    async def harm(way: Way, request: bytes) -> None:
        await way.leave(request[:at])
        way.hang()

    return harm


def lose_reply(at: int) -> Harm:
    """After so many bytes of the reply nothing comes down any more, and nobody is told."""

    async def harm(way: Way, request: bytes) -> None:
        await way.answer((await way.ask(request))[:at])
        way.hang()

    return harm


def hold_up(held: list[bytes]) -> Harm:
    """The request is held up on the way until somebody lets it arrive (Proxy.later); the device hears nothing."""

    async def harm(way: Way, request: bytes) -> None:
        held.append(request)
        way.hang()

    return harm


async def ask_twice(way: Way, request: bytes) -> None:
    """The request arrives twice; the device hears the second reply."""
    await way.ask(request)
    await way.answer(await way.ask(request))


async def ask_twice_at_once(way: Way, request: bytes) -> None:
    """The request arrives twice at the same time; the device hears one of the replies."""
    replies = await asyncio.gather(way.ask(request), way.ask(request))
    await way.answer(replies[0])


async def answer_twice(way: Way, request: bytes) -> None:
    """The reply comes twice over the same connection, where the next answer is awaited."""
    reply = await way.ask(request)
    await way.answer(reply + reply)


def drip(seconds: float, pieces: int) -> Harm:
    """The reply comes in small pieces, with a pause after each."""

    async def harm(way: Way, request: bytes) -> None:
        reply = await way.ask(request)
        size = max(1, len(reply) // pieces)
        for at in range(0, len(reply), size):
            await way.answer(reply[at : at + size])
            await asyncio.sleep(seconds)

    return harm


def answer_with(reply: bytes) -> Harm:
    """Something else answers, and the station never hears of it."""

    async def harm(way: Way, _: bytes) -> None:
        await way.answer(reply)

    return harm


def answer_instead(reply: bytes) -> Harm:
    """The station takes the request in, and something else answers."""

    async def harm(way: Way, request: bytes) -> None:
        await way.ask(request)
        await way.answer(reply)

    return harm


def change_reply(change: Callable[[dict[str, Any]], dict[str, Any]], media_type: str | None = None) -> Harm:
    """The station's own receipt with something changed in its JSON, or in its content type."""

    async def harm(way: Way, request: bytes) -> None:
        reply = await way.ask(request)
        head, body = split(reply)
        if status_of(head) == HTTPStatus.OK:
            reply = http(HTTPStatus.OK, json_bytes(change(json.loads(body))), media_type or "application/json")
        await way.answer(reply)

    return harm


def change_request(change: Callable[[bytes], bytes]) -> Harm:
    """The request's body is another when it arrives, with its length put right."""

    async def harm(way: Way, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        changed = change(body)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
        lines.append(b"Content-Length: %d" % len(changed))
        await way.answer(await way.ask(b"\r\n".join(lines) + b"\r\n\r\n" + changed))

    return harm


def json_bytes(found: object) -> bytes:
    """A JSON body."""
    return json.dumps(found).encode()


@cache
def bomb() -> bytes:
    """64 MiB of nothing, packed into 64 KiB."""
    return gzip.compress(bytes(_BOMB_BYTES), mtime=0)


def http(status: int, body: bytes = b"", media_type: str = "text/html", **headers: str) -> bytes:
    """A reply, as bytes; underscores in a header's name stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {"Content-Type": media_type, "Content-Length": str(len(body)), "Date": formatdate(usegmt=True)} | named
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Reason\r\n{head}\r\n".encode() + body


def split(reply: bytes) -> tuple[bytes, bytes]:
    """Head and body, unpacked."""
    head, _, body = reply.partition(b"\r\n\r\n")
    return head, gzip.decompress(body) if b"content-encoding: gzip" in head.lower() else body


def status_of(head: bytes) -> int:
    """The status in a reply's head."""
    return int(head.split(b" ", 2)[1]) if head else 0


@cache
def strangers() -> Mapping[str, bytes]:
    """What portals, gateways and broken boxes answer in the station's place, by what one would call it."""
    return {
        "a sign-in page": http(200, _SIGN_IN),
        "a sign-in page that says it is JSON": http(200, _SIGN_IN, "application/json"),
        "nothing at all, and all is well": http(200),
        "no content": http(204),
        "some JSON": http(200, b'{"status":"ok"}', "application/json"),
        "a JSON list": http(200, b"[]", "application/json"),
        "a JSON null": http(200, b"null", "application/json"),
        "a redirect to a portal": http(302, b"", Location="http://127.0.0.1:9/login"),
        "a redirect to itself": http(307, b"", Location="/v1/exchange"),
        "network authentication required": http(511, _SIGN_IN),
        "a proxy that wants a password": http(407, _SIGN_IN, Proxy_Authenticate="Basic"),
        "bad request": http(400, b"<h1>Bad Request</h1>"),
        "unauthorized": http(401, b"<h1>Unauthorized</h1>", WWW_Authenticate="Basic"),
        "forbidden": http(403, b"<h1>Forbidden</h1>"),
        "not found": http(404, b"<h1>Not Found</h1>"),
        "too large": http(413, b"<h1>Request Entity Too Large</h1>"),
        "too many requests": http(429, b"", Retry_After="7"),
        "too many requests until a date": http(429, b"", Retry_After=formatdate(4_102_444_800, usegmt=True)),
        "a fault": http(500, b"<h1>Internal Server Error</h1>"),
        "a gateway without a station": http(502, b"<h1>Bad Gateway</h1>"),
        "unavailable": http(503, b""),
        "unavailable for a while": http(503, b"", Retry_After="120"),
        "unavailable for no sensible while": http(503, b"", Retry_After="soon"),
        "a gateway that waited": http(504, b""),
        "no HTTP": b"220 mail.example ESMTP\r\n\r\n",
        "a bomb": http(200, bomb(), "application/json", Content_Encoding="gzip"),
        "packed, and is not": http(200, b"no gzip", "application/json", Content_Encoding="gzip"),
    }
