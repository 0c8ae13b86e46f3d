"""The station over HTTP: the real application on a real socket, and every way to be refused there."""

import gzip
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from doubles import FixedClock
from examples import DEVICE, OTHER_ID
from handset import Handset, a_code, as_body, enrolled_handset, row_counts, served
from places import ON_SQLITE_ALONE

from station.admission import Signed
from station.database import Database
from station.desk import Desk
from station.devices import revoke
from station.sqlite import FILE_NAME
from sync.client import StationClient
from sync.columns import columns_of
from sync.limits import BATCH_RECORDS_MAX, BODY_BYTES_MAX, CHALLENGE_SECONDS_MAX, INFLATED_BYTES_MAX
from sync.outcome import Outcome, ending_of
from sync.packing import Packing
from sync.problem import MEDIA_TYPE, Trouble
from sync.reference import Reference
from sync.signing import BATCH_HEADER, CHALLENGE_HEADER, DEVICE_HEADER, SIGNATURE_HEADER, sign
from sync.wire import ENROL_PATH, EXCHANGE_PATH, batch_to_json

Reply = requests.Response


@pytest.fixture
def address(database: Database, reference: Reference, clock: FixedClock) -> Iterator[str]:
    """A station that serves on a free port of this machine."""
    with served(database, reference, clock) as found:
        yield found


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device, with the same time as the station."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def line(address: str, handset: Handset) -> Iterator["HttpLine"]:
    """The device's line to the station."""
    with requests.Session() as session:
        session.trust_env = False
        yield HttpLine(address, handset, session)


@dataclass
class HttpLine:
    """Posts what a device's client would, and what it never would."""

    address: str
    handset: Handset
    session: requests.Session

    def post(self, body: bytes, signed: Signed | None = None, path: str = EXCHANGE_PATH, **headers: str) -> Reply:
        """Post a body, signed or not."""
        said = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if signed is not None:
            said |= {
                DEVICE_HEADER: signed.device,
                BATCH_HEADER: signed.batch,
                CHALLENGE_HEADER: signed.challenge,
                SIGNATURE_HEADER: signed.signature,
            }
        return self.session.post(self.address + path, data=body, headers=said, timeout=10)

    def signed(self, body: bytes, batch: str = OTHER_ID, **headers: str) -> Reply:
        """Post a body with a good signature."""
        return self.post(body, self.handset.signed(body, batch), **headers)

    def batch(self, **changes: Any) -> bytes:  # noqa: ANN401 - any value may be tried
        """The body of a good batch under the id OTHER_ID, with some values changed."""
        batch = self.handset.batch(self.handset.contact(), batch=OTHER_ID)
        return as_body(batch_to_json(batch) | changes)


def is_refused(reply: Reply, status: int, trouble: Trouble) -> str:
    """Checks a problem document; its detail."""
    assert (reply.status_code, reply.headers["Content-Type"]) == (status, MEDIA_TYPE)
    found = reply.json()
    assert (found["type"], found["status"]) == (f"urn:contact755:problem:{trouble}", status)
    assert found["title"]
    detail = str(found["detail"])
    assert detail[0].isupper()
    assert detail.endswith((".", ": contact755 enrol ADDRESS CODE"))  # a command ends as it is typed
    return detail


def is_good(line: HttpLine) -> bool:
    """Whether a good exchange works."""
    reply = line.signed(line.batch())
    return reply.status_code == 200 and reply.json()["verdicts"] == "a"


def test_a_device_enrols_and_exchanges(address: str, desk: Desk, clock: FixedClock, database: Database) -> None:
    handset = Handset(desk, clock)
    client = StationClient(address, lambda message: sign(handset.private_key, message))
    enrolled = json.loads(client.enrol(handset.enrolment(a_code(database, clock, "car 42"))).body)
    assert (enrolled["name"], enrolled["device"]) == ("car 42", DEVICE)
    challenge = enrolled["challenge"]
    for count in (1, BATCH_RECORDS_MAX):
        batch = handset.batch(*(handset.contact() for _ in range(count)))
        ending = ending_of(client.exchange(batch, challenge, Packing.DICTIONARY), batch)
        assert ending.outcome is Outcome.RECEIVED
        assert ending.receipt is not None
        assert {judged.verdict for judged in ending.receipt.verdicts} == {"accepted"}
        challenge = ending.receipt.challenge
    client.close()
    assert row_counts(database)["contacts"] == 1 + BATCH_RECORDS_MAX


FOREIGN = (packer := zlib.compressobj(zdict=b"another")).compress(b"{}") + packer.flush()
BOMB = gzip.compress(bytes(64 * BODY_BYTES_MAX), mtime=0)


def packed(line: HttpLine) -> bytes:
    """A good batch, packed."""
    return gzip.compress(line.batch(), mtime=0)


