"""Forms: read with a bound, and taken only from a page that this station gave to this very browser."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.requests import ClientDisconnect

from station.console.refusals import NotShown

TOKEN_FIELD = "token"  # noqa: S105 - a field's name
# A name, a password, an address to go back to and a token.
_FORM_BYTES_MAX = 4_096
_FIELDS_MAX = 16
# `none`: typed or reloaded by the person, not sent by any page.
_OWN_SITES = {"same-origin", "none"}


def token_for(secret: str) -> str:
    """The token of a browser's forms. Only that browser and the station know its secret, and no script can read it."""
    return hmac.digest(secret.encode(), b"form", sha256).hex()


def is_from_here(headers: Mapping[str, str], scheme: str) -> bool:
    """Whether a request comes from one of this station's own pages, as far as the browser says."""
    if headers.get("sec-fetch-site", "none") not in _OWN_SITES:
        return False
    origin = headers.get("origin")
    return origin is None or origin == f"{scheme}://{headers.get('host', '')}"


async def read_form(
    request: Request, secret: str, bytes_max: int = _FORM_BYTES_MAX, fields_max: int = _FIELDS_MAX
) -> dict[str, str]:
    """The fields of a form with the right token. Raises NotShown."""
    body = await read_body(request, bytes_max)
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=fields_max))
    except ValueError:
        fields = {"": "\0"}
    return checked(fields, secret)


async def read_body(request: Request, bytes_max: int) -> bytes:
    """What a form sent, no longer than allowed. Raises NotShown."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > bytes_max:
                raise NotShown(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is more than a form holds.")
    except ClientDisconnect:  # whoever closes a page in the middle of sending is no fault of the station
        raise NotShown(HTTPStatus.BAD_REQUEST, "That form was cut short on the way. Send it again.") from None
    return bytes(body)


def checked(fields: dict[str, str], secret: str) -> dict[str, str]:
    """The same fields, if they can be read and their token is this browser's. Raises NotShown."""
    if any("\0" in value for value in fields.values()):  # which not every database takes in a question
        raise NotShown(HTTPStatus.BAD_REQUEST, "That form cannot be read.")
    if not secret or not hmac.compare_digest(fields.get(TOKEN_FIELD, "").encode(), token_for(secret).encode()):
        raise NotShown(
            HTTPStatus.FORBIDDEN,
            "That form is too old, or this browser keeps no cookies for the station. Open the page again.",
        )
    return fields
