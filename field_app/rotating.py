"""Giving the device another signing key, without a moment in which the station would not know it.

The new key is on the disk before it is announced, and takes the old one's place only when the station has noted it.
The old one is kept: a station that was restored from a backup of the day before knows no other.
"""

from collections.abc import Callable
from typing import Protocol

from field_app.device import Device
from field_app.enrolling import EnrolmentRefused
from sync.canonical import MalformedJson, read_json
from sync.exchange import NotReachable
from sync.outcome import Answer
from sync.problem import Problem, Trouble, problem_from_json
from sync.rotation import Rotated, Rotation, rotated_from_json, rotation_to
from sync.signing import public_key_of
from sync.wire import BadEnvelope


class RotationDesk(Protocol):
    """The station's side of a new key; what is sent is signed with the key of `connect`."""

    def rotate_key(self, rotation: Rotation, request: str, challenge: str) -> Answer:
        """Post a request for a new key and give whatever answered. Raises NotReachable."""


Connect = Callable[[str], RotationDesk]


def rotate(device: Device, connect: Connect, new_id: Callable[[], str]) -> None:
    """Announce a new key, then use it. After any fault: again, for the same new key.

    `connect` gives the desk for requests signed with a private key. Raises NotReachable, EnrolmentRefused, StoreFault.
    """
    next_key = device.next_key()
    rotated = _announce(device, next_key, connect(device.private_key()), new_id)
    device.take_next_key(next_key)
    device.keep_challenge(rotated.challenge)


def announce_again(device: Device, connect: Connect, new_id: Callable[[], str]) -> bool:
    """Make the key that the device uses known to a station that knows only the one before; whether it does now."""
    previous = device.previous_key()
    if previous is None:
        return False
    try:
        rotated = _announce(device, device.private_key(), connect(previous), new_id)
    except (NotReachable, EnrolmentRefused):
        return False
    device.keep_challenge(rotated.challenge)
    return True


def _announce(device: Device, private_key: str, desk: RotationDesk, new_id: Callable[[], str]) -> Rotated:
    named = device.identity().device
    rotation = rotation_to(named, private_key, public_key_of(private_key))
    answer = desk.rotate_key(rotation, new_id(), device.challenge())
    problem = _problem(answer)
    if problem is not None and problem.trouble is Trouble.CHALLENGE_STALE and problem.challenge is not None:
        answer = desk.rotate_key(rotation, new_id(), problem.challenge)
        problem = _problem(answer)
    if problem is not None and problem.trouble not in {Trouble.CANNOT_STORE, Trouble.FAULT, Trouble.NOT_FOUND}:
        raise EnrolmentRefused(problem.detail)
    try:
        rotated = rotated_from_json(_decoded(answer))
    except BadEnvelope:
        rotated = None
    if rotated is None or (rotated.device, rotated.public_key) != (named, rotation.public_key):
        detail = f"The station did not take the new key (HTTP {answer.status})" if problem is None else problem.detail
        raise NotReachable(f"{detail.rstrip('.')}. The device goes on with the key that it has; try again later.")
    return rotated


def _problem(answer: Answer) -> Problem | None:
    return problem_from_json(_decoded(answer))


def _decoded(answer: Answer) -> object:
    try:
        found: object = read_json(answer.body)
    except MalformedJson:
        found = None
    return found