def unpacked_too_large(line: HttpLine) -> bytes:
    """A batch that is a little too large when it is unpacked."""
    return gzip.compress(line.batch(padding="p" * INFLATED_BYTES_MAX), mtime=0)


MALFORMED, TOO_LARGE, WRONG_TYPE = Trouble.MALFORMED, Trouble.TOO_LARGE, Trouble.WRONG_TYPE
REFUSALS: dict[str, tuple[int, Trouble, Callable[[HttpLine], Reply]]] = {
    "cut JSON": (400, MALFORMED, lambda line: line.signed(line.batch()[:-1])),
    "no JSON": (400, MALFORMED, lambda line: line.signed(b"<html>Sign in</html>")),
    "nothing": (400, MALFORMED, lambda line: line.signed(b"")),
    "not UTF-8": (400, MALFORMED, lambda line: line.signed(b'{"wire": "\xff"}')),
    "a key twice": (400, MALFORMED, lambda line: line.signed(b'{"wire": 1, "wire": 1}')),
    "a list": (400, MALFORMED, lambda line: line.signed(b"[]")),
    "nested without end": (400, MALFORMED, lambda line: line.signed(b"[" * 100_000 + b"]" * 100_000)),
    "nested near Python's limit": (400, MALFORMED, lambda line: line.signed(line.batch(records=columns(nested(900))))),
    "wire version 2": (400, MALFORMED, lambda line: line.signed(line.batch(wire=2))),
    "1,001 records": (400, MALFORMED, lambda line: line.signed(line.batch(records=columns(*[{}] * 1_001)))),
    "records as a list": (400, MALFORMED, lambda line: line.signed(line.batch(records=[{}]))),
    "a repeated note": (
        400,
        MALFORMED,
        lambda line: line.signed(line.batch(records=columns(*[{"n": "x" * 5_000}] * 900))),
    ),
    "records that are none": (400, MALFORMED, lambda line: line.signed(line.batch(records={}))),
    "a batch without an id": (400, MALFORMED, lambda line: line.signed(line.batch(), "batch 7")),
    "packed with another dictionary": (
        400,
        MALFORMED,
        lambda line: line.signed(FOREIGN, Content_Encoding="contact755-1"),
    ),
    "cut gzip": (400, MALFORMED, lambda line: line.signed(packed(line)[:-9], Content_Encoding="gzip")),
    "gzip and more": (400, MALFORMED, lambda line: line.signed(packed(line) + b"more", Content_Encoding="gzip")),
    "gzip twice over": (400, MALFORMED, lambda line: line.signed(packed(line) * 2, Content_Encoding="gzip")),
    "gzip that is none": (400, MALFORMED, lambda line: line.signed(line.batch(), Content_Encoding="gzip")),
    "a bomb": (413, TOO_LARGE, lambda line: line.signed(BOMB, Content_Encoding="gzip")),
    "too large": (413, TOO_LARGE, lambda line: line.signed(unpacked_too_large(line), Content_Encoding="gzip")),
    "5 MB": (413, TOO_LARGE, lambda line: line.signed(b" " * 5_000_000)),
    "5 MB unsigned": (413, TOO_LARGE, lambda line: line.post(b" " * 5_000_000)),
    "5 MB to enrol": (413, TOO_LARGE, lambda line: line.post(b" " * 5_000_000, path=ENROL_PATH)),
    "a form": (415, WRONG_TYPE, lambda line: line.signed(line.batch(), Content_Type="multipart/form-data")),
    "no content type": (415, WRONG_TYPE, lambda line: line.signed(line.batch(), Content_Type="")),
    "another packing": (415, WRONG_TYPE, lambda line: line.signed(line.batch(), Content_Encoding="br")),
    "packed twice": (415, WRONG_TYPE, lambda line: line.signed(line.batch(), Content_Encoding="gzip, gzip")),
    "unsigned": (401, Trouble.DEVICE_UNKNOWN, lambda line: line.post(line.batch())),
    "unknown device": (401, Trouble.DEVICE_UNKNOWN, lambda line: posted(line, device=OTHER_ID)),
    "bad signature": (401, Trouble.SIGNATURE_BAD, lambda line: posted(line, signature="00" * 64)),
    "signature for enrolling": (401, Trouble.SIGNATURE_BAD, lambda line: posted(line, path=ENROL_PATH)),
    "no challenge": (401, Trouble.CHALLENGE_STALE, lambda line: posted(line, challenge="")),
    "unknown code": (403, Trouble.CODE_REFUSED, lambda line: enrolled(line, "K7QM-4T2X")),
    "no code": (403, Trouble.CODE_REFUSED, lambda line: enrolled(line, "car 42")),
    "no enrolment": (400, MALFORMED, lambda line: line.post(b"{}", path=ENROL_PATH)),
    "cut enrolment": (400, MALFORMED, lambda line: line.post(b'{"wire"', path=ENROL_PATH)),
    "nothing there": (404, Trouble.NOT_FOUND, lambda line: line.post(line.batch(), path="/v2/exchange")),
    "reading an exchange": (405, Trouble.WRONG_METHOD, lambda line: asked(line, "GET", EXCHANGE_PATH)),
    "deleting an exchange": (405, Trouble.WRONG_METHOD, lambda line: asked(line, "DELETE", EXCHANGE_PATH)),
    "posting health": (405, Trouble.WRONG_METHOD, lambda line: asked(line, "POST", "/healthz")),
}


