"""How an exchange can end, and what the station's answer means: decided from the answer alone, without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from sync.canonical import MalformedJson, read_json
from sync.problem import Problem, Trouble, problem_from_json
from sync.wire import BadEnvelope, Batch, Receipt, receipt_from_json


class Outcome(StrEnum):
    """How an exchange ended. Only RECEIVED settles anything; after all others every record is still ready to send."""

    RECEIVED = "received"
    NOTHING_TO_SEND = "nothing-to-send"
    NOT_REACHABLE = "not-reachable"
    NOT_THE_STATION = "not-the-station"
    TRY_LATER = "try-later"
    CHALLENGE_STALE = "challenge-stale"
    REFUSED = "refused"
    BATCH_REFUSED = "batch-refused"


# Those after which waiting helps: the others need a person, or have nothing left to do.
WAITING_HELPS = frozenset({Outcome.NOT_REACHABLE, Outcome.NOT_THE_STATION, Outcome.TRY_LATER})

_BY_TROUBLE: Mapping[Trouble, Outcome] = {
    Trouble.CHALLENGE_STALE: Outcome.CHALLENGE_STALE,
    Trouble.DEVICE_UNKNOWN: Outcome.REFUSED,
    Trouble.DEVICE_REVOKED: Outcome.REFUSED,
    Trouble.SIGNATURE_BAD: Outcome.REFUSED,
    Trouble.CODE_REFUSED: Outcome.REFUSED,
    Trouble.MALFORMED: Outcome.BATCH_REFUSED,
    Trouble.WRONG_TYPE: Outcome.BATCH_REFUSED,
    Trouble.TOO_LARGE: Outcome.BATCH_REFUSED,
    Trouble.NOT_FOUND: Outcome.NOT_THE_STATION,
    Trouble.WRONG_METHOD: Outcome.NOT_THE_STATION,
    Trouble.CANNOT_STORE: Outcome.TRY_LATER,
    Trouble.FAULT: Outcome.TRY_LATER,
}
_TRY_LATER_STATUSES = frozenset({429, 500, 502, 503, 504})
# Retry-After also has a date form; reading it against the station's own clock is left to the exchange's final form.
_RETRY_AFTER_DIGITS_MAX = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP, with lower-case header names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Ending:
    """How one exchange ended: a sentence for the deputy, and what came with it."""

    outcome: Outcome
    sentence: str
    receipt: Receipt | None = None
    challenge: str | None = None
    retry_after_seconds: float = 0


def ending_of(answer: Answer, batch: Batch) -> Ending:
    """What an answer to this batch means."""
    found = _decoded(answer)
    if answer.status == HTTPStatus.OK:
        return _receipt(found, answer, batch)
    problem = problem_from_json(found)
    if problem is not None:
        return _refusal(problem, answer)
    if answer.status in _TRY_LATER_STATUSES:
        sentence = f"The station cannot take anything right now (HTTP {answer.status})."
        return Ending(Outcome.TRY_LATER, sentence, retry_after_seconds=_retry_after(answer))
    return Ending(Outcome.NOT_THE_STATION, _not_the_station(answer))


def _receipt(found: object, answer: Answer, batch: Batch) -> Ending:
    try:
        receipt = receipt_from_json(found, batch)
    except BadEnvelope as fault:
        return Ending(Outcome.NOT_THE_STATION, f"{_not_the_station(answer)} {fault}")
    return Ending(Outcome.RECEIVED, "Received.", receipt=receipt, challenge=receipt.challenge)


def _refusal(problem: Problem, answer: Answer) -> Ending:
    return Ending(
        _BY_TROUBLE[problem.trouble],
        problem.detail,
        challenge=problem.challenge,
        retry_after_seconds=_retry_after(answer),
    )


def _decoded(answer: Answer) -> object:
    try:
        return read_json(answer.body)
    except MalformedJson:
        return None


def _retry_after(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() and text.isascii() and len(text) <= _RETRY_AFTER_DIGITS_MAX else 0


def _not_the_station(answer: Answer) -> str:
    return (
        f"Something other than the station answered (HTTP {answer.status}): "
        "perhaps a network's sign-in page. Sign in to the network, or try another one."
    )
