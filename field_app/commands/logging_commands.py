"""sign-on, log, undo, correct, withdraw, list: what needs no network."""

import argparse
import re
from collections.abc import Sequence
from typing import Any

from field_app.card_counts import count_cards, counted_words
from field_app.commands import sign_off
from field_app.commands.key_commands import add_unsealed
from field_app.commands.pins_typed import add_pin_file
from field_app.commands.sign_on import before_sign_on
from field_app.commands.status_commands import shift_json
from field_app.entries import Entry
from field_app.hand import Hand
from field_app.logbook import Details
from field_app.moments import day_text, local_text, moment_from
from sync.commandline import Exit, show, show_or_stop
from sync.records import Role, Source
from sync.reference import Reference
from sync.rules import STOP_ADVICE, STOP_REASON
from sync.verdicts import STATE_WORDS

_DETAIL_OPTIONS = ("source", "rd", "tag", "people", "cards", "minutes", "note")


def add_to(commands: Any, common: argparse.ArgumentParser, reference: Reference) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""
    settings = f"as it ships: {', '.join(reference.settings)}"

    def command(name: str, do: Any, help_text: str) -> argparse.ArgumentParser:  # noqa: ANN401 - a command's function
        added: argparse.ArgumentParser = commands.add_parser(
            name, parents=[common], help=help_text, description=help_text, allow_abbrev=False
        )
        added.set_defaults(do=do)
        return added

    sign_on = command("sign-on", _sign_on, "Start a shift: whose contacts are logged from now on.")
    sign_on.add_argument("number", metavar="NUMBER", help="employee or volunteer number, six digits")
    sign_on.add_argument("--unit", metavar="U", type=str.upper, help="call sign; none for the desk")
    sign_on.add_argument(
        "--watch",
        required=True,
        metavar="WATCH",
        help=f"the watch being worked; as it ships: {', '.join(reference.watches)}",
    )
    sign_on.add_argument("--role", choices=list(Role), default=Role.DEPUTY, type=Role, help="default: deputy")
    add_pin_file(sign_on)
    add_unsealed(sign_on)
    sign_on.set_defaults(before=before_sign_on)
    sign_off.add_options(
        command("sign-off", sign_off.sign_off, "Sign the worksheet and end the shift. What is not sent stays here.")
    )

    log = command("log", _log, "Log one contact. Everything but the setting has a sensible value.")
    log.add_argument("setting", metavar="SETTING", help=settings)
    _add_details(log)
    command("undo", _undo, "Take back the last contact of this shift.")

    cards = command(
        "count-cards", _count_cards, 'Say how many "755" cards are in the car now. A later count replaces it.'
    )
    cards.add_argument("cards", metavar="N", type=_number, help="how many cards are there, 0 if none")

    correct = command("correct", _correct, "Log a corrected contact in place of one; an empty value takes it away.")
    correct.add_argument("id", metavar="ID", help="the contact's id, or the end of it (see: contact755 list)")
    correct.add_argument("--setting", metavar="SETTING", help=settings)
    _add_details(correct)
    withdraw = command("withdraw", _withdraw, f"Take a contact back. The reason {STOP_REASON!r} says it was a stop.")
    withdraw.add_argument("id", metavar="ID", help="the contact's id, or the end of it (see: contact755 list)")
    withdraw.add_argument("--reason", required=True, metavar="TEXT", help="why, in a few words")

    listing = command("list", _list, "Show the contacts on this device, latest first.")
    listing.add_argument("--all", action="store_true", help="also those withdrawn or replaced by a correction")


