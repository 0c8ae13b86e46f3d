"""move: from SQLite in the data folder to a PostgreSQL database."""

import argparse
from typing import Any

from station.chain import Broken
from station.commands.office import Premises
from station.happenings import system_user
from station.moving import Moved, NotMoved, move
from sync.commandline import Exit, Stop, show


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = (
        "Move the station from SQLite in the data folder to an empty PostgreSQL database (--database): every row is copied, "
        "read again on both sides and compared. It takes nothing in meanwhile; devices go on by themselves."
    )
    added = commands.add_parser("move", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.set_defaults(do=_move, opens=None)


def _move(premises: Premises, typed: argparse.Namespace) -> Exit:
    if not isinstance(premises.at, str):
        raise Stop(
            Exit.BAD_INPUT, "Name the empty PostgreSQL database to move to, with --database. Nothing was changed."
        )
    try:
        moved = move(premises.folder, premises.at, premises.now(), system_user())
    except NotMoved as problem:
        raise Stop(Exit.BAD_INPUT, str(problem)) from None
    show(
        {"rows": dict(moved.rows), "audit": str(moved.audit), "aside": str(moved.aside)},
        _lines(moved),
        as_json=typed.json,
    )
    return Exit.DONE


def _lines(moved: Moved) -> list[str]:
    is_broken = isinstance(moved.audit, Broken)
    return [
        f"Moved: {sum(moved.rows.values())} rows, {moved.rows['records']} of them records, equal on both sides.",
        "The audit came along as it was, and it is "
        + ("BROKEN: station755 audit verify" if is_broken else f"whole: {moved.audit}"),
        "Serve it from there from now on: station755 serve --database …, with the same data folder, which has the keys.",
        f"What was here is kept as {moved.aside}; nothing opens it any more.",
    ]
