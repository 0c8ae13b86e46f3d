"""Many devices that send at once (bench/intake.py): their batches, signed beforehand, and a process of their own to send.

`python -m bench.fleet` reads what to send on its standard input (pickled), sends, and prints one line of JSON.
"""

import json
import pickle
import random
import resource
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import uuid6

from demo.weeks import CREWS, Crew, details_of
from station.challenges import new_challenge
from station.database import Database
from station.devices import the_station
from station.tables import DeviceRow
from sync.commandline import put
from sync.packing import Packing, pack
from sync.records import Contact, Source, hashed, record_to_json
from sync.reference import Reference
from sync.signing import (
    BATCH_HEADER,
    CHALLENGE_HEADER,
    DEVICE_HEADER,
    SIGNATURE_HEADER,
    exchange_message,
    new_private_key,
    public_key_of,
    sign,
)
from sync.times import whole_milliseconds
from sync.wire import EXCHANGE_PATH, Batch, batch_to_json

BATCH_RECORDS = 60
_READ_BYTES = 65_536


@dataclass
class Sender:
    """One enrolled device, and how far its numbers have come."""

    device: str
    private_key: str
    challenge: str
    epoch: str
    crew: Crew
    sequence: int = 0


@dataclass
class Request:
    """One batch: as it goes over the wire, and as the rows that it becomes."""

    sent: bytes
    batch: Batch


@dataclass
class Line:
    """One keep-alive connection, what it has still to send, and when it last sent."""

    connection: socket.socket
    requests: deque[bytes]
    sent_at: float = 0.0
    answer: bytearray = field(default_factory=bytearray)


def enrol_all(database: Database, count: int) -> list[Sender]:
    """Devices that the station knows, without codes: these take long on purpose."""
    now = datetime.now(UTC)
    made = [(str(uuid6.uuid7()), new_private_key()) for _ in range(count)]
    with database.writing() as session:
        station = the_station(session)
        secret, epoch = station.secret, station.epoch
        for device, key in made:
            row = DeviceRow(
                id=UUID(device), name=device[-8:], public_key=public_key_of(key), enrolled_at=now, sequence_last=0
            )
            session.add(row)
    return [
        Sender(device, key, new_challenge(secret, device, now), epoch, _crew(number))
        for number, (device, key) in enumerate(made)
    ]


def _crew(number: int) -> Crew:
    """A person of each device's own, two devices to a car: as many worksheets as a station of this size has."""
    crew = CREWS[number % len(CREWS)]
    unit = None if crew.unit is None else f"{100 + number // 2}A"
    return replace(crew, person=str(910_000 + number), unit=unit)


def next_batch(sender: Sender, chance: random.Random, reference: Reference) -> Batch:
    """The next contacts of one device, as in the demo, entered in the last hours."""
    crew = sender.crew
    sent_at = whole_milliseconds(datetime.now(UTC))
    boot = str(uuid4())
    records = []
    for place in range(BATCH_RECORDS):
        sender.sequence += 1
        entered_at = sent_at - timedelta(minutes=BATCH_RECORDS - place)
        details = details_of(chance, crew, reference)
        setting = reference.settings[details.setting]
        known = {name: getattr(details, name) for name in ("rd", "tag", "people", "cards", "minutes", "note")}
        records.append(
            Contact(
                id=str(uuid6.uuid7()),
                device=sender.device,
                sequence=sender.sequence,
                person=crew.person,
                entered_at=entered_at,
                monotonic_ms=10_000_000 - 60_000 * (BATCH_RECORDS - place),
                boot=boot,
                claimed_at=entered_at,
                setting=details.setting,
                source=setting.always_source or details.source or Source.OBS,
                role=crew.role,
                watch=crew.watch,
                unit=crew.unit,
                **known,
            )
        )
    found = tuple(hashed(record_to_json(record)) for record in records)
    return Batch(
        str(uuid4()),
        sender.device,
        "0.1.0",
        sent_at,
        10_000_000,
        boot,
        sender.sequence,
        found,
        BATCH_RECORDS,
        sender.epoch,
    )


def request_of(sender: Sender, batch: Batch) -> Request:
    """A batch as the device's own client sends it: columns, packed with the dictionary, signed."""
    body = pack(json.dumps(batch_to_json(batch), separators=(",", ":")).encode(), Packing.DICTIONARY)
    said = {"device": sender.device, "batch": batch.batch, "challenge": sender.challenge}
    head = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Encoding": Packing.DICTIONARY.value,
        "Content-Length": str(len(body)),
        DEVICE_HEADER: sender.device,
        BATCH_HEADER: batch.batch,
        CHALLENGE_HEADER: sender.challenge,
        SIGNATURE_HEADER: sign(sender.private_key, exchange_message(**said, path=EXCHANGE_PATH, body=body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return Request(f"POST {EXCHANGE_PATH} HTTP/1.1\r\n{lines}\r\n".encode() + body, batch)


def send_all(lines: list[Line]) -> dict[str, Any]:
    """Send everything, each connection one batch after the other; raises if a single record is not accepted."""
    took: list[float] = []
    begin, worked = time.perf_counter(), _cpu_seconds()
    with selectors.DefaultSelector() as ready:
        for line in lines:
            ready.register(line.connection, selectors.EVENT_READ, line)
            _send_next(line)
        under_way = len(lines)
        while under_way:
            for key, _ in ready.select():
                line = key.data
                if not _is_answered(line):
                    continue
                took.append(time.perf_counter() - line.sent_at)
                if line.requests:
                    _send_next(line)
                else:
                    ready.unregister(line.connection)
                    under_way -= 1
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "cpu": _cpu_seconds() - worked, "took": took}


def connect(address: tuple[str, int]) -> socket.socket:
    """A connection that sends at once."""
    made = socket.create_connection(address)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _send_next(line: Line) -> None:
    line.answer.clear()
    line.sent_at = time.perf_counter()
    line.connection.sendall(line.requests.popleft())


def _is_answered(line: Line) -> bool:
    piece = line.connection.recv(_READ_BYTES)
    line.answer += piece
    head, end, body = bytes(line.answer).partition(b"\r\n\r\n")
    if not piece or (end and not head.startswith(b"HTTP/1.1 200")):
        raise RuntimeError(f"refused: {bytes(line.answer)[:500]!r}")
    if not end or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
        return False
    if json.loads(body)["verdicts"] != "a" * BATCH_RECORDS:
        raise RuntimeError(f"not all accepted: {body[:500]!r}")
    return True


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Send what is given, and say how long it took."""
    given: list[tuple[tuple[str, int], list[bytes]]] = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    put(json.dumps(send_all([Line(connect(address), deque(requests)) for address, requests in given])) + "\n")


if __name__ == "__main__":
    main()
