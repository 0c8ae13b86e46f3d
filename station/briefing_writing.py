"""Sending a briefing to the devices, sending another edition of it, and taking it back. Nothing that was sent is changed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from station.briefing_tables import BriefingEditionRow, BriefingRow
from station.briefings import Briefing, Draft, Edition, audience_to_text, days_to_text, one
from station.database import insert_once
from station.happenings import Happening, note
from station.news import tell
from station.roles import StationRole
from station.rounds import REPEATED_DAYS_MAX, Repeats, due_days
from sync.briefings import (
    Audience,
    BriefingNews,
    BriefingWithdrawn,
    briefing_from_json,
    briefing_to_json,
    withdrawn_to_json,
)
from sync.canonical import JsonObject
from sync.limits import BRIEFING_CHARACTERS_MAX, BRIEFING_EDITIONS_MAX, BRIEFING_TITLE_CHARACTERS_MAX
from sync.news import NewsKind
from sync.reference import Reference

_OVERTAKEN = "Somebody has changed this briefing since you opened it. Look at it again, then write."


class NotSent(Exception):
    """The briefing cannot be sent so; the text is a sentence that says what to do."""


class Overtaken(Exception):
    """Somebody has sent another edition, or has taken it back, since the page was opened; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, when, and what day that is at the station."""

    who: str
    at: datetime
    today: date


def send(session: Session, key: UUID, draft: Draft, by: Writer, reference: Reference) -> int:
    """Send a new briefing; its number. The same `key` again (a finger landed twice) sends nothing.

    Raises NotSent, also where what was sent under this `key` says something else: that would be dropped unseen.
    """
    news = checked(key, 1, draft, by, reference)
    is_new = insert_once(session, BriefingRow, {"key": key})
    row = session.query(BriefingRow).filter_by(key=key).one()
    if is_new:
        _send_edition(session, row.id, draft, news)
        return row.id
    found = one(session, row.id)
    assert found is not None  # noqa: S101 - as just seen
    if not _says_the_same(found.editions[0], draft, news):
        raise NotSent(
            f"This form was sent already, as briefing {row.id}. Open that one, and write another edition of it."
        )
    return row.id


def send_edition(session: Session, number: int, seen: int, draft: Draft, by: Writer, reference: Reference) -> bool:
    """Send another edition of a briefing of which edition `seen` was open; False if it says the same. Raises NotSent, Overtaken."""
    found = _locked(session, number)
    if found.withdrawn_at is not None or found.latest.number not in (seen, seen + 1):
        raise Overtaken(_OVERTAKEN)
    news = checked(UUID(found.key), seen + 1, draft, by, reference, _due_before(found.latest, draft, by.today))
    if _says_the_same(found.latest, draft, news):
        return False  # also where a finger landed twice
    if found.latest.number != seen:
        raise Overtaken(_OVERTAKEN)
    _send_edition(session, number, draft, news)
    return True


def withdraw(session: Session, number: int, by: Writer) -> bool:
    """Take a briefing back: the devices show it no more. False if it was taken back before."""
    found = _locked(session, number)
    if found.withdrawn_at is not None:
        return False
    row = session.get_one(BriefingRow, number)
    row.withdrawn_at, row.withdrawn_by = by.at, by.who
    tell(
        session,
        None,
        NewsKind.BRIEFING_WITHDRAWN,
        withdrawn_to_json(BriefingWithdrawn(found.key, by.at, by.who)),
        by.at,
    )
    note(session, Happening.BRIEFING_WITHDRAWN, by.who, f"briefing {number}")
    return True


def checked(
    key: UUID, edition: int, draft: Draft, by: Writer, reference: Reference, due: tuple[date, ...] = ()
) -> BriefingNews:
    """What the devices would be told, on these due days or on those that the draft asks for.

    Raises NotSent, with everything that has to be put right. Pure.
    """
    problems = [*_of_text(draft), *_of_days(draft, by.today), *_of_audience(draft.audience, reference)]
    if edition > BRIEFING_EDITIONS_MAX:
        problems.append(f"A briefing has {BRIEFING_EDITIONS_MAX} editions at most. Write a new one.")
    if problems:
        raise NotSent(" ".join(problems))
    until = draft.until or draft.due_on + timedelta(days=REPEATED_DAYS_MAX)
    days = due or due_days(draft.due_on, draft.repeats, until)
    news = BriefingNews(str(key), edition, by.at, by.who, draft.title, draft.text, draft.audience, days)
    try:
        briefing_from_json(briefing_to_json(news))
    except ValueError as problem:
        raise NotSent(f"The title or the text {problem}.") from None
    return news


def _due_before(sent: Edition, draft: Draft, today: date) -> tuple[date, ...]:
    """The due days that are left, if the draft has them as its form had: the last of each month is not the 28th after February."""
    left = tuple(day for day in sent.due if day >= today)
    asked = (draft.repeats, draft.due_on, draft.until)
    return left if left and asked == (sent.repeats, left[0], left[-1]) else ()


def _says_the_same(sent: Edition, draft: Draft, news: BriefingNews) -> bool:
    before = (sent.text_hash, sent.audience, sent.due, sent.repeats)
    return before == (news.text_hash, news.audience, news.due, draft.repeats)


def _of_text(draft: Draft) -> list[str]:
    found = []
    if not draft.title:
        found.append("Give it a title.")
    if len(draft.title) > BRIEFING_TITLE_CHARACTERS_MAX:
        found.append(f"A title has {BRIEFING_TITLE_CHARACTERS_MAX} characters at most.")
    if not draft.text:
        found.append("Write what is to be read.")
    if len(draft.text) > BRIEFING_CHARACTERS_MAX:
        found.append(f"The text has {len(draft.text):,} characters; {BRIEFING_CHARACTERS_MAX:,} are the most.")
    return found


def _of_days(draft: Draft, today: date) -> list[str]:
    latest = today + timedelta(days=REPEATED_DAYS_MAX)
    if not today <= draft.due_on <= latest:
        return ["Choose a due day from today to a year ahead."]
    until = draft.until
    if draft.repeats is Repeats.ONCE or until is None:
        return []
    if not draft.due_on <= until <= draft.due_on + timedelta(days=REPEATED_DAYS_MAX):
        return ["The last day has to come after the due day, and within a year of it."]
    return []


def _of_audience(audience: Audience, reference: Reference) -> list[str]:
    known = {*reference.watches, *reference.areas, *StationRole}
    unknown = [
        name for names in (audience.watches, audience.areas, audience.roles) for name in names if name not in known
    ]
    return [f"{name[:20]!r} is not known here. Open the page again." for name in unknown]


def _send_edition(session: Session, number: int, draft: Draft, news: BriefingNews) -> None:
    row = BriefingEditionRow(
        briefing_id=number,
        edition=news.edition,
        title=news.title,
        text=news.text,
        text_hash=news.text_hash,
        audience=audience_to_text(news.audience),
        repeats=draft.repeats.value,
        due=days_to_text(news.due),
        who=news.by,
        at=news.at,
    )
    session.add(row)
    _tell_everybody(session, briefing_to_json(news), news.at)
    note(session, Happening.BRIEFING_SENT, news.by, f"briefing {number}", f"edition {news.edition}")


def _tell_everybody(session: Session, body: JsonObject, at: datetime) -> None:
    try:
        tell(session, None, NewsKind.BRIEFING, body, at)
    except ValueError:
        raise NotSent("The text is too long for one piece of news. Shorten it, or send it as two briefings.") from None


def _locked(session: Session, number: int) -> Briefing:
    """A briefing that nobody else changes meanwhile. Raises Overtaken if it is not there."""
    if session.get(BriefingRow, number, with_for_update=True) is None:
        raise Overtaken("There is no such briefing.")
    found = one(session, number)
    assert found is not None  # noqa: S101 - as just seen
    return found
