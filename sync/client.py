"""The one file that speaks HTTP for a device. It posts and gives back what answered; it decides nothing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from queue import Empty, Queue
from threading import Thread
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from sync import __version__
from sync.canonical import JsonObject
from sync.certificates import pinned_in
from sync.enrolment import Enrolment, enrolment_to_json
from sync.exchange import NotReachable
from sync.limits import ANSWER_BYTES_MAX
from sync.outcome import Answer
from sync.packing import Packing, pack
from sync.rotation import ROTATE_PATH, Rotation, rotation_to_json
from sync.signing import (
    BATCH_HEADER,
    CHALLENGE_HEADER,
    DEVICE_HEADER,
    SIGNATURE_HEADER,
    exchange_message,
)
from sync.trust import Distrust, Trust, context_for, distrust_of, shown_authority, words_for
from sync.wire import ENROL_PATH, EXCHANGE_PATH, HEALTH_PATH, Batch, batch_to_json

CONNECT_SECONDS_MAX = 10
# A station answers within the time of its commit; the rest is a slow link's.
READ_SECONDS_MAX = 30
# A full batch over the slowest link that is of any use (64 kbit/s) takes half of this.
ANSWER_SECONDS_MAX = 60


_PUBLIC = Trust()


def _unheard(_: str) -> None:
    """Nobody keeps what was learned."""


class StationClient:
    """The station at an address, over one kept-alive connection. `sign` is the device key's signature, in hex.

    `learned` hears of the certificates that the station's own authority has by now, once they were held against the
    pins. An answer that is not whole after `answer_seconds` is none. Raises ValueError for an authority that is none.
    """

    def __init__(
        self,
        address: str,
        sign: Callable[[bytes], str],
        trust: Trust = _PUBLIC,
        answer_seconds: float = ANSWER_SECONDS_MAX,
        learned: Callable[[str], None] = _unheard,
    ) -> None:
        self._address = address
        self._answer_seconds = answer_seconds
        self._sign = sign
        self._session = requests.Session()
        # Else the environment could send a deputy's records through a proxy, or replace the trusted authority.
        self._session.trust_env = False
        if trust != _PUBLIC:
            self._session.mount("https://", _OneAuthority(address, trust, learned))
        # No more than is needed: these bytes go up with every batch.
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": f"contact755/{__version__}", "Accept-Encoding": "gzip"})

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Post one signed batch. Raises NotReachable."""
        body = pack(json.dumps(batch_to_json(batch), ensure_ascii=False, separators=(",", ":")).encode(), packing)
        headers = self._signature(EXCHANGE_PATH, batch.device, batch.batch, challenge, body)
        headers["Content-Encoding"] = packing.value
        return self._post(EXCHANGE_PATH, body, headers)

    def rotate_key(self, rotation: Rotation, request: str, challenge: str) -> Answer:
        """Post a request for a new key, under an id of its own. Raises NotReachable."""
        body = json.dumps(rotation_to_json(rotation)).encode()
        return self._post(ROTATE_PATH, body, self._signature(ROTATE_PATH, rotation.device, request, challenge, body))

    def enrol(self, enrolment: Enrolment) -> Answer:
        """Post an enrolment. Raises NotReachable."""
        written: JsonObject = enrolment_to_json(enrolment)
        return self._post(ENROL_PATH, json.dumps(written).encode(), {})

    def is_there(self) -> bool:
        """Whether the station answers at its address."""
        try:
            answer = self._asked("GET", HEALTH_PATH, None, {})
        except NotReachable:
            return False
        return answer.status == HTTPStatus.OK and b'"version"' in answer.body

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()

    def _signature(self, path: str, device: str, batch: str, challenge: str, body: bytes) -> dict[str, str]:
        message = exchange_message(device=device, batch=batch, challenge=challenge, path=path, body=body)
        return {
            DEVICE_HEADER: device,
            BATCH_HEADER: batch,
            CHALLENGE_HEADER: challenge,
            SIGNATURE_HEADER: self._sign(message),
        }

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return self._asked("POST", path, body, {"Content-Type": "application/json", **headers})

    def _asked(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        # requests limits each read but not their sum, and a drip of single bytes would hold a deputy for hours.
        answers: Queue[Answer | NotReachable] = Queue()
        Thread(target=lambda: answers.put(self._answer(method, path, body, headers)), daemon=True).start()
        try:
            found = answers.get(timeout=self._answer_seconds)
        except Empty:
            found = NotReachable(f"Station at {self._address} not reachable: it did not answer in time.")
        if isinstance(found, NotReachable):
            raise found
        return found

    def _answer(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer | NotReachable:
        try:
            with self._session.request(
                method,
                self._address + path,
                data=body,
                headers=headers,
                timeout=(CONNECT_SECONDS_MAX, READ_SECONDS_MAX),
                allow_redirects=False,  # a redirect is a network's sign-in page, never the station
                stream=True,
            ) as response:
                return Answer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=_bounded(response),
                )
        except (requests.RequestException, OSError, ValueError) as problem:
            return NotReachable(f"{_reason(problem, self._address)}.")


class _OneAuthority(HTTPAdapter):
    """HTTPS that trusts one authority and no other; host names are checked as ever.

    An authority that is known by its pins may have a certificate that is not known here yet: the first one, or the one
    that has followed. It is asked for when a connection was not believed, that is before anything was sent.
    """

    def __init__(self, address: str, trust: Trust, learned: Callable[[str], None]) -> None:
        self._address = address
        if trust.pins:  # a certificate whose pin the station has taken back is trusted no more
            trust = replace(trust, authority=pinned_in(trust.authority or "", trust.pins))
        self._trust = trust
        self._learned = learned
        self._context = context_for(trust)
        super().__init__()

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - requests' signature
        host, _public = super().build_connection_pool_key_attributes(*args, **kwargs)
        return host, {"ssl_context": self._context}

    def cert_verify(self, *_: Any) -> None:  # noqa: ANN401 - requests' signature
        """Leave the context as it is: requests would add the public authorities."""

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - requests' signature
        """Send; if the station's authority has another certificate by now, learn it and send then."""
        try:
            return super().send(*args, **kwargs)
        except requests.exceptions.SSLError as problem:
            if distrust_of(problem) is not Distrust.OTHER_AUTHORITY or not self._learn():
                raise
        return super().send(*args, **kwargs)

    def _learn(self) -> bool:
        """Whether the station shows certificates of its authority that are new here and that the pins name."""
        if not self._trust.pins:
            return False
        found = pinned_in(shown_authority(self._address, CONNECT_SECONDS_MAX), self._trust.pins)
        if found in {"", self._trust.authority}:
            return False
        self._trust = replace(self._trust, authority=found)
        self._context = context_for(self._trust)
        self._learned(found)
        return True


def _bounded(response: requests.Response) -> bytes:
    body = b""
    for piece in response.iter_content(64 * 1024):
        body += piece
        if len(body) > ANSWER_BYTES_MAX:
            return b""  # no receipt is this long, so this is not the station: an empty body says the same
    return body


def _reason(problem: Exception, address: str) -> str:
    distrust = distrust_of(problem)
    if distrust is not None:
        return words_for(distrust, address, datetime.now(UTC))
    is_late = isinstance(problem, requests.Timeout | TimeoutError)
    return f"Station at {address} not reachable: {'it did not answer in time' if is_late else 'no connection'}"
