"""Enrolling the device at a station, once, with a code that the station gave out."""

import ssl
from collections.abc import Callable
from typing import Protocol

from field_app.device import Device, EnrolledAt
from field_app.refusals import BadInput
from sync.address import station_address
from sync.canonical import MalformedJson, read_json
from sync.enrolment import Enrolled, Enrolment, enrolled_from_json, tidy_code
from sync.exchange import NotReachable
from sync.outcome import Answer
from sync.problem import Trouble, problem_from_json
from sync.signing import enrolment_message, public_key_of, sign
from sync.wire import BadEnvelope


class EnrolmentRefused(Exception):
    """The station, or whatever answered, did not enrol the device; the text is a sentence."""


class EnrolmentDesk(Protocol):
    """The station's side of enrolment."""

    def enrol(self, enrolment: Enrolment) -> Answer:
        """Post an enrolment and give whatever answered. Raises NotReachable."""


def enrol(
    device: Device,
    typed_address: str,
    typed_code: str,
    authority: str | None,
    connect: Callable[[EnrolledAt], EnrolmentDesk],
) -> EnrolledAt:
    """Enrol this device. A lost answer does no harm: the same device may use its code again.

    Raises BadInput, NotReachable, EnrolmentRefused, StoreFault.
    """
    try:
        address, code = station_address(typed_address), tidy_code(typed_code)
        if authority is not None:
            ssl.create_default_context(cadata=authority)
    except ssl.SSLError:
        raise BadInput("The authority's file holds no certificate (PEM). Ask the station for it.") from None
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    identity = device.identity()
    public_key = public_key_of(identity.private_key)
    message = enrolment_message(device=identity.device, code=code, public_key=public_key)
    enrolment = Enrolment(code, identity.device, public_key, sign(identity.private_key, message))
    device.keep_challenge(
        device.challenge()
    )  # a store that cannot be written must be found out before the code is used
    asked = EnrolledAt(address, station="", name="", authority=authority)
    answer = _enrolled(connect(asked).enrol(enrolment), identity.device)
    station = EnrolledAt(address, answer.station, answer.name, authority, answer.recovery_key)
    device.enrol_at(station, answer.challenge)
    return station


def _enrolled(answer: Answer, device: str) -> Enrolled:
    found = _decoded(answer)
    problem = problem_from_json(found)
    if problem is not None and problem.trouble is not Trouble.CANNOT_STORE:
        raise EnrolmentRefused(problem.detail)
    try:
        enrolled = enrolled_from_json(found)
    except BadEnvelope:
        enrolled = None
    if enrolled is None or enrolled.device != device:
        raise NotReachable(
            f"No station answered at that address (HTTP {answer.status}). Check the address and the network, try again."
        )
    return enrolled


def _decoded(answer: Answer) -> object:
    try:
        found: object = read_json(answer.body)
    except MalformedJson:
        found = None
    return found
