"""The device's door, without HTTP: bodies and headers in, receipts out, or a refusal with its reason."""

import zlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import OperationalError

from station.database import Database, DatabaseGone
from station.devices import Signed, check, enrol, the_station
from station.intake import take_in
from station.refusal import Refused
from sync.canonical import MalformedJson, read_json
from sync.enrolment import Enrolled, enrolment_from_json
from sync.limits import BODY_BYTES_MAX
from sync.problem import Trouble
from sync.reference import Reference
from sync.wire import BadEnvelope, Batch, Receipt, batch_from_json

# A full batch of the largest records, inflated, is no more than a body may be; twice that is no honest one.
INFLATED_BYTES_MAX = 2 * BODY_BYTES_MAX
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_KEPT = "Everything stays on the device: try again later."


class Desk:
    """Where devices hand in. Each call is one transaction, committed before the answer is given."""

    def __init__(self, database: Database, reference: Reference, now: Callable[[], datetime]) -> None:
        self._database = database
        self._reference = reference
        self._now = now

    def exchange(self, signed: Signed, encoding: str) -> Receipt:
        """Take a signed batch in. Raises Refused."""
        now = self._now()
        try:
            with self._database.writing() as session:
                device = check(session, signed, now)
                batch = _batch(inflated(signed.body, encoding))
                if batch.device != signed.device or batch.batch != signed.batch:
                    raise Refused(Trouble.MALFORMED, "The batch names another device or batch than the request.")
                receipt = take_in(session, device, batch, now, self._reference)
        except (OperationalError, DatabaseGone) as problem:
            raise Refused(Trouble.CANNOT_STORE, f"The station cannot store anything right now. {_KEPT}") from problem
        return receipt

    def enrol(self, body: bytes) -> Enrolled:
        """Enrol a device. Raises Refused."""
        try:
            asked = enrolment_from_json(_decoded(body))
        except BadEnvelope as problem:
            raise Refused(Trouble.MALFORMED, str(problem)) from None
        try:
            with self._database.writing() as session:
                answer = enrol(session, asked, self._now(), self._reference.station)
        except (OperationalError, DatabaseGone) as problem:
            raise Refused(Trouble.CANNOT_STORE, f"The station cannot store anything right now. {_KEPT}") from problem
        if isinstance(answer, Refused):
            raise answer
        return answer

    def look(self) -> None:
        """See whether the database answers. Raises Refused."""
        try:
            with self._database.reading() as session:
                the_station(session)
        except (OperationalError, DatabaseGone) as problem:
            raise Refused(Trouble.CANNOT_STORE, f"The station cannot read its database. {_KEPT}") from problem


def inflated(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed, never more than INFLATED_BYTES_MAX. Raises Refused."""
    if encoding in {"", "identity"}:
        return body
    if encoding != "gzip":
        raise Refused(
            Trouble.WRONG_TYPE, f"The content encoding {encoding[:40]!r} is not known here. Use gzip, or none."
        )
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        found = inflater.decompress(body, INFLATED_BYTES_MAX)
    except zlib.error:
        raise Refused(Trouble.MALFORMED, "The body says that it is gzip, and is not.") from None
    if inflater.unconsumed_tail:
        raise Refused(Trouble.TOO_LARGE, f"The body has more than {INFLATED_BYTES_MAX} bytes when unpacked.")
    if not inflater.eof or inflater.unused_data:
        raise Refused(Trouble.MALFORMED, "The body's gzip is cut short, or something follows it.")
    return found


def _batch(body: bytes) -> Batch:
    try:
        return batch_from_json(_decoded(body))
    except BadEnvelope as problem:
        raise Refused(Trouble.MALFORMED, str(problem)) from None


def _decoded(body: bytes) -> object:
    try:
        found: object = read_json(body)
    except MalformedJson as problem:
        raise Refused(Trouble.MALFORMED, f"The body is not JSON: {problem}.") from None
    return found
