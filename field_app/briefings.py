"""The briefings for whoever is signed on: which are for them, by when, and whether they have read them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from field_app.shift import Shift
from sync.briefings import Audience, BriefingNews, round_on
from sync.records import BriefingAcknowledgement, Role

# What was over before is of no use to whoever comes to this device now.
OVER_DAYS_SHOWN = 30
# What a screen lists; a station writes some dozens in a year.
BRIEFINGS_MAX = 50
_VOLUNTEER = "volunteer"


@dataclass(frozen=True, slots=True)
class Briefing:
    """A briefing for somebody: the edition that counts, the due day that counts, and when they read it, if they did."""

    news: BriefingNews
    due_on: date
    read_at: datetime | None = None

    @property
    def id(self) -> str:
        """The briefing's id."""
        return self.news.briefing

    @property
    def is_unread(self) -> bool:
        """Whether it is still to be read."""
        return self.read_at is None

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been read before today."""
        return self.is_unread and self.due_on < today


def briefings_for(
    shift: Shift, standing: Sequence[BriefingNews], given: Iterable[BriefingAcknowledgement], today: date
) -> tuple[Briefing, ...]:
    """The briefings for a person on a day: the unread ones first, the soonest due first; then those read, the latest first."""
    own = [each for each in given if each.person == shift.person]
    found = [
        _briefing(news, own, today)
        for news in standing
        if is_for(news.audience, shift) and news.due[-1] >= today - timedelta(days=OVER_DAYS_SHOWN)
    ]
    unread = sorted((each for each in found if each.is_unread), key=lambda each: each.due_on)
    return tuple([*unread, *(each for each in found if not each.is_unread)][:BRIEFINGS_MAX])


def is_for(audience: Audience, shift: Shift) -> bool:
    """Whether a briefing is for whoever is signed on, as far as a device knows: not where they work, nor their rank."""
    others = any(role != _VOLUNTEER for role in audience.roles)
    has_role = _VOLUNTEER in audience.roles if shift.role is Role.VOLUNTEER else others
    return (not audience.watches or shift.watch in audience.watches) and (not audience.roles or has_role)


def unread(briefings: Iterable[Briefing]) -> int:
    """How many are still to be read."""
    return sum(each.is_unread for each in briefings)


def is_of(given: BriefingAcknowledgement, news: BriefingNews, due_on: date) -> bool:
    """Whether somebody said of exactly this text that they have read it, for this due day."""
    named = (given.briefing, given.edition, given.text_hash, given.due_on)
    return named == (news.briefing, news.edition, news.text_hash, due_on)


def _briefing(news: BriefingNews, own: Iterable[BriefingAcknowledgement], today: date) -> Briefing:
    due_on = round_on(news.due, today)
    return Briefing(news, due_on, min((each.entered_at for each in own if is_of(each, news, due_on)), default=None))
