"""enrol, send and rotate-device-key: what needs the station."""

import argparse
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from field_app.audit_words import caught_up_words
from field_app.commands.key_commands import add_unsealed
from field_app.enrolling import enrol, invitation_typed
from field_app.entries import counted
from field_app.hand import Hand, desk_for, sending_over
from field_app.keys.choice import make_store
from field_app.keys.keyring import Keyring
from field_app.refusals import BadInput, NotEnrolled
from field_app.rotating import rotate
from field_app.sending import Sending, Sent, received_words
from sync.commandline import Exit, show, tell
from sync.exchange import keep_sending
from sync.outcome import Ending, Outcome
from sync.planning import Plan
from sync.reference import Reference
from sync.signing import public_key_of
from sync.verdicts import State

# `send` waits no longer than this in all before it leaves the next try to the deputy; with --keep-trying, a day.
PATIENCE_SECONDS = 15
PATIENCE_SECONDS_KEEP_TRYING = 24 * 3_600

_EXITS: dict[Outcome, Exit] = {
    Outcome.NOTHING_TO_SEND: Exit.DONE,
    Outcome.RECEIVED: Exit.DONE,
    Outcome.NOT_REACHABLE: Exit.NOT_REACHABLE,
    Outcome.NOT_THE_STATION: Exit.NOT_REACHABLE,
    Outcome.BAD_RECEIPT: Exit.NOT_REACHABLE,
    Outcome.TRY_LATER: Exit.NOT_REACHABLE,
    Outcome.FAULT: Exit.NOT_REACHABLE,
    Outcome.CHALLENGE_STALE: Exit.NOT_REACHABLE,
    Outcome.REFUSED: Exit.REFUSED,
    Outcome.BATCH_REFUSED: Exit.REFUSED,
}