def columns(*records: Any) -> object:  # noqa: ANN401 - any value may be tried
    """Records as they travel."""
    return columns_of(records)


def nested(depth: int) -> object:
    """A list in a list in a list."""
    found: object = []
    for _ in range(depth):
        found = [found]
    return found


def posted(line: HttpLine, signature: str | None = None, **changes: str) -> Reply:
    """A good batch, signed with something changed."""
    body = line.batch()
    signed = line.handset.signed(body, OTHER_ID, **changes)
    return line.post(body, signed if signature is None else replace(signed, signature=signature))


def enrolled(line: HttpLine, code: str) -> Reply:
    """An enrolment with a code."""
    asked_for = line.handset.enrolment(code)
    body = {name: getattr(asked_for, name) for name in ("code", "device", "public_key", "signature")}
    return line.post(as_body({"wire": 1} | body), path=ENROL_PATH)


def asked(line: HttpLine, method: str, path: str) -> Reply:
    """A request of another method."""
    return line.session.request(method, line.address + path, timeout=10)


@pytest.mark.parametrize(("status", "trouble", "request_of"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_says_why_stores_nothing_and_harms_nothing(
    status: int, trouble: Trouble, request_of: Callable[[HttpLine], Reply], line: HttpLine, database: Database
) -> None:
    before = row_counts(database)
    is_refused(request_of(line), status, trouble)
    assert row_counts(database) == before
    assert is_good(line)


def test_a_stale_challenge_comes_with_a_fresh_one(line: HttpLine, clock: FixedClock, database: Database) -> None:
    clock.passes(CHALLENGE_SECONDS_MAX + 1)
    reply = line.signed(line.batch())
    is_refused(reply, 401, Trouble.CHALLENGE_STALE)
    assert row_counts(database)["receipts"] == 0
    line.handset.challenge = reply.json()["challenge"]
    assert is_good(line)


def test_a_revoked_device_is_told_that_its_contacts_stay_on_it(line: HttpLine, database: Database) -> None:
    with database.writing() as session:
        revoke(session, "car 42", line.handset.clock.now())
    assert "stay on it" in is_refused(line.signed(line.batch()), 403, Trouble.DEVICE_REVOKED)
    assert row_counts(database)["receipts"] == 0


def test_a_refusal_of_a_method_names_the_right_one(line: HttpLine) -> None:
    assert asked(line, "GET", EXCHANGE_PATH).headers["Allow"] == "POST"


def test_a_body_without_its_length_is_taken_in(line: HttpLine) -> None:
    body = line.batch()
    signed = line.handset.signed(body, OTHER_ID)
    reply = line.post(iter([body[:100], body[100:]]), signed)  # type: ignore[arg-type]  # sent in chunks
    assert reply.status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "Gzip\t", "identity", ""])
def test_a_packing_is_known_by_its_name_in_capitals_or_not(line: HttpLine, encoding: str) -> None:
    body = packed(line) if "gzip" in encoding.lower() else line.batch()
    assert line.signed(body, Content_Encoding=encoding).status_code == 200


def test_a_body_that_breaks_off_on_the_way_is_no_fault_and_stores_nothing(
    line: HttpLine, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = line.address.removeprefix("http://").split(":")
    body = line.batch()
    for _ in range(3):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            head = f"POST {EXCHANGE_PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])
    assert is_good(line)
    assert row_counts(database)["receipts"] == 1
    assert "fault" not in caplog.text


@ON_SQLITE_ALONE  # a file that is damaged while it is used
def test_a_fault_of_the_station_is_a_problem_document_too(
    line: HttpLine, tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Damage that only a restored backup mends: the device keeps everything and tries again."""
    database.close()
    file = tmp_path / "station" / FILE_NAME
    file.write_bytes(b"x" * file.stat().st_size)
    detail = is_refused(line.signed(line.batch()), 500, Trouble.FAULT)
    assert "Everything stays on the device" in detail
    assert "not a database" not in detail  # what happened inside is for the log
    assert f"fault at POST {EXCHANGE_PATH}" in caplog.text


def test_health_is_asked_without_a_signature(line: HttpLine) -> None:
    reply = asked(line, "GET", "/healthz")
    assert (reply.status_code, reply.json()["status"]) == (200, "ok")
