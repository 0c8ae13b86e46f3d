"""briefings: what sergeants sent, and saying that it was read. No network is needed for either."""

import argparse
from typing import Any

from field_app.acknowledging import acknowledge, briefing_named, briefings_here, today_of
from field_app.briefing_words import origin_words, state_words
from field_app.briefings import Briefing
from field_app.hand import Hand
from field_app.moments import local_text
from field_app.refusals import BadInput
from sync.commandline import Exit, show, show_or_stop


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Show the briefings for whoever is signed on, or one of them, and say that it was read."
    added = commands.add_parser(
        "briefings", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.add_argument("id", metavar="ID", nargs="?", help="the briefing's id, or the end of it: shows its text")
    added.add_argument("--acknowledge", action="store_true", help="say that you have read it")
    added.set_defaults(do=_briefings)


def _briefings(hand: Hand, typed: argparse.Namespace) -> Exit:
    if typed.id is not None:
        return _one(hand, typed)
    if typed.acknowledge:
        raise BadInput("Name the briefing that you have read. See: contact755 briefings")
    found = briefings_here(hand)
    lines = [_line(each, hand) for each in found] or ["No briefings for you on this device."]
    show_or_stop([_json(each, hand) for each in found], lines, as_json=typed.json)
    return Exit.DONE


def _one(hand: Hand, typed: argparse.Namespace) -> Exit:
    briefing = briefing_named(hand, typed.id)
    if typed.acknowledge:
        acknowledge(hand, briefing)
        briefing = briefing_named(hand, briefing.id)
        show(_json(briefing, hand), [_line(briefing, hand)], as_json=typed.json)
        return Exit.DONE
    lines = [_line(briefing, hand), origin_words(briefing, hand.current.zone), "", *briefing.news.text.splitlines()]
    show_or_stop(_json(briefing, hand), lines, as_json=typed.json)
    return Exit.DONE


def _line(briefing: Briefing, hand: Hand) -> str:
    words = state_words(briefing, today_of(hand), hand.current.zone)
    return f"{briefing.id} · {words} · {briefing.news.title}"


def _json(briefing: Briefing, hand: Hand) -> dict[str, Any]:
    news, zone = briefing.news, hand.current.zone
    return {
        "id": briefing.id,
        "edition": news.edition,
        "title": news.title,
        "text": news.text,
        "by": news.by,
        "sent_at": local_text(news.at, zone),
        "due_on": briefing.due_on.isoformat(),
        "read_at": None if briefing.read_at is None else local_text(briefing.read_at, zone),
        "overdue": briefing.is_overdue(today_of(hand)),
    }
