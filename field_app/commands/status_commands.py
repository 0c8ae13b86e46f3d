"""status and receipts: what is on the device, and what the station has said of it."""

import argparse
from typing import Any

from field_app.audit_words import notices
from field_app.hand import Hand
from field_app.keys.faults import locked
from field_app.keys.keyring import Keyring
from field_app.moments import local_text
from field_app.receipts import Kept, receipt_words
from sync.commandline import Exit, show_or_stop
from sync.verdicts import STATE_WORDS, State


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""
    help_text = "Show who is signed on, what is ready to send, and how the store is sealed."
    added = commands.add_parser("status", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.set_defaults(do=_status, do_locked=_status_locked)
    help_text = "Show the station's last receipts, each with its number and how many records it settled."
    added = commands.add_parser("receipts", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.set_defaults(do=_receipts)


def _status(hand: Hand, typed: argparse.Namespace) -> Exit:
    tally = hand.logbook.tally()
    station, shift, damage = hand.device.station(), shift_json(hand), hand.store.damage()
    standing, told = hand.store.standing(), notices(hand.store, hand.logbook)
    receipts = hand.logbook.page().receipts()[:1]
    attention = [entry for entry in hand.logbook.entries() if entry.state is State.NEEDS_ATTENTION]
    found: dict[str, Any] = {state.value: count for state, count in tally.contacts.items()} | {
        "oldest_ready_seconds": tally.oldest_ready_seconds,
        "records_ready": tally.records_ready,
        "attention": [{"id": entry.contact.id, "reason": entry.reason} for entry in attention],
        "last_receipt": next((_receipt_json(kept, hand) for kept in receipts), None),
        "audit": {"said": standing.said, "held": standing.held, "missing": [list(each) for each in standing.missing]},
        "notices": list(told),
        "signed_on": shift,
        "station": None if station is None else {"address": station.address, "name": station.station},
        "sealing": hand.keyring.sealing(),
        "locked": False,
        "each_write": hand.policy,
        "damage": damage,
    }
    counts = " · ".join(f"{STATE_WORDS[state]} {count}" for state, count in tally.contacts.items())
    age = tally.oldest_ready_seconds
    others = tally.records_ready - tally.contacts[State.READY_TO_SEND]
    lines = [
        "Nobody is signed on." if shift is None else f"Signed on: {shift['person']}, {shift['role']}, {shift['watch']}",
        counts + ("" if age is None else f" · oldest {age // 60} min"),
        *(
            [
                f"Also ready to send: {others} others (worksheets, card counts, briefings read, contacts withdrawn or replaced)."
            ]
            if others
            else []
        ),
        *(f"Needs attention: {entry.contact.id}: {entry.reason}" for entry in attention),
        *told,
        "Not enrolled at a station." if station is None else f"Station: {station.station}, {station.address}",
        *(f"Last: {receipt_words(kept, hand.current.zone)}" for kept in receipts),
        f"Store: {hand.keyring.sealing()}; each write: {hand.policy}",
        *(f"Damage in the store: {line}" for line in damage),
    ]
    show_or_stop(found, lines, as_json=typed.json)
    return Exit.DONE


def _status_locked(keyring: Keyring, typed: argparse.Namespace) -> Exit:
    sentence, sealing = str(locked()), keyring.sealing()
    found = {"error": sentence, "exit_code": int(Exit.NOT_READY), "sealing": sealing, "locked": True}
    show_or_stop(found, [f"Store: {sealing}; locked", sentence], as_json=typed.json)
    return Exit.NOT_READY


def _receipts(hand: Hand, typed: argparse.Namespace) -> Exit:
    found = hand.logbook.page().receipts()
    lines = [receipt_words(kept, hand.current.zone) for kept in found] or ["No receipt on this device yet."]
    show_or_stop([_receipt_json(kept, hand) for kept in found], lines, as_json=typed.json)
    return Exit.DONE


def _receipt_json(kept: Kept, hand: Hand) -> dict[str, Any]:
    at = local_text(kept.received_at, hand.current.zone)
    return {"receipt": kept.number, "received_at": at, "records": kept.records}


def shift_json(hand: Hand) -> dict[str, Any] | None:
    """Whose shift it is, for a program; None if nobody is signed on."""
    shift = hand.logbook.shift()
    if shift is None:
        return None
    return {
        "person": shift.person,
        "role": shift.role.value,
        "watch": shift.watch,
        "unit": shift.unit,
        "since": local_text(shift.signed_on_at, hand.current.zone),
    }
