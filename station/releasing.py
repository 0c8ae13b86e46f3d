"""Deciding on a record in quarantine: release or dismissal. Nothing is ever deleted; decisions are added."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from station.callers import locked
from station.clocks import Clocks
from station.database import Database
from station.happenings import THE_STATION, Happening, Outcome, note
from station.judging import Unsound, judge
from station.late import clocks_by_now, late_batch, take_in_late
from station.news import tell
from station.quarantine import Decision, NotInQuarantine, PutAside, State, decisions_on, listed, record_in
from station.table_base import NUMBER_MAX
from station.tables import QuarantineDecisionRow, QuarantineRow, ReceiptRow
from sync.limits import REASON_CHARACTERS_MAX
from sync.news import NewsKind
from sync.receipt_file import is_named
from sync.reference import Reference
from sync.verdicts import Verdict

_APP = "quarantine"
_RELEASED = "Released at the station."
_SETTLED = (Verdict.ACCEPTED, Verdict.ALREADY_HERE)


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision. `is_new` is False where it had been taken before: then nothing was added."""

    decision: Decision
    reason: str
    is_new: bool = True


class NotDecided(Exception):
    """The decision cannot be taken; the text is a sentence that says why."""


def release(session: Session, number: int, who: str, now: datetime, reference: Reference) -> Decided:
    """Take a record in by today's rules, or note why it still cannot be. Raises NotInQuarantine.

    A dismissed one may still be released. What was released before stays so, and nothing is added.
    """
    row, latest = _locked(session, number)
    if latest is not None and latest.decision == Decision.RELEASED:
        return Decided(Decision.RELEASED, latest.reason, is_new=False)
    found = record_in(row.raw)
    problem = _taken_in(session, row, found, now, reference)
    if problem is None:
        _note(session, row, Decided(Decision.RELEASED, _RELEASED), who, now)
        _tell_device(session, row, Verdict.ACCEPTED, _RELEASED, now)
        return Decided(Decision.RELEASED, _RELEASED)
    refused = Decided(Decision.REFUSED_AGAIN, problem)
    if latest is not None and (latest.decision, latest.reason) == (refused.decision, refused.reason):
        return Decided(refused.decision, problem, is_new=False)
    if latest is not None and latest.decision == Decision.DISMISSED:
        return Decided(refused.decision, problem, is_new=False)  # it stays dismissed, and waits for nobody
    return _note(session, row, refused, who, now)


def dismiss(session: Session, number: int, reason: str, who: str, now: datetime) -> Decided:
    """Mark a record as looked at and not wanted; it is kept. Raises NotInQuarantine, NotDecided."""
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX or not reason.isprintable():
        raise NotDecided(f"Say why in 1 to {REASON_CHARACTERS_MAX} characters on one line; the device is told.")
    row, latest = _locked(session, number)
    if latest is not None and latest.decision == Decision.RELEASED:
        raise NotDecided(
            "It was released and is on its worksheet. What should not stand there is withdrawn in the app."
        )
    if latest is not None and latest.decision == Decision.DISMISSED:
        return Decided(Decision.DISMISSED, latest.reason, is_new=False)
    conflicts = row.verdict == Verdict.CONFLICTING
    verdict = Verdict.CONFLICTING if conflicts else Verdict.QUARANTINED
    _tell_device(session, row, verdict, f"Dismissed at the station: {reason}", now)
    return _note(session, row, Decided(Decision.DISMISSED, reason), who, now)


def try_held_again(database: Database, reference: Reference, now: datetime) -> int:
    """Release what was held for a newer station and is known to this one; how many. Again, it adds nothing."""
    released, last = 0, 0
    while True:
        with database.reading() as session:
            page = listed(session, State.WAITING, last, verdict=Verdict.HELD)
        known = [found.id for found in page if not _is_still_newer(found, reference)]
        for number in known:
            with database.writing() as session:
                released += release(session, number, THE_STATION, now, reference).decision is Decision.RELEASED
        if not page:
            return released
        last = page[-1].id


def _taken_in(session: Session, row: QuarantineRow, found: Any, now: datetime, reference: Reference) -> str | None:  # noqa: ANN401 - decoded JSON
    """Take a record in; the sentence that says why not, or None."""
    if found is None:
        return "These bytes are no record that can be read."
    judged = judge(found, row.device_id, reference)
    if isinstance(judged, Unsound):
        return judged.judged.reason
    device = locked(session, row.device_id)
    with session.begin_nested() as point:
        batch = late_batch(device.id, [found], _clocks(session, row, now), app=_APP)
        receipt = take_in_late(session, device, batch, now, reference)
        verdict, reason = receipt.verdicts[0].verdict, receipt.verdicts[0].reason
        if verdict is not Verdict.ACCEPTED:
            point.rollback()  # neither a receipt nor a second copy in quarantine stays behind
    return None if verdict in _SETTLED else reason


def _clocks(session: Session, row: QuarantineRow, now: datetime) -> Clocks:
    """By what its device's clocks said when it sent the record: so is known how wrong they were."""
    received_at = session.get_one(ReceiptRow, row.receipt_id).received_at
    return clocks_by_now(now, received_at, row.sent_at, row.monotonic_ms, row.boot)


def _is_still_newer(held: PutAside, reference: Reference) -> bool:
    found = judge(record_in(held.raw), UUID(held.device_id), reference)
    return isinstance(found, Unsound) and found.judged.verdict is Verdict.HELD


def _tell_device(session: Session, row: QuarantineRow, verdict: Verdict, reason: str, now: datetime) -> None:
    """Tell the device, if it can be told of which record: by id and hash."""
    found = record_in(row.raw)
    if is_named(found):
        body = {"id": found["id"], "hash": found["hash"], "verdict": verdict.value, "reason": reason}
        tell(session, row.device_id, NewsKind.VERDICT, body, now)


def _note(session: Session, row: QuarantineRow, decided: Decided, who: str, now: datetime) -> Decided:
    session.add(
        QuarantineDecisionRow(
            quarantine_id=row.id, who=who, at=now, decision=decided.decision.value, reason=decided.reason
        )
    )
    session.flush()
    outcome = Outcome.REFUSED if decided.decision is Decision.REFUSED_AGAIN else Outcome.DONE
    note(session, Happening.QUARANTINE_DECIDED, who, f"quarantine {row.id}", decided.decision.value, outcome)
    return decided


def _locked(session: Session, number: int) -> tuple[QuarantineRow, QuarantineDecisionRow | None]:
    """A record that nobody else decides on meanwhile, and the last decision on it. Raises NotInQuarantine."""
    row = session.get(QuarantineRow, min(number, NUMBER_MAX), with_for_update=True)
    if row is None:
        raise NotInQuarantine
    found = decisions_on(session, number)
    return row, found[-1] if found else None
