"""Saying that a briefing was read, and finding the one that is meant."""

from datetime import date

from field_app.briefings import Briefing, is_of
from field_app.hand import Hand
from field_app.logbook import ID_CHARACTERS_MIN
from field_app.refusals import NoSuchBriefing, NotSignedOn
from field_app.stamps import check_form, stamp_of
from sync.records import BriefingAcknowledgement


def today_of(hand: Hand) -> date:
    """The day it is at the station, by the device's clock."""
    return hand.clock.now().astimezone(hand.current.zone).date()


def briefings_here(hand: Hand) -> tuple[Briefing, ...]:
    """The briefings for whoever is signed on. Raises NotSignedOn, StoreFault."""
    shift = hand.logbook.shift()
    if shift is None:
        raise NotSignedOn
    return hand.logbook.page().briefings(shift, today_of(hand))


def briefing_named(hand: Hand, spelled_id: str) -> Briefing:
    """The one briefing that an id, or the end of one, names. Raises NoSuchBriefing, NotSignedOn, StoreFault."""
    wanted = spelled_id.strip().lower()
    if len(wanted) < ID_CHARACTERS_MIN:
        raise NoSuchBriefing(f"Give at least the last {ID_CHARACTERS_MIN} characters of the briefing's id.")
    found = [each for each in briefings_here(hand) if each.id.endswith(wanted)]
    if len(found) != 1:
        how_many = "No briefing has" if not found else f"{len(found)} briefings have"
        raise NoSuchBriefing(f"{how_many} an id ending in {spelled_id}. See: contact755 briefings")
    return found[0]


def acknowledge(hand: Hand, briefing: Briefing) -> BriefingAcknowledgement:
    """Keep that the person signed on has read this edition: when this returns, it is on the disk. Again, it adds nothing.

    Raises BadInput, NotSignedOn, StoreFault.
    """
    shift = hand.logbook.shift()
    if shift is None:
        raise NotSignedOn
    news = briefing.news
    for given in hand.logbook.page().acknowledgements():
        if given.person == shift.person and is_of(given, news, briefing.due_on):
            return given
    made: list[BriefingAcknowledgement] = []

    def make(sequence: int) -> BriefingAcknowledgement:
        record = BriefingAcknowledgement(
            **stamp_of(hand.clock, hand.device, shift.person, sequence),
            briefing=news.briefing,
            edition=news.edition,
            text_hash=news.text_hash,
            due_on=briefing.due_on,
            watch=shift.watch,
        )
        check_form(record)
        made.append(record)
        return record

    hand.store.add([make])
    return made[-1]