def _add_details(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rd", metavar="RD", help="reporting district, four digits")
    parser.add_argument(
        "--source", choices=list(Source), type=Source, help="default: obs (counter for a counter report)"
    )
    parser.add_argument("--tag", metavar="T", help="the incident's tag; each contact has its own")
    parser.add_argument("--people", metavar="N", type=_number, help="citizens spoken to (default 1)")
    parser.add_argument("--cards", metavar="N", type=_number, help='"755" cards handed out (default 1)')
    parser.add_argument("--minutes", metavar="N", type=_number, help="how long it took")
    parser.add_argument("--at", metavar="TIME", help="when it happened: 14:32, or 2026-11-22T14:32 (default now)")
    parser.add_argument("--note", metavar="TEXT", help="a short note; no names, plates or birth dates")


def _number(text: str) -> int | str:
    """A number as typed; an empty value stays empty."""
    if text == "":
        return text
    if not re.fullmatch("-?[0-9]{1,12}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _sign_on(hand: Hand, typed: argparse.Namespace) -> Exit:
    before = hand.logbook.shift()
    shift = hand.logbook.sign_on(typed.number, typed.role, typed.watch, typed.unit or None)
    hand.let_station_recover()
    found = hand.current.watch_named(shift.watch)
    watch = shift.watch if found is None else found.label
    lines = [f"Signed on: {shift.person}, {shift.role}, {watch} watch."]
    if before is not None and before.person != shift.person:
        lines.append(f"{before.person} was still signed on and is signed off now.")
    show(shift_json(hand), lines, as_json=typed.json)
    return Exit.DONE


def _log(hand: Hand, typed: argparse.Namespace) -> Exit:
    entry = hand.logbook.log(Details(setting=typed.setting, **_given(hand, typed)))
    return _said("Logged", entry, hand, typed)


def _correct(hand: Hand, typed: argparse.Namespace) -> Exit:
    cleared = {name: None for name in ("rd", "tag", "minutes", "note") if getattr(typed, name) == ""}
    changes: dict[str, Any] = _given(hand, typed) | cleared
    if typed.setting is not None:
        changes["setting"] = typed.setting
    return _said("Corrected", hand.logbook.correct(typed.id, changes), hand, typed)


def _undo(hand: Hand, typed: argparse.Namespace) -> Exit:
    return _said("Undone", hand.logbook.undo(), hand, typed)


def _count_cards(hand: Hand, typed: argparse.Namespace) -> Exit:
    count = count_cards(hand, typed.cards)
    at = local_text(count.entered_at, hand.current.zone)
    found = {"id": count.id, "at": at, "person": count.person, "unit": count.unit, "cards": count.cards}
    here = day_text(count.entered_at, hand.clock.now(), hand.current.zone)
    show(found, [f"Counted {here} · {count.unit} · {counted_words(count.cards)}"], as_json=typed.json)
    return Exit.DONE


def _withdraw(hand: Hand, typed: argparse.Namespace) -> Exit:
    entry = hand.logbook.withdraw(typed.id, typed.reason)
    advice = [STOP_ADVICE] if typed.reason.strip().lower() == STOP_REASON else []
    return _said("Withdrawn", entry, hand, typed, advice)


def _list(hand: Hand, typed: argparse.Namespace) -> Exit:
    entries = hand.logbook.entries(with_past=typed.all)
    lines = [_line(entry, hand) for entry in entries] or ["No contacts on this device."]
    show_or_stop([hand.entry_json(entry) for entry in entries], lines, as_json=typed.json)
    return Exit.DONE


def _given(hand: Hand, typed: argparse.Namespace) -> dict[str, Any]:
    """The details that were typed; an empty value counts as not given."""
    given = {name: value for name in _DETAIL_OPTIONS if (value := getattr(typed, name)) not in {None, ""}}
    if typed.at:
        given["claimed_at"] = moment_from(typed.at, hand.clock.now(), hand.current.zone)
    return given


def _said(verb: str, entry: Entry, hand: Hand, typed: argparse.Namespace, more: Sequence[str] = ()) -> Exit:
    show(hand.entry_json(entry), [f"{verb} {_line(entry, hand)}", *more], as_json=typed.json)
    return Exit.DONE


def _line(entry: Entry, hand: Hand) -> str:
    contact = entry.contact
    state = STATE_WORDS[entry.state] if entry.stands else "Withdrawn or replaced"
    parts = [
        day_text(contact.claimed_at, hand.clock.now(), hand.current.zone),
        contact.id,
        hand.reference.at(contact.claimed_at).label_of(contact.setting),
        f"RD {contact.rd}" if contact.rd else "no RD yet",
        contact.source.value + (f" {contact.tag}" if contact.tag else ""),
        state,
        *(["no tag yet"] if any(flag == "tag-missing" for flag in entry.missing) else []),
        *([entry.reason] if entry.reason else []),
    ]
    return " · ".join(parts)
