"""Who sends in bench/exchange.py: the floor, our exchange, one packed POST of all records, and one POST for each."""

import gzip
import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import requests

from bench.shifts import Shifts
from field_app.sending import Sending
from sync.canonical import JsonObject
from sync.client import StationClient
from sync.outcome import Outcome
from sync.signing import sign
from sync.trust import Trust

_LENGTH_BYTES = 4
# A link that loses packets holds one up for a minute now and then, no longer.
_SECONDS_MAX = 300
_NOBODY = Trust()
_JSON = {"Content-Type": "application/json"}
_PACKED_JSON = {**_JSON, "Content-Encoding": "gzip"}
Send = Callable[[], object]


def plain_array(records: Sequence[JsonObject]) -> bytes:
    """The records as one would send them without a protocol: a JSON array of what is stored, each with its hash."""
    return json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode()


def packed(plain: bytes) -> bytes:
    """As small as gzip makes it."""
    return gzip.compress(plain, 9, mtime=0)


@dataclass
class Senders:
    """The car's end: where everything is, whom to believe there over TLS, and whose shifts are sent."""

    host: str
    ports: dict[str, int]
    trust: Trust
    shifts: Shifts

    def floor(self, records: list[JsonObject]) -> Send:
        """One connection, the packed array, one byte back."""
        payload = packed(plain_array(records))
        payload = len(payload).to_bytes(_LENGTH_BYTES) + payload

        def send() -> None:
            with socket.create_connection((self.host, self.ports["floor"]), timeout=_SECONDS_MAX) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(payload)
                if connection.recv(1) != b"k":
                    raise OSError("the floor did not answer")

        return send

    def exchange(self, _: list[JsonObject]) -> Send:
        """Ours: from what is ready in the store to the last verdict settled there, over one connection."""
        return self._exchange(f"http://{self.host}:{self.ports['station']}")

    def exchange_over_tls(self, _: list[JsonObject]) -> Send:
        """The same, as devices do it: the connection's handshake comes first."""
        return self._exchange(f"https://{self.host}:{self.ports['tls']}", self.trust)

    def _exchange(self, address: str, trust: Trust = _NOBODY) -> Send:
        private_key = self.shifts.device.identity().private_key

        def send() -> None:
            client = StationClient(
                address,
                lambda message: sign(private_key, message),
                trust,
                answer_seconds=_SECONDS_MAX,
            )
            sent = Sending(self.shifts.store, self.shifts.logbook, self.shifts.clock, client).send()
            client.close()
            if sent.ending.outcome is not Outcome.NOTHING_TO_SEND:
                raise OSError(f"the exchange ended with {sent.ending}")

        return send

    def gzip_post(self, records: list[JsonObject]) -> Send:
        """One POST of all records, packed: the least that a client without a protocol of its own can send."""
        body = packed(plain_array(records))

        def send() -> None:
            with _session() as session:
                self._post(session, body, _PACKED_JSON)

        return send

    def posts(self, records: list[JsonObject]) -> Send:
        """One POST for each record, each over a connection of its own."""
        bodies = [plain_array([record])[1:-1] for record in records]

        def send() -> None:
            for body in bodies:
                with _session() as session:
                    self._post(session, body)

        return send

    def kept_alive_posts(self, records: list[JsonObject]) -> Send:
        """The same, one after the other over one connection."""
        bodies = [plain_array([record])[1:-1] for record in records]

        def send() -> None:
            with _session() as session:
                for body in bodies:
                    self._post(session, body)

        return send

    def _post(self, session: requests.Session, body: bytes, headers: dict[str, str] = _JSON) -> None:
        address = f"http://{self.host}:{self.ports['sink']}/records"
        session.post(address, data=body, headers=headers, timeout=_SECONDS_MAX).raise_for_status()


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session
