"""The device's door, without HTTP: bodies and headers in, receipts out, or a refusal with its reason."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import BoundedSemaphore

from sqlalchemy.orm import Session

from station.admission import Signed, admitted, check
from station.authority import AuthorityDamaged
from station.callers import leave
from station.database import CANNOT_NOW, Database
from station.device_keys import rotate
from station.devices import enrol, the_station
from station.happenings import Happening, Outcome, note
from station.intake import judge_all, take_in
from station.record_rows import Coming
from station.references import freshen
from station.refusal import Refused
from station.sparing import Sparing
from station.writer import Writer
from sync.canonical import MalformedJson, read_json
from sync.enrolment import Enrolled, Enrolment, enrolment_from_json
from sync.limits import INFLATED_BYTES_MAX
from sync.packing import NotPacked, Packing, TooLarge, unpack
from sync.problem import Trouble
from sync.reference import Reference
from sync.rotation import ROTATE_PATH, Rotated, rotation_from_json
from sync.wire import BadEnvelope, Batch, Receipt, batch_from_json

# Batches looked into at once: more would only take turns at the interpreter, and keep the writer waiting for its own.
_AT_ONCE_MAX = 2
_LOG = logging.getLogger("station755")
_KEPT = "Everything stays on the device: try again later."


class Desk:
    """Where devices hand in. Each call is one transaction, committed before the answer is given.

    `pins` are those of the station's own authority, handed out with each receipt.
    """

    def __init__(
        self,
        database: Database,
        reference: Reference,
        now: Callable[[], datetime],
        pins: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._database = database
        self._reference = reference
        self._now = now
        self._pins = pins
        self._writer = Writer(database)
        self._strangers = Sparing(now)
        self._few = BoundedSemaphore(_AT_ONCE_MAX)

    def exchange(self, signed: Signed, encoding: str) -> Receipt:
        """Take a signed batch in. Raises Refused."""
        now = self._now()
        try:
            with self._few:
                with self._database.reading() as session:
                    signer = check(session, signed, now)
                    freshen(session, self._reference)
                batch = _batch(signed, encoding)
                judged = judge_all(Coming(signer.device, batch, now, self._reference))
            pins = self._pins_now()
            receipt = self._writer.write(
                lambda session: take_in(session, admitted(session, signer), batch, now, self._reference, judged=judged)
            )
        except CANNOT_NOW as problem:
            raise Refused(Trouble.CANNOT_STORE, f"The station cannot store anything right now. {_KEPT}") from problem
        return replace(receipt, pins=pins)

    def _pins_now(self) -> tuple[str, ...]:
        """The pins, before anything is stored that could not be answered. Raises Refused.

        Not none instead: whoever was heard counts as told of the next authority (rotate-authority).
        """
        try:
            return self._pins()
        except (OSError, AuthorityDamaged) as problem:
            _LOG.error(
                "Nothing is taken in: the station's authority cannot be read, whose pins each receipt has: %s", problem
            )
            raise Refused(Trouble.CANNOT_STORE, f"The station cannot answer right now. {_KEPT}") from problem

    def enrol(self, body: bytes) -> Enrolled:
        """Enrol a device. Raises Refused."""
        try:
            asked = enrolment_from_json(_decoded(body))
        except BadEnvelope as problem:
            raise Refused(Trouble.MALFORMED, str(problem)) from None
        try:
            with self._database.writing() as session:
                answer = enrol(session, asked, self._now(), self._reference.at(self._now()).station)
                self._note_enrolment(session, asked, answer)
        except CANNOT_NOW as problem:
            raise Refused(Trouble.CANNOT_STORE, f"The station cannot store anything right now. {_KEPT}") from problem
        if isinstance(answer, Refused):
            raise answer
        return answer

    def _note_enrolment(self, session: Session, asked: Enrolment, answer: Enrolled | Refused) -> None:
        who = f"device:{asked.device}"
        if isinstance(answer, Enrolled):
            note(session, Happening.ENROLLED, who, answer.name)
        elif self._strangers.may():
            note(session, Happening.ENROLLED, who, details=answer.problem.trouble.value, outcome=Outcome.REFUSED)

    def rotate(self, signed: Signed, encoding: str) -> Rotated:
        """Note a device's next key. Raises Refused."""
        now = self._now()
        try:
            with self._database.writing() as session:
                device = admitted(session, check(session, signed, now, ROTATE_PATH))
                asked = rotation_from_json(_decoded(unpacked(signed.body, encoding)))
                answer = rotate(device, asked, now)
                leave(session, device)
        except BadEnvelope as problem:
            raise Refused(Trouble.MALFORMED, str(problem)) from None
        except CANNOT_NOW as problem:
            raise Refused(Trouble.CANNOT_STORE, f"The station cannot store anything right now. {_KEPT}") from problem
        return answer

    def look(self) -> None:
        """See whether the database answers. Raises Refused."""
        try:
            with self._database.reading() as session:
                the_station(session)
        except CANNOT_NOW as problem:
            raise Refused(Trouble.CANNOT_STORE, f"The station cannot read its database. {_KEPT}") from problem


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed, never more than INFLATED_BYTES_MAX. Raises Refused."""
    name = encoding or Packing.NONE
    if name not in set(Packing):
        known = ", ".join(Packing)
        raise Refused(Trouble.WRONG_TYPE, f"The content encoding {name[:40]!r} is not known here. Use one of: {known}.")
    try:
        return unpack(body, Packing(name), INFLATED_BYTES_MAX)
    except NotPacked as problem:
        raise Refused(Trouble.MALFORMED, f"The body {problem}.") from None
    except TooLarge:
        raise Refused(
            Trouble.TOO_LARGE, f"The body has more than {INFLATED_BYTES_MAX} bytes when unpacked. Send smaller batches."
        ) from None


def _batch(signed: Signed, encoding: str) -> Batch:
    try:
        return batch_from_json(_decoded(unpacked(signed.body, encoding)), signed.device, signed.batch)
    except BadEnvelope as problem:
        raise Refused(Trouble.MALFORMED, str(problem)) from None


def _decoded(body: bytes) -> object:
    try:
        found: object = read_json(body)
    except MalformedJson as problem:
        raise Refused(Trouble.MALFORMED, f"The body is not JSON: {problem}.") from None
    return found
