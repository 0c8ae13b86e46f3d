"""Enrolling the device at a station, once, with a code that the station gave out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from field_app.device import Device, EnrolledAt
from field_app.refusals import BadInput
from sync.canonical import MalformedJson, read_json
from sync.enrolment import Enrolled, Enrolment, enrolled_from_json, tidy_code
from sync.exchange import NotReachable
from sync.invitation import Invitation, read_invitation
from sync.outcome import Answer
from sync.problem import Trouble, problem_from_json
from sync.signing import enrolment_message, public_key_of, sign
from sync.trust import Trust, context_for
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
    typed_code: str | None,
    authority: str | None,
    connect: Callable[[EnrolledAt, Callable[[str], None]], EnrolmentDesk],
) -> EnrolledAt:
    """Enrol this device. A lost answer does no harm: the same device may use its code again.

    `typed_address` may be a whole invitation (sync/invitation.py), with the code in it. `connect` gives the desk at a
    station, and tells what the station's authority has for certificates.
    Raises BadInput, NotReachable, EnrolmentRefused, StoreFault.
    """
    invitation, code = invitation_typed(typed_address, typed_code, authority)
    identity = device.identity()
    device.keep_challenge(
        device.challenge()
    )  # a store that cannot be written must be found out before the code is used
    learned = [authority]
    asked = EnrolledAt(invitation.address, station="", name="", authority=authority, pins=invitation.pins)
    answer = _enrolled(_answer(connect(asked, learned.append), device, code), identity.device)
    station = replace(
        asked,
        station=answer.station,
        name=answer.name,
        authority=learned[-1],
        recovery_key=answer.recovery_key,
    )
    device.enrol_at(station, answer.challenge)
    return station


def invitation_typed(typed_address: str, typed_code: str | None, authority: str | None) -> tuple[Invitation, str]:
    """What was typed, if a device can enrol with it, and the code. Raises BadInput."""
    try:
        found = read_invitation(typed_address)
        code = tidy_code(typed_code) if typed_code else found.code
        context_for(Trust(authority))
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    if code is None:
        raise BadInput("The code is missing. The station prints it with the address: station755 enrol-code NAME")
    if found.pins and authority is not None:
        raise BadInput("That address names the station's own authority. Leave --authority out.")
    return found, code


def _answer(desk: EnrolmentDesk, device: Device, code: str) -> Answer:
    """What the station answers; one that may know the device by the key before this one only is asked with that as well.

    The device was at another station when it got this key, or the station was restored. The first send announces the key
    (rotating.py). A wrong code is refused in the same words, so it costs such a device two of its tries.
    """
    answer = desk.enrol(_enrolment(device, code, device.private_key()))
    problem, previous = problem_from_json(_decoded(answer)), device.previous_key()
    if previous is None or problem is None or problem.trouble is not Trouble.CODE_REFUSED:
        return answer
    return desk.enrol(_enrolment(device, code, previous))


def _enrolment(device: Device, code: str, private_key: str) -> Enrolment:
    named, public_key = device.identity().device, public_key_of(private_key)
    message = enrolment_message(device=named, code=code, public_key=public_key)
    return Enrolment(code, named, public_key, sign(private_key, message))


def _enrolled(answer: Answer, device: str) -> Enrolled:
    found = _decoded(answer)
    problem = problem_from_json(found)
    if problem is not None:
        waiting_helps = problem.trouble in {Trouble.CANNOT_STORE, Trouble.FAULT}
        raise (NotReachable if waiting_helps else EnrolmentRefused)(problem.detail)
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
