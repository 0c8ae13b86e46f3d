"""What the station can say of one record, and what that means on the device: one table for both ends and the screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The station's answer for one record."""

    ACCEPTED = "accepted"
    ALREADY_HERE = "already-here"
    QUARANTINED = "quarantined"
    CONFLICTING = "conflicting"
    HELD = "held"
    TRY_LATER = "try-later"


class State(StrEnum):
    """Where a record is, in the words of the screen's three headings."""

    READY_TO_SEND = "ready_to_send"
    SENT = "sent"
    NEEDS_ATTENTION = "needs_attention"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a verdict makes of a record: its letter on the wire, its state, and whether the station holds it durably.

    What the station holds durably is settled: it leaves the outbox.
    """

    letter: str
    state: State
    is_settled: bool


MEANINGS: Mapping[Verdict, Meaning] = {
    Verdict.ACCEPTED: Meaning("a", State.SENT, is_settled=True),
    Verdict.ALREADY_HERE: Meaning("d", State.SENT, is_settled=True),
    Verdict.QUARANTINED: Meaning("q", State.NEEDS_ATTENTION, is_settled=True),
    Verdict.CONFLICTING: Meaning("x", State.NEEDS_ATTENTION, is_settled=True),
    Verdict.HELD: Meaning("h", State.SENT, is_settled=True),
    Verdict.TRY_LATER: Meaning("r", State.READY_TO_SEND, is_settled=False),
}
_BY_LETTER = {meaning.letter: verdict for verdict, meaning in MEANINGS.items()}

STATE_WORDS: Mapping[State, str] = {
    State.READY_TO_SEND: "Ready to send",
    State.SENT: "Sent",
    State.NEEDS_ATTENTION: "Needs attention",
}


def state_of(verdict: Verdict | None) -> State:
    """The state of a record with this verdict; None is a record that no receipt has named yet."""
    return State.READY_TO_SEND if verdict is None else MEANINGS[verdict].state


def verdict_of(letter: str) -> Verdict:
    """The verdict of a letter on the wire. One that is not known here settles nothing: the record stays ready to send."""
    return _BY_LETTER.get(letter, Verdict.TRY_LATER)
