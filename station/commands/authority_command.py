"""rotate-authority: another authority in the place of the station's own, without any device losing its way."""

import argparse
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from station.authority import Authority
from station.certificates import Pair
from station.commands.office import Office, note_afterwards
from station.database import open_for_reading
from station.happenings import Happening
from station.tables import DeviceRow
from sync.commandline import Exit, Stop, show
from sync.times import write_time

_SHOWN_MAX = 20
# A certificate tells its making by the second: who was answered in that second may have been so before.
_MADE_WITHIN = timedelta(seconds=1)


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Replace the station's own certificate authority: first make the next one known, later let it follow."
    added = commands.add_parser(
        "rotate-authority", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.add_argument("--finish", action="store_true", help="let the next one follow now; the one before ends")
    added.add_argument(
        "--anyway", action="store_true", help="finish although some devices do not know it; they must enrol again"
    )
    added.set_defaults(do=_rotate, opens=open_for_reading)


def _rotate(office: Office, typed: argparse.Namespace) -> Exit:
    authority = Authority(office.folder)
    authority.make(office.reference.station, office.now())
    if typed.anyway and not typed.finish:
        raise Stop(Exit.BAD_INPUT, "--anyway says how to finish: give --finish with it.")
    return (_finish if typed.finish else _begin)(office, authority, typed)


def _begin(office: Office, authority: Authority, typed: argparse.Namespace) -> Exit:
    following = authority.begin_rotation(office.reference.station, office.now())
    left_seconds = (following.made_at + _MADE_WITHIN - office.now()).total_seconds()
    time.sleep(min(max(left_seconds, 0), _MADE_WITHIN.total_seconds()))  # who sends from here on counts
    note_afterwards(office.at, Happening.AUTHORITY_ROTATED, details="the next one made known")
    waiting = _unaware(office, following)
    found = {"pins": authority.pins(), "begun_at": write_time(following.made_at), "not_told_yet": waiting}
    lines = [
        "The next authority is made. Each device learns of it the next time it sends; until then both are good.",
        *_waiting_lines(waiting),
        "When every device knows it: station755 rotate-authority --finish",
    ]
    show(found, lines, as_json=typed.json)
    return Exit.DONE


def _finish(office: Office, authority: Authority, typed: argparse.Namespace) -> Exit:
    pairs = authority.pairs()
    if len(pairs) == 1:
        raise Stop(Exit.NOT_READY, "There is no next authority yet. Make it known first: station755 rotate-authority")
    waiting = _unaware(office, pairs[1])
    if waiting and not typed.anyway:
        names = ", ".join(waiting[:_SHOWN_MAX])
        raise Stop(
            Exit.NOT_READY,
            f"{len(waiting)} of the devices have not heard of the next authority: {names}. Let them send first, or "
            "revoke those that are gone. With --anyway they have to enrol again; nothing on them is lost.",
        )
    authority.finish_rotation()
    note_afterwards(office.at, Happening.AUTHORITY_ROTATED, details="finished")
    found = {"pins": authority.pins(), "not_told": waiting}
    lines = [
        "The next authority has followed; a station that serves takes it up within seconds.",
        *([f"These have to enrol again: {', '.join(waiting)}."] if waiting else []),
    ]
    show(found, lines, as_json=typed.json)
    return Exit.DONE


def _unaware(office: Office, following: Pair) -> Sequence[str]:
    """The devices that have not been answered since the next authority is handed out."""
    with office.database.reading() as session:
        rows = session.scalars(select(DeviceRow).where(DeviceRow.revoked_at.is_(None)).order_by(DeviceRow.name)).all()
        told_from = following.made_at + _MADE_WITHIN
        return [row.name for row in rows if max(row.enrolled_at, row.heard_at or row.enrolled_at) < told_from]


def _waiting_lines(waiting: Sequence[str]) -> list[str]:
    return [f"Not told yet: {', '.join(waiting)}."] if waiting else ["Every device knows it already."]
