"""A form with files in it (multipart/form-data), read whole and bounded, with the standard library's own parser."""

from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from station.console.forms import checked, read_body
from station.console.refusals import NotShown

# The parts' own headers and the token, beside the files.
_ENVELOPE_BYTES_MAX = 8_192
# Of a file's name, where one of several is spoken of.
_NAME_CHARACTERS_MAX = 80
_NAMELESS = "The file"
_KIND = "multipart/form-data"


class Upload(NamedTuple):
    """One file as it was sent; its name is only to be shown."""

    name: str
    content: bytes


async def read_upload(request: Request, secret: str, bytes_max: int) -> bytes:
    """The file of a form with the right token; empty if none was chosen. `bytes_max`: its length. Raises NotShown."""
    return (await read_upload_form(request, secret, bytes_max))[1]


async def read_upload_form(request: Request, secret: str, bytes_max: int) -> tuple[dict[str, str], bytes]:
    """The fields of such a form, and its file. Raises NotShown."""
    fields, files = await _read(request, secret, bytes_max)
    return fields, files[-1].content if files else b""


async def read_uploads(request: Request, secret: str, bytes_max: int) -> list[Upload]:
    """All files of a form in which several can be chosen. `bytes_max`: of all together. Raises NotShown."""
    return (await _read(request, secret, bytes_max))[1]


async def _read(request: Request, secret: str, bytes_max: int) -> tuple[dict[str, str], list[Upload]]:
    body = await read_body(request, bytes_max + _ENVELOPE_BYTES_MAX)
    # A thread's work: a large file takes long enough to keep devices waiting.
    fields, files = await run_in_threadpool(_parts, request.headers.get("content-type", ""), body)
    return checked(fields, secret), files


def _parts(kind: str, body: bytes) -> tuple[dict[str, str], list[Upload]]:
    fields: dict[str, str] = {}
    files: list[Upload] = []
    if kind.lower().startswith(_KIND):
        head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            if not isinstance(content, bytes):
                raise NotShown(HTTPStatus.BAD_REQUEST, "That form cannot be read.")
            if (filename := part.get_filename()) is None:
                fields[str(name)] = content.decode("utf-8", "replace")
            elif content:  # a browser sends an empty one where none was chosen
                files.append(Upload(_shown(filename), content))
    return fields, files


def _shown(filename: str) -> str:
    return "".join(letter for letter in filename if letter.isprintable())[:_NAME_CHARACTERS_MAX] or _NAMELESS
