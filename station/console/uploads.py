"""A form with a file in it (multipart/form-data), read whole and bounded, with the standard library's own parser."""

from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from station.console.forms import checked, read_body
from station.console.refusals import NotShown

# The parts' own headers and the token, beside the file.
_ENVELOPE_BYTES_MAX = 8_192
_KIND = "multipart/form-data"


async def read_upload(request: Request, secret: str, bytes_max: int) -> bytes:
    """The file of a form with the right token; empty if none was chosen. `bytes_max`: its length. Raises NotShown."""
    return (await read_upload_form(request, secret, bytes_max))[1]


async def read_upload_form(request: Request, secret: str, bytes_max: int) -> tuple[dict[str, str], bytes]:
    """The fields of such a form, and its file. Raises NotShown."""
    body = await read_body(request, bytes_max + _ENVELOPE_BYTES_MAX)
    # A thread's work: a large file takes long enough to keep devices waiting.
    fields, file = await run_in_threadpool(_parts, request.headers.get("content-type", ""), body)
    return checked(fields, secret), file


def _parts(kind: str, body: bytes) -> tuple[dict[str, str], bytes]:
    fields: dict[str, str] = {}
    file = b""
    if kind.lower().startswith(_KIND):
        head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            if not isinstance(content, bytes):
                raise NotShown(HTTPStatus.BAD_REQUEST, "That form cannot be read.")
            if part.get_filename() is None:
                fields[str(name)] = content.decode("utf-8", "replace")
            else:
                file = content
    return fields, file
