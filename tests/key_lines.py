"""A line to a real desk for requests of a new device key, without HTTP."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from station.admission import Signed
from station.desk import Desk
from station.refusal import Refused
from sync.enrolment import Enrolment, enrolled_to_json, enrolment_to_json
from sync.outcome import Answer
from sync.problem import problem_to_json
from sync.rotation import ROTATE_PATH, Rotation, rotated_to_json, rotation_to_json
from sync.signing import exchange_message, sign


def no_harm() -> None:
    """A line on which nothing is lost."""


@dataclass
class KeyLine:
    """A line to a real desk for enrolments, and requests of a new key signed with one key; it may lose what goes or comes."""

    desk: Desk
    private_key: str
    before: Callable[[], None] = no_harm
    after: Callable[[], None] = no_harm
    path: str = ROTATE_PATH
    changes: dict[str, str] = field(default_factory=dict)

    def rotate_key(self, rotation: Rotation, request: str, challenge: str) -> Answer:
        """Carry a request there and its answer back."""
        self.before()
        body = json.dumps(rotation_to_json(rotation) | self.changes).encode()
        said = {"device": rotation.device, "batch": request, "challenge": challenge}
        signature = sign(self.private_key, exchange_message(**said, path=self.path, body=body))
        try:
            found = rotated_to_json(self.desk.rotate(Signed(**said, signature=signature, body=body), ""))
            answer = Answer(200, {}, json.dumps(found).encode())
        except Refused as refusal:
            answer = Answer(refusal.problem.status, {}, json.dumps(problem_to_json(refusal.problem)).encode())
        self.after()
        return answer

    def enrol(self, enrolment: Enrolment) -> Answer:
        """Carry an enrolment there and its answer back."""
        try:
            found = enrolled_to_json(self.desk.enrol(json.dumps(enrolment_to_json(enrolment)).encode()))
            return Answer(200, {}, json.dumps(found).encode())
        except Refused as refusal:
            return Answer(refusal.problem.status, {}, json.dumps(problem_to_json(refusal.problem)).encode())
