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
    """What a verdict makes of a record: its state, and whether the station holds it durably (then it is settled)."""

    state: State
    is_settled: bool


MEANINGS: Mapping[Verdict, Meaning] = {
    Verdict.ACCEPTED: Meaning(State.SENT, is_settled=True),
    Verdict.ALREADY_HERE: Meaning(State.SENT, is_settled=True),
    Verdict.QUARANTINED: Meaning(State.NEEDS_ATTENTION, is_settled=True),
    Verdict.CONFLICTING: Meaning(State.NEEDS_ATTENTION, is_settled=True),
    Verdict.HELD: Meaning(State.SENT, is_settled=True),
    Verdict.TRY_LATER: Meaning(State.READY_TO_SEND, is_settled=False),
}

STATE_WORDS: Mapping[State, str] = {
    State.READY_TO_SEND: "Ready to send",
    State.SENT: "Sent",
    State.NEEDS_ATTENTION: "Needs attention",
}


def state_of(verdict: Verdict | None) -> State:
    """The state of a record with this verdict; None is a record that no receipt has named yet."""
    return State.READY_TO_SEND if verdict is None else MEANINGS[verdict].state
