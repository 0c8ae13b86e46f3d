"""A refusal over HTTP as RFC 9457 has it (`application/problem+json`): a name for programs, sentences for people."""

import re
from dataclasses import dataclass
from enum import StrEnum

from sync.canonical import JsonObject
from sync.fields import HEADER_PATTERN

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:contact755:problem:"


class Trouble(StrEnum):
    """What can be wrong with a request, or with the station."""

    MALFORMED = "malformed"
    WRONG_TYPE = "wrong-content-type"
    TOO_LARGE = "too-large"
    NOT_FOUND = "not-found"
    WRONG_METHOD = "wrong-method"
    CODE_REFUSED = "code-refused"
    DEVICE_UNKNOWN = "device-unknown"
    DEVICE_REVOKED = "device-revoked"
    SIGNATURE_BAD = "signature-bad"
    CHALLENGE_STALE = "challenge-stale"
    CANNOT_STORE = "cannot-store"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal. `detail` is a sentence that says what to do; `challenge` comes only with a stale one."""

    trouble: Trouble
    status: int
    detail: str
    challenge: str | None = None


def problem_to_json(problem: Problem) -> JsonObject:
    """The body of a refusal."""
    written: JsonObject = {
        "type": PREFIX + problem.trouble,
        "title": problem.trouble.replace("-", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
    }
    return written if problem.challenge is None else {**written, "challenge": problem.challenge}


def problem_from_json(found: object) -> Problem | None:
    """The refusal in a decoded body, or None if this is not one of the station's."""
    if not isinstance(found, dict) or not str(found.get("type")).startswith(PREFIX):
        return None
    name = str(found["type"]).removeprefix(PREFIX)
    detail, challenge, status = (
        found.get("detail"),
        found.get("challenge"),
        found.get("status"),
    )
    return Problem(
        trouble=Trouble(name) if name in set(Trouble) else Trouble.FAULT,
        status=status if isinstance(status, int) else 0,
        detail=detail if isinstance(detail, str) else "The station gave no reason.",
        challenge=challenge if isinstance(challenge, str) and re.fullmatch(HEADER_PATTERN, challenge) else None,
    )
