"""The device's door over HTTP. Bodies are read here, bounded; everything else happens at the desk, on a thread."""

import json
from collections.abc import Callable, Sequence

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from station.admission import Signed
from station.authority import Authority
from station.desk import Desk
from station.openapi import OPENAPI_PATH, document
from station.refusal import Refused
from sync import __version__
from sync.canonical import JsonObject
from sync.enrolment import enrolled_to_json
from sync.limits import BODY_BYTES_MAX
from sync.packing import Packing, pack
from sync.problem import Trouble
from sync.rotation import ROTATE_PATH, rotated_to_json
from sync.signing import BATCH_HEADER, CHALLENGE_HEADER, DEVICE_HEADER, SIGNATURE_HEADER
from sync.trust import AUTHORITY_PATH, PEM_TYPE
from sync.wire import ENROL_PATH, EXCHANGE_PATH, HEALTH_PATH, Judged, receipt_to_json

_JSON = "application/json"
# Below this gzip saves less than one packet's worth of anything.
_PACKED_BYTES_MIN = 600
# A body that is too large is read to its end and dropped, else the sender would see a broken connection instead of the
# reason; one this large is nobody's honest batch and is cut off.
_DRAINED_BYTES_MAX = 16 * BODY_BYTES_MAX
# Exchanges at the desk at once, the others wait in the order in which they came: as many as share a commit with profit.
# With more the interpreter's turns and the writer's go to whoever is quickest, and the last of fifty cars waits double.
EXCHANGES_AT_ONCE_MAX = 8


def device_routes(
    desk: Desk, authority: Authority | None = None, judged: Callable[[Sequence[Judged]], None] | None = None
) -> APIRouter:
    """The routes that devices use. `authority` is the station's own, if its certificate is from that one.

    `judged` is told each batch's verdicts.
    """
    router = APIRouter()
    turns = CapacityLimiter(EXCHANGES_AT_ONCE_MAX)  # first come, first served
    _add_authority(router, authority)

    @router.post(EXCHANGE_PATH)
    async def exchange(request: Request) -> Response:
        """Take a batch in and answer with its receipt, after the commit."""
        signed, encoding = await _signed(request)
        receipt = await to_thread.run_sync(desk.exchange, signed, encoding, limiter=turns)
        if judged is not None:
            judged(receipt.verdicts)
        return _answer(receipt_to_json(receipt), request.headers.get("accept-encoding", ""))

    @router.post(ROTATE_PATH)
    async def rotate_key(request: Request) -> Response:
        """Note a device's next key; both are good until the first request with the next one."""
        signed, encoding = await _signed(request)
        return _answer(rotated_to_json(await run_in_threadpool(desk.rotate, signed, encoding)))

    @router.post(ENROL_PATH)
    async def enrol(request: Request) -> Response:
        """Enrol a device."""
        body = await _body(request)
        return _answer(enrolled_to_json(await run_in_threadpool(desk.enrol, body)))

    @router.get(HEALTH_PATH)
    async def healthz() -> Response:
        """Whether the station can answer and read its database."""
        await run_in_threadpool(desk.look)
        return _answer({"status": "ok", "version": __version__})

    @router.get(OPENAPI_PATH)
    async def description() -> Response:
        """What these addresses take and answer, for programs."""
        return _answer(document())

    return router


def _add_authority(router: APIRouter, authority: Authority | None) -> None:
    """Where a device gets the certificates of the station's own authority, to hold them against its pins."""

    @router.get(AUTHORITY_PATH)
    async def certificates() -> Response:
        """The authority of now, and the one that follows it while there is one."""
        if authority is None:
            raise Refused(Trouble.NOT_FOUND, "This station's certificate is from another authority than its own.")
        return Response(await run_in_threadpool(authority.certificates), media_type=PEM_TYPE)


async def _signed(request: Request) -> tuple[Signed, str]:
    """A signed request, and how its body is packed. Raises Refused."""
    body = await _body(request)
    headers = request.headers
    signed = Signed(
        device=headers.get(DEVICE_HEADER, ""),
        batch=headers.get(BATCH_HEADER, ""),
        challenge=headers.get(CHALLENGE_HEADER, ""),
        signature=headers.get(SIGNATURE_HEADER, ""),
        body=body,
    )
    return signed, headers.get("content-encoding", "").strip().lower()


async def _body(request: Request) -> bytes:
    """The body as sent, kept no further than allowed. Raises Refused."""
    body = bytearray()
    received = 0
    try:
        async for piece in request.stream():
            received += len(piece)
            if received <= BODY_BYTES_MAX:
                body += piece
            if received > _DRAINED_BYTES_MAX:
                break
    except ClientDisconnect:  # a dead zone's daily business, no fault of the station
        raise Refused(Trouble.MALFORMED, "The body was cut short on the way.") from None
    if received > BODY_BYTES_MAX:
        raise Refused(Trouble.TOO_LARGE, f"The body has more than {BODY_BYTES_MAX} bytes. Send smaller batches.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        raise Refused(Trouble.WRONG_TYPE, f"The content type is {kind[:40]!r}. Send {_JSON}.")
    return bytes(body)


def _answer(found: JsonObject, accepted: str = "") -> Response:
    body = json.dumps(found, separators=(",", ":")).encode()
    if len(body) < _PACKED_BYTES_MIN or Packing.GZIP not in accepted.lower():
        return Response(body, media_type=_JSON)
    return Response(pack(body, Packing.GZIP), media_type=_JSON, headers={"Content-Encoding": Packing.GZIP})
