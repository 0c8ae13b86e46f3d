"""How an exchange can end, and what the station's answer means: decided from the answer alone, without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
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
    BAD_RECEIPT = "bad-receipt"
    TRY_LATER = "try-later"
    FAULT = "fault"
    CHALLENGE_STALE = "challenge-stale"
    REFUSED = "refused"
    BATCH_REFUSED = "batch-refused"


# Those after which waiting helps.
WAITING_HELPS = frozenset(
    {
        Outcome.NOT_REACHABLE,
        Outcome.NOT_THE_STATION,
        Outcome.BAD_RECEIPT,
        Outcome.TRY_LATER,
        Outcome.FAULT,
        Outcome.CHALLENGE_STALE,  # though the fresh one was signed: the station's own clock jumps
    }
)
# Those that need a person: the same again would end the same.
NEEDS_PERSON = frozenset({Outcome.REFUSED, Outcome.BATCH_REFUSED})
# Those in which a record of the batch itself may be what the station stumbles over (planning.py).
BLAMES_BATCH = frozenset({Outcome.BATCH_REFUSED, Outcome.FAULT})

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
    Trouble.FAULT: Outcome.FAULT,
}
_TRY_LATER_STATUSES = frozenset({429, 500, 502, 503, 504})
# No station asks for more than a day; a longer wait is a slip, and another try a day later does no harm.
RETRY_AFTER_SECONDS_MAX = 24 * 3_600
_REDIRECTS = range(300, 400)
_SIGN_IN_STATUS = 511


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
    is_unpackable: bool = False  # the station does not know the body's type or packing


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
        if not _is_ours(found):
            return Ending(Outcome.NOT_THE_STATION, _not_the_station(answer))
        return Ending(
            Outcome.BAD_RECEIPT, f"The station's receipt does not fit what was sent, so it settles nothing. {fault}"
        )
    return Ending(Outcome.RECEIVED, "Received.", receipt=receipt, challenge=receipt.challenge)


def _is_ours(found: object) -> bool:
    """Whether an answer speaks our language at all: a network's sign-in page does not."""
    return isinstance(found, dict) and "wire" in found


def _refusal(problem: Problem, answer: Answer) -> Ending:
    return Ending(
        _BY_TROUBLE[problem.trouble],
        problem.detail,
        challenge=problem.challenge,
        retry_after_seconds=_retry_after(answer),
        is_unpackable=problem.trouble is Trouble.WRONG_TYPE,
    )


def _decoded(answer: Answer) -> object:
    try:
        return read_json(answer.body)
    except MalformedJson:
        return None


def _retry_after(answer: Answer) -> float:
    """Seconds that the station asks to wait: as a number, or as a date, which is read against the station's own clock."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal() and text.isascii():
        return min(float(text), RETRY_AFTER_SECONDS_MAX)
    try:
        seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(answer.headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0
    return min(max(seconds, 0.0), RETRY_AFTER_SECONDS_MAX)


def _not_the_station(answer: Answer) -> str:
    is_portal = answer.status in _REDIRECTS or answer.status in (HTTPStatus.OK, _SIGN_IN_STATUS)
    advice = (
        "perhaps this network's sign-in page. Sign in to the network, or try another one."
        if is_portal
        else "perhaps something between here and the station. Try again later, or another network."
    )
    return f"Something other than the station answered (HTTP {answer.status}): {advice}"