@dataclass
class _Tries:
    """The tries of one `send`, each on a line of its own: while one waits, the device may be enrolled elsewhere."""

    hand: Hand
    plan: Plan = field(default_factory=Plan)
    station: str = ""
    rounds: list[Sent] = field(default_factory=list)
    asked: list[Ending] = field(default_factory=list)  # for news, if there is nothing to send

    def once(self) -> Ending:
        """Try once. Raises NotEnrolled, StoreFault."""
        station, enrolments = self.hand.device.enrolled()
        if station is None:
            raise NotEnrolled
        self.station = station.station
        client = self.hand.client(station)
        try:
            sending = sending_over(self.hand, station, enrolments, client, self.plan)
            self._send(sending)
            self.plan = sending.plan
        finally:
            client.close()
        return self.rounds[-1].ending

    def _send(self, sending: Sending) -> None:
        self.rounds.append(sending.send())
        if len(self.rounds) == 1 and _is_idle(self.rounds[-1]):
            self.asked.append(sending.ask())
            if self.hand.store.ready_ids():  # the station was restored, and lacks what it had
                self.rounds.append(sending.send())
        sending.tidy(self.hand.current.keep)


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""
    help_text = "Enrol this device at a station, once, with a code from: station755 enrol-code NAME"
    added = commands.add_parser("enrol", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument(
        "url", metavar="ADDRESS", help="the station's address, or the whole text that it printed, in quotes"
    )
    added.add_argument("code", metavar="CODE", nargs="?", help="the code, like K7QM-4T2X, if it is not in the address")
    added.add_argument(
        "--authority", metavar="FILE", type=Path, help="trust this certificate authority (PEM) and no other"
    )
    add_unsealed(added)
    added.set_defaults(before=_before_enrol, do=_enrol)

    help_text = "Send everything that is ready to the station, and say what it received."
    added = commands.add_parser("send", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument(
        "--keep-trying", action="store_true", help="go on until the station has everything (Ctrl-C ends it)"
    )
    added.set_defaults(do=_send)

    help_text = "Sign with a new device key from now on; the station is told with the old one and the new."
    added = commands.add_parser(
        "rotate-device-key", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.set_defaults(do=_rotate_device_key)


def _before_enrol(keyring: Keyring, typed: argparse.Namespace, _: Reference) -> None:
    """The store may be made now; until the first sign-on it has no PIN. Raises BadInput, StoreFault."""
    invitation_typed(typed.url, typed.code, _authority(typed))  # a slip makes no store
    make_store(keyring, unsealed=typed.unsealed)


def _enrol(hand: Hand, typed: argparse.Namespace) -> Exit:
    station = enrol(hand.device, typed.url, typed.code, _authority(typed), hand.client)
    hand.let_station_recover()
    found = {"station": station.station, "name": station.name, "address": station.address}
    show(
        found | {"device": hand.device.identity().device},
        [f"Enrolled at {station.station} as {station.name}."],
        as_json=typed.json,
    )
    return Exit.DONE


def _send(hand: Hand, typed: argparse.Namespace) -> Exit:
    before, tries = hand.store.standing(), _Tries(hand)
    patience_seconds = PATIENCE_SECONDS_KEEP_TRYING if typed.keep_trying else PATIENCE_SECONDS
    keep_sending(tries.once, _wait, random.random, patience_seconds)
    for ending in tries.asked:
        if ending.outcome is not Outcome.RECEIVED:
            tell(f"No news: {ending.sentence}")
    notice = caught_up_words(before, hand.store.standing())
    return _tell(tries.rounds, tries.station, notice, as_json=typed.json)


def _is_idle(sent: Sent) -> bool:
    return not sent.receipts and sent.ending.outcome is Outcome.NOTHING_TO_SEND


def _rotate_device_key(hand: Hand, typed: argparse.Namespace) -> Exit:
    station = hand.device.station()
    if station is None:
        raise NotEnrolled
    rotate(hand.device, desk_for(hand, station), hand.clock.new_id)
    found = {"device": hand.device.identity().device, "public_key": public_key_of(hand.device.private_key())}
    show(found, ["The device has a new signing key; the station knows it."], as_json=typed.json)
    return Exit.DONE


def _wait(seconds: float, ending: Ending) -> None:
    if seconds >= 1:
        tell(f"{ending.sentence} Trying again in {round(seconds)} s.")
    time.sleep(seconds)


def _authority(typed: argparse.Namespace) -> str | None:
    path: Path | None = typed.authority
    try:
        return None if path is None else path.read_text("ascii")
    except (OSError, ValueError):
        raise BadInput(f"{path} cannot be read as a certificate (PEM). Ask the station for its authority.") from None


def _tell(rounds: list[Sent], station: str, notice: str | None, *, as_json: bool) -> Exit:
    last = rounds[-1].ending
    waiting = len(rounds[-1].still_ready)
    received = {entry.contact.id: entry for sent in rounds for entry in sent.received}
    attention = [entry for entry in received.values() if entry.state is State.NEEDS_ATTENTION]
    receipts = [number for sent in rounds for number in sent.receipts]
    total = len(received) + waiting
    is_done = last.outcome is Outcome.NOTHING_TO_SEND
    code = Exit.NEEDS_ATTENTION if is_done and attention else _EXITS[last.outcome]
    found = {
        "outcome": last.outcome.value,
        "contacts": total,
        "contacts_received": len(received),
        "records_received": sum(sent.records_received for sent in rounds),
        "needs_attention": [{"id": entry.contact.id, "reason": entry.reason} for entry in attention],
        "receipts": receipts,
        "station": station,
        "notice": notice,
    }
    lines = [
        *([] if notice is None else [notice]),
        received_words(len(received), total, receipts)
        if receipts
        else "Nothing to send."
        if is_done
        else "Nothing was received.",
        *(f"Needs attention: {entry.contact.id}: {entry.reason}" for entry in attention),
    ]
    if not is_done:
        sentence = f"{last.sentence} {counted(waiting)} safe on this device."
        found |= {"error": sentence, "exit_code": int(code)}
        tell(sentence)
    show(found, lines, as_json=as_json)
    return code
