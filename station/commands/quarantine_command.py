"""quarantine: what was put aside, and deciding on it."""

import argparse
from typing import Any

from station.commands.office import Office, note_afterwards
from station.commands.typed_values import number_of
from station.database import open_database, open_for_reading
from station.happenings import Happening, system_user
from station.quarantine import Decision, NotInQuarantine, PutAside, listed, one, person_in
from station.releasing import Decided, NotDecided, dismiss, release
from sync.commandline import Exit, Stop, show, show_or_stop
from sync.times import write_time


class _Deciding(argparse.Action):
    """An option that writes: the database is opened for it, where a look would change nothing."""

    def __call__(self, _parser: Any, typed: argparse.Namespace, values: Any, _option: str | None = None) -> None:  # noqa: ANN401 - argparse's own
        """Note the number."""
        setattr(typed, self.dest, values)
        typed.opens = open_database


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Show what could not be taken in, kept here as it came; release or dismiss one."
    added = commands.add_parser(
        "quarantine", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    number = number_of("station755 quarantine")
    either = added.add_mutually_exclusive_group()
    either.add_argument("--show", metavar="ID", type=number, help="one, with its bytes")
    either.add_argument(
        "--release", metavar="ID", type=number, action=_Deciding, help="take it in, if today's rules let it in"
    )
    either.add_argument(
        "--dismiss", metavar="ID", type=number, action=_Deciding, help="mark it as not wanted; it is kept"
    )
    added.add_argument("--reason", metavar="TEXT", help="why it is dismissed; the device is told")
    added.set_defaults(do=_quarantine, opens=open_for_reading)


def _quarantine(office: Office, typed: argparse.Namespace) -> Exit:
    if (typed.dismiss is None) != (typed.reason is None):
        raise Stop(Exit.BAD_INPUT, "Dismissing needs a reason: station755 quarantine --dismiss ID --reason TEXT")
    number = typed.show or typed.release or typed.dismiss
    try:
        if typed.release or typed.dismiss:
            return _decide(office, typed, number)
        return _list(office, typed) if number is None else _show(office, typed, number)
    except NotInQuarantine:
        sentence = f"There is no number {number} in quarantine. See: station755 quarantine"
        raise Stop(Exit.NOT_FOUND, sentence) from None


def _list(office: Office, typed: argparse.Namespace) -> Exit:
    found: list[PutAside] = []
    with office.database.reading() as session:
        while page := listed(session, after=found[-1].id if found else 0):
            found += page
    if found and typed.json:  # with their bytes
        note_afterwards(office.at, Happening.QUARANTINE_READ, details=f"{len(found)} records")
    show_or_stop(
        [_as_json(each) for each in found], [*map(_line, found)] or ["Nothing is in quarantine."], as_json=typed.json
    )
    return Exit.DONE


def _show(office: Office, typed: argparse.Namespace, number: int) -> Exit:
    with office.database.reading() as session:
        found = one(session, number)
    whose = person_in(found.raw, office.reference)
    note_afterwards(office.at, Happening.QUARANTINE_READ, whose, f"quarantine {number}")
    show_or_stop(_as_json(found), [_line(found), f"From {found.device}.", _text(found.raw)], as_json=typed.json)
    return Exit.DONE


def _decide(office: Office, typed: argparse.Namespace, number: int) -> Exit:
    try:
        with office.database.writing() as session:
            if typed.release:
                decided = release(session, number, system_user(), office.now(), office.reference)
            else:
                decided = dismiss(session, number, typed.reason, system_user(), office.now())
    except NotDecided as problem:
        raise Stop(Exit.BAD_INPUT, f"{problem} Nothing was changed.") from None
    if decided.decision is Decision.REFUSED_AGAIN:
        raise Stop(Exit.REFUSED, f"Not released, and kept: {decided.reason}")
    found = {"number": number, "decision": decided.decision.value, "reason": decided.reason, "is_new": decided.is_new}
    show(found, [_decided_line(number, decided)], as_json=typed.json)
    return Exit.DONE


def _decided_line(number: int, decided: Decided) -> str:
    if not decided.is_new:
        return f"{number} was {decided.decision.value} before; nothing was changed."
    return f"{number} is {decided.decision.value}. The device is told with its next exchange, if it can be named there."


def _line(found: PutAside) -> str:
    decided = "" if found.decided is None else f" · {found.decided}"
    return f"{found.id} · {found.verdict} · {found.reason}{decided}"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _as_json(found: PutAside) -> dict[str, Any]:
    return {
        "number": found.id,
        "device": found.device_id,
        "device_name": found.device,
        "received_at": write_time(found.received_at),
        "verdict": found.verdict.value,
        "reason": found.reason,
        "state": found.state.value,
        "raw": _text(found.raw),
    }
