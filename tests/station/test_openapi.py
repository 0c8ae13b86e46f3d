"""The station keeps to its own description, whatever is sent: schemathesis against the application on a real socket."""

import json
import os
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import requests
import schemathesis
from doubles import FixedClock
from fastapi.routing import APIRoute
from handset import Handset, enrolled_handset, served
from hypothesis import HealthCheck, settings
from requests.auth import AuthBase
from schemathesis.config import SchemathesisConfig

from station.api import device_routes
from station.authority import Authority
from station.database import open_database
from station.desk import Desk
from station.openapi import _ENCODING, OPENAPI_PATH, document
from sync.packing import Packing, pack
from sync.problem import Problem, Trouble, problem_to_json
from sync.reference import Reference
from sync.signing import BATCH_HEADER, CHALLENGE_HEADER, DEVICE_HEADER, SIGNATURE_HEADER
from sync.wire import WIRE_VERSION

GOLDEN = Path(__file__).parent.parent / "golden"
BODIES = {
    "batch.json": "Batch",
    "receipt.json": "Receipt",
    "problem.json": "Problem",
    "enrolment.json": "Enrolment",
    "enrolled.json": "Enrolled",
    "receipt-with-pins.json": "Receipt",
    "rotation.json": "Rotation",
    "rotated.json": "Rotated",
}
# By address; `make proof` asks for more.
EXAMPLES = 1_000 if os.environ.get("CONTACT755_PROOF") == "long" else 40
# What a schema cannot say makes a body that fits it still a bad request: that columns have as many values as records have
# the field, that February has no day 31.
CHECKS = {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403"]}}


def golden(name: str) -> Any:  # noqa: ANN401 - JSON
    """A golden body."""
    return json.loads((GOLDEN / name).read_text("utf-8"))


def described() -> dict[str, Any]:
    """The description, with a whole batch to begin from: nothing made up has columns that fit each other."""
    found = deepcopy(document())
    found["components"]["schemas"]["Batch"]["examples"] = [golden("batch.json")]
    return found


def schema_of(name: str) -> jsonschema_rs.Validator:
    """The schema of one body."""
    found = document()
    return jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": found["components"]})


SCHEMA = schemathesis.openapi.from_dict(described(), config=SchemathesisConfig.from_dict({"checks": CHECKS}))


class SignedBy(AuthBase):
    """Signs what has the shape of a signed request as an enrolled device would, so that its body is read at all."""

    def __init__(self, handset: Handset) -> None:
        self._handset = handset

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Pack the body as the request says, and put a good signature in place of a made-up one."""
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        said = {name: _text(request.headers.get(name, "")) for name in (BATCH_HEADER, CHALLENGE_HEADER)}
        packing = _text(request.headers.get("Content-Encoding", "")).strip().lower()
        if packing in set(Packing):
            request.body = body = pack(body, Packing(packing))
        if self._is_well_formed(request):
            signed = self._handset.signed(body, said[BATCH_HEADER])
            request.headers[DEVICE_HEADER] = signed.device
            request.headers[CHALLENGE_HEADER] = signed.challenge
            request.headers[SIGNATURE_HEADER] = signed.signature
        return request

    def _is_well_formed(self, request: requests.PreparedRequest) -> bool:
        shapes = {DEVICE_HEADER: "[0-9a-f-]{36}", CHALLENGE_HEADER: "[!-~]{1,200}", SIGNATURE_HEADER: "[0-9a-f]{128}"}
        return all(re.fullmatch(shape, _text(request.headers.get(name, ""))) for name, shape in shapes.items())


def _text(header: str | bytes) -> str:
    return header.decode("latin-1") if isinstance(header, bytes) else header


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, reference: Reference) -> Iterator[tuple[str, requests.Session]]:
    """A station that serves, and the line of a device that is enrolled there."""
    clock = FixedClock()
    database = open_database(tmp_path_factory.mktemp("described"))
    handset = enrolled_handset(database, Desk(database, reference, clock.now), clock)
    authority = Authority(tmp_path_factory.mktemp("authority"))
    authority.make(reference.station, clock.now())
    with served(database, reference, clock, authority) as address, requests.Session() as session:
        session.trust_env = False
        session.auth = SignedBy(handset)
        yield address, session
    database.close()


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_station_keeps_to_its_description(case: schemathesis.Case[Any], line: tuple[str, requests.Session]) -> None:
    address, session = line
    case.call_and_validate(base_url=address, session=session)


@pytest.mark.parametrize("name", BODIES)
def test_the_golden_bodies_fit_the_description(name: str) -> None:
    schema = schema_of(BODIES[name])
    assert [each.message for each in schema.iter_errors(golden(name))] == []
    assert [each.message for each in schema.iter_errors(golden(name) | {"of a newer version": [1]})] == []
    assert not schema.is_valid({})
    assert not schema.is_valid([])


@pytest.mark.parametrize("trouble", Trouble)
def test_every_refusal_fits_the_description(trouble: Trouble) -> None:
    assert schema_of("Problem").is_valid(problem_to_json(Problem(trouble, 400, "A sentence.")))


def test_the_description_names_the_packings_in_capitals_or_not() -> None:
    pattern = _ENCODING["schema"]["pattern"]
    assert all(re.search(pattern, name) for name in (*Packing, "GZIP", " Identity", ""))
    assert not any(re.search(pattern, name) for name in ("br", "gzip, gzip", "contact755-2"))


def test_every_address_is_described_and_no_other(desk: Desk) -> None:
    routes = {
        (route.path, method.lower())
        for route in device_routes(desk).routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    told = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert routes - {(OPENAPI_PATH, "get")} == told


def test_the_description_is_served(line: tuple[str, requests.Session]) -> None:
    address, session = line
    answer = session.get(address + OPENAPI_PATH, timeout=30)
    assert answer.status_code == 200
    assert answer.json() == document()
    assert answer.json()["info"]["version"] == str(WIRE_VERSION)
