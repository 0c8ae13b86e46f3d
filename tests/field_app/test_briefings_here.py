"""Briefings on the device: which count for whom and when, and what was read is on the disk and stays read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from briefings_told import EVERYBODY, TODAY, item, tell
from doubles import START, FixedClock, uuids
from hypothesis import given
from hypothesis import strategies as st

from field_app.acknowledging import acknowledge, briefing_named, briefings_here
from field_app.briefings import Briefing, briefings_for, is_for
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from field_app.refusals import NoSuchBriefing, NotSignedOn
from field_app.shift import Shift
from field_app.store.briefing_news import standing_briefings
from field_app.store.settling import NEWS
from sync.briefings import Audience, BriefingWithdrawn, briefing_to_json
from sync.canonical import JsonObject
from sync.records import BriefingAcknowledgement, Role
from sync.reference import Reference


@contextmanager
def again(folder: Path, reference: Reference, days: int = 0) -> Iterator[Hand]:
    """The same store in another program, later."""
    clock = FixedClock(at=START + timedelta(days=days, minutes=5), ids=uuids(5_000 + days))
    with open_hand(folder, clock, reference) as hand:
        yield hand


def titles(hand: Hand) -> list[tuple[str, bool]]:
    """The briefings for whoever is signed on: their titles, and whether they are unread."""
    return [(each.news.title, each.is_unread) for each in briefings_here(hand)]


@given(st.permutations(range(4)))
def test_the_highest_edition_counts_in_whatever_order_the_news_came(order: list[int]) -> None:
    other = replace(EVERYBODY, briefing="b1f00000-0000-4000-8000-000000000002", at=START)
    told = [EVERYBODY, replace(EVERYBODY, edition=2, title="Two"), replace(EVERYBODY, edition=3, title="Three"), other]
    news = {str(place): item(told[place]) for place in order}
    assert standing_briefings(news) == (other, told[2])
    news["x"] = item(BriefingWithdrawn(EVERYBODY.briefing, START, "900003"))
    assert standing_briefings(news) == (other,)


def test_news_of_a_newer_station_that_cannot_be_read_change_nothing() -> None:
    bodies: list[JsonObject] = [{}, {"due": []}, {**briefing_to_json(EVERYBODY), "edition": "two"}]
    for body in bodies:
        assert standing_briefings({"1": {"kind": "briefing", "body": body}, "2": {"kind": "x", "body": body}}) == ()


@pytest.mark.parametrize(
    ("audience", "role", "watch", "expected"),
    [
        (Audience(), Role.VOLUNTEER, "em", True),
        (Audience(watches=("day",)), Role.DEPUTY, "day", True),
        (Audience(watches=("day",)), Role.DEPUTY, "pm", False),
        (Audience(roles=("volunteer",)), Role.VOLUNTEER, "day", True),
        (Audience(roles=("volunteer",)), Role.DEPUTY, "day", False),
        (Audience(roles=("deputy",)), Role.VOLUNTEER, "day", False),
        (Audience(roles=("sergeant",)), Role.DESK, "day", True),  # a device knows no rank
        (Audience(areas=("La Mirada",)), Role.DEPUTY, "day", True),  # nor where somebody works
    ],
)
def test_a_briefing_is_for_whom_a_device_can_tell(audience: Audience, role: Role, watch: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_for(audience, Shift("900001", role, watch, None, START, 0)) is expected


@given(st.integers(-10, 60))
def test_what_comes_back_is_to_be_read_again_after_each_due_day(days: int) -> None:
    due = tuple(TODAY + timedelta(days=each) for each in (0, 14, 28))
    news = replace(EVERYBODY, due=due)
    shift = Shift("900001", Role.DEPUTY, "day", None, START, 0)
    found = briefings_for(shift, [news], [], TODAY + timedelta(days=days))
    expected = due[0] if days <= 0 else due[1] if days <= 14 else due[2]
    assert [each.due_on for each in found] == ([expected] if days <= 28 + 30 else [])


def test_what_was_read_is_on_the_disk_and_read_after_a_restart(
    signed_on: Hand, tmp_path: Path, reference: Reference
) -> None:
    tell(signed_on, EVERYBODY)
    (briefing,) = briefings_here(signed_on)
    kept = acknowledge(signed_on, briefing)
    assert acknowledge(signed_on, briefing) == kept  # again, it adds nothing
    assert (kept.edition, kept.text_hash, kept.due_on, kept.person, kept.watch) == (
        1,
        EVERYBODY.text_hash,
        EVERYBODY.due[0],
        "900041",
        "day",
    )
    assert titles(signed_on) == [(EVERYBODY.title, False)]
    with again(tmp_path, reference) as later:
        assert titles(later) == [(EVERYBODY.title, False)]
        assert later.store.ready_ids() == [kept.id]
        later.logbook.sign_on("900002", Role.DEPUTY, "day", "42A")
        assert titles(later) == [(EVERYBODY.title, True)]  # somebody else's reading is not theirs


def test_a_new_edition_is_unread_and_what_was_on_the_screen_is_what_was_read(signed_on: Hand) -> None:
    tell(signed_on, EVERYBODY)
    (shown,) = briefings_here(signed_on)
    tell(signed_on, replace(EVERYBODY, edition=2, title="Two"))
    assert acknowledge(signed_on, shown).edition == 1
    assert titles(signed_on) == [("Two", True)]


def test_a_withdrawn_briefing_is_gone_and_an_old_one_too(signed_on: Hand) -> None:
    tell(signed_on, EVERYBODY)
    tell(signed_on, BriefingWithdrawn(EVERYBODY.briefing, START, "900003"))
    assert titles(signed_on) == []


def test_a_briefing_is_named_by_the_end_of_its_id_and_by_whoever_is_signed_on(hand: Hand) -> None:
    with pytest.raises(NotSignedOn):
        briefings_here(hand)
    with pytest.raises(NotSignedOn):
        acknowledge(hand, Briefing(EVERYBODY, EVERYBODY.due[0]))
    hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
    tell(hand, EVERYBODY)
    assert briefing_named(hand, EVERYBODY.briefing[-4:].upper()).news == EVERYBODY
    for spelled in ("1", "ffff"):
        with pytest.raises(NoSuchBriefing):
            briefing_named(hand, spelled)


def test_what_was_read_stays_until_its_briefing_is_over_and_then_both_leave(
    signed_on: Hand, tmp_path: Path, reference: Reference
) -> None:
    far = replace(EVERYBODY, due=(TODAY + timedelta(days=7), TODAY + timedelta(days=90)))
    tell(signed_on, far)
    (briefing,) = briefings_here(signed_on)
    read = acknowledge(signed_on, briefing).id
    contact = signed_on.logbook.log(Details("other")).contact.id
    tell(signed_on, settled=(read, contact))
    tell(signed_on, days=40)
    with again(tmp_path, reference, days=40) as hand:
        later = hand.logbook.log(Details("other")).contact.id
    tell(signed_on, settled=(later,), days=40)
    signed_on.store.tidy(timedelta(days=30))
    assert set(signed_on.store.records()) == {read, later}
    assert titles(signed_on) == [(far.title, False)]
    with again(tmp_path, reference, days=130) as hand:
        last = hand.logbook.log(Details("other")).contact.id
    tell(signed_on, settled=(last,), days=130)
    signed_on.store.tidy(timedelta(days=30))
    assert set(signed_on.store.records()) == {last}
    assert not signed_on.store._all(NEWS)
    assert titles(signed_on) == []


def test_an_acknowledgement_counts_as_no_contact(signed_on: Hand) -> None:
    tell(signed_on, EVERYBODY)
    acknowledge(signed_on, briefings_here(signed_on)[0])
    tally = signed_on.logbook.tally()
    assert (sum(tally.contacts.values()), tally.records_ready) == (0, 1)
    (given,) = signed_on.logbook.page().acknowledgements()
    assert isinstance(given, BriefingAcknowledgement)
