"""A device without an app: it signs and sends whatever a test wants, also what no honest device would."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import uvicorn
from doubles import FixedClock
from examples import DEVICE, WITHDRAWAL, contact_json
from sqlalchemy import event, func, select

from station.admission import Signed
from station.app import bind, create_app
from station.authority import Authority
from station.challenges import new_challenge
from station.csvs import worksheet_csv
from station.database import Database
from station.desk import Desk
from station.devices import make_code, the_station
from station.table_base import Base
from station.tables import DeviceRow, QuarantineRow
from station.worksheets import Line, worksheet_lines
from sync.canonical import JsonObject
from sync.enrolment import Enrolled, Enrolment, enrolment_to_json
from sync.records import hashed, record_to_json
from sync.reference import Reference
from sync.signing import enrolment_message, exchange_message, new_private_key, public_key_of, sign
from sync.times import write_time
from sync.verdicts import Verdict
from sync.wire import EXCHANGE_PATH, Batch, Receipt, batch_to_json

# The date of the example clock, in Norwalk.
ON = date(2026, 11, 22)


@dataclass
class Handset:
    """A key, a clock of its own, and a desk to hand in at."""

    desk: Desk
    clock: FixedClock
    device: str = DEVICE
    private_key: str = field(default_factory=new_private_key)
    challenge: str = ""
    sequence: int = 0

    def enrolment(self, code: str) -> Enrolment:
        """What this device sends to be enrolled."""
        public_key = public_key_of(self.private_key)
        message = enrolment_message(device=self.device, code=code, public_key=public_key)
        return Enrolment(code, self.device, public_key, sign(self.private_key, message))

    def enrol(self, code: str) -> Enrolled:
        """Enrol. Raises Refused."""
        enrolled = self.desk.enrol(as_body(enrolment_to_json(self.enrolment(code))))
        self.challenge = enrolled.challenge
        return enrolled

    def contact(self, **changes: Any) -> JsonObject:  # noqa: ANN401 - any value may be tried
        """The next contact, entered now, under a hash that fits; None takes a value away."""
        return contact_json(**self._stamp() | {"claimed_at": write_time(self.clock.now())} | changes)

    def withdrawal(self, withdraws: str, **changes: Any) -> JsonObject:  # noqa: ANN401 - any value may be tried
        """The next record, a withdrawal."""
        return hashed(record_to_json(WITHDRAWAL) | self._stamp() | {"withdraws": withdraws} | changes)

    def batch(self, *records: Any, **changes: Any) -> Batch:  # noqa: ANN401 - any value may be tried
        """A batch of these records, by the device's clocks as they are now."""
        made = Batch(
            batch=self.clock.new_id(),
            device=self.device,
            app="0.1.0",
            sent_at=self.clock.now(),
            monotonic_ms=self.clock.monotonic_ms(),
            boot=self.clock.boot(),
            sequence_last=self.sequence,
            records=records,
        )
        return replace(made, **changes)

    def signed(self, body: bytes, batch: str, **changes: str) -> Signed:
        """A request with this body, signed; the changes are made before signing."""
        said = {"device": self.device, "batch": batch, "challenge": self.challenge, "path": EXCHANGE_PATH} | changes
        signature = sign(self.private_key, exchange_message(**said, body=body))
        return Signed(said["device"], batch, said["challenge"], signature, body)

    def send(self, batch: Batch) -> Receipt:
        """Hand one batch in. Raises Refused."""
        receipt = self.desk.exchange(self.signed(as_body(batch_to_json(batch)), batch.batch), "")
        self.challenge = receipt.challenge
        return receipt

    def verdicts(self, *records: Any) -> list[Verdict]:  # noqa: ANN401 - any value may be tried
        """Hand these records in as one batch; the verdicts, in order."""
        return [judged.verdict for judged in self.send(self.batch(*records)).verdicts]

    def _stamp(self) -> JsonObject:
        self.sequence += 1
        return {
            "id": self.clock.new_id(),
            "device": self.device,
            "sequence": self.sequence,
            "entered_at": write_time(self.clock.now()),
            "monotonic_ms": self.clock.monotonic_ms(),
            "boot": self.clock.boot(),
        }


@dataclass(frozen=True)
class Sheet:
    """The station's worksheets, as read at the office."""

    database: Database
    reference: Reference

    def lines(self, on: date = ON, watch: str | None = None, person: str | None = None) -> list[Line]:
        """The lines of a date."""
        with self.database.reading() as session:
            return worksheet_lines(session, self.reference, on, watch, person)

    def ids(self, on: date = ON) -> list[str]:
        """The ids on a date, in the order of the sheet."""
        return [line.contact.id for line in self.lines(on)]

    def rows(self, lines: list[Line]) -> list[dict[str, str]]:
        """The CSV's rows, as a spreadsheet reads them."""
        return list(csv.DictReader(io.StringIO(worksheet_csv(lines, self.reference), newline="")))


def hand_in(handset: Handset, *records: JsonObject) -> None:
    """Hand in what must be accepted."""
    for start in range(0, len(records), 200):
        some = records[start : start + 200]
        assert handset.verdicts(*some) == [Verdict.ACCEPTED] * len(some)


@contextmanager
def served(
    database: Database, reference: Reference, clock: FixedClock, authority: Authority | None = None
) -> Iterator[str]:
    """The real application on a free port of this machine; gives its address."""
    listener = bind("127.0.0.1", 0)
    app = create_app(database, reference, clock.now, authority=authority)
    config = uvicorn.Config(app, log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=partial(server.run, sockets=[listener]))
    thread.start()
    try:
        yield "http://{}:{}".format(*listener.getsockname())
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def as_body(found: object) -> bytes:
    """JSON as it travels."""
    return json.dumps(found).encode()


def a_code(database: Database, clock: FixedClock, name: str = "car 42") -> str:
    """A fresh enrolment code."""
    with database.writing() as session:
        return make_code(session, name, clock.now())


def enrolled_handset(database: Database, desk: Desk, clock: FixedClock, device: str = DEVICE) -> Handset:
    """A handset that the station knows as car 42; without a code, whose hash takes long on purpose."""
    handset = Handset(desk, clock, device)
    public_key = public_key_of(handset.private_key)
    with database.writing() as session:
        row = DeviceRow(id=UUID(device), name="car 42", public_key=public_key, enrolled_at=clock.now(), sequence_last=0)
        session.add(row)
        handset.challenge = new_challenge(the_station(session).secret, device, clock.now())
    return handset


def put_aside(database: Database) -> list[tuple[str, str, bytes]]:
    """What is in quarantine: verdict, reason and bytes, in the order of arrival."""
    with database.reading() as session:
        rows = session.scalars(select(QuarantineRow).order_by(QuarantineRow.id))
        return [(row.verdict, row.reason, row.raw) for row in rows]


def row_counts(database: Database) -> dict[str, int]:
    """How many rows each table has, but the audit's: that grows by what changes nothing else, and has tests of its own."""
    with database.reading() as session:
        counted = {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
            if name != "chronicle"
        }
    return {name: count or 0 for name, count in counted.items()}


def wait_less(database: Database) -> None:
    """Let new connections wait a tenth of a second for another writer, for the sake of the test's time."""
    database.close()
    event.listen(database._engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 100"))
