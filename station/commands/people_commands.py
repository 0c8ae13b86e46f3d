"""add-person, release, roster, import-roster: who is at the station, and who may sign in again."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from station.accounts import open_again, release
from station.commands.office import Office
from station.database import open_database
from station.happenings import Happening, note, system_user
from station.people import ADMIN, add_person
from station.roles import StationRole
from station.rosters import (
    BadLine,
    Change,
    changes_of,
    import_roster,
    kind_of_change,
    read_roster,
    roster_csv,
    roster_of,
    summary,
)
from sync.commandline import Exit, Stop, put_or_stop, show, show_or_stop


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""

    def command(name: str, do: Any, help_text: str) -> argparse.ArgumentParser:  # noqa: ANN401 - a function
        added: argparse.ArgumentParser = commands.add_parser(
            name, parents=[common], help=help_text, description=help_text, allow_abbrev=False
        )
        added.set_defaults(do=do, opens=open_database)
        return added

    adding = command("add-person", _add_person, "Make a person's number known, so that worksheets do not flag it.")
    adding.add_argument("number", metavar="NUMBER", help="employee or volunteer number, six digits")
    adding.add_argument(
        "--role", choices=list(StationRole), default=StationRole.DEPUTY, type=StationRole, help="default: deputy"
    )

    releasing = command("release", _release, "Let somebody sign in again who is locked, or closed as long unused.")
    releasing.add_argument("number", metavar="NUMBER", help=f"employee or volunteer number, or {ADMIN}")

    command("roster", _roster, "Print everyone's number, role and state as CSV, as it can be imported again.")

    importing = command("import-roster", _import_roster, "Take a roster over: a CSV file of numbers, roles and states.")
    importing.add_argument("file", metavar="FILE", type=Path, help="columns: number, role and, if wanted, state")
    importing.add_argument("--preview", action="store_true", help="only say what would change")


def _add_person(office: Office, typed: argparse.Namespace) -> Exit:
    if not office.reference.is_person(typed.number):
        raise Stop(Exit.BAD_INPUT, f"{typed.number!r} is not a person's number. It has six digits, like 900001.")
    with office.database.writing() as session:
        is_new = add_person(session, typed.number, typed.role, office.now(), system_user())
    line = f"Added: {typed.number}, {typed.role}." if is_new else f"{typed.number} is known already."
    show({"number": typed.number, "is_new": is_new}, [line], as_json=typed.json)
    return Exit.DONE


def _release(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.writing() as session:
        was_locked = release(session, typed.number, system_user())
        was_closed = open_again(session, typed.number, office.now(), system_user())
    done = [words for is_done, words in ((was_locked, "released"), (was_closed, "opened again")) if is_done]
    line = f"{typed.number}: {' and '.join(done) or 'neither locked nor closed'}."
    show({"number": typed.number, "was_locked": was_locked, "was_closed": was_closed}, [line], as_json=typed.json)
    return Exit.DONE


def _roster(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.writing() as session:
        entries = roster_of(session)
        note(session, Happening.ROSTER_EXPORTED, system_user(), details=f"{len(entries)} people")
    if typed.json:
        found = [{"number": entry.number, "role": entry.role, "state": entry.state} for entry in entries]
        show_or_stop(found, [], as_json=True)
    else:
        put_or_stop(roster_csv(entries))
    return Exit.DONE


def _import_roster(office: Office, typed: argparse.Namespace) -> Exit:
    try:
        raw = typed.file.read_bytes()
    except OSError as problem:
        raise Stop(Exit.BAD_INPUT, f"{typed.file} cannot be read: {problem.strerror}.") from None
    entries, bad = read_roster(raw, office.reference)
    if bad:
        raise Stop(Exit.BAD_INPUT, _refusal(bad))
    if typed.preview:
        with office.database.reading() as session:
            changes: Sequence[Change] = changes_of(session, entries)
    else:
        with office.database.writing() as session:
            changes = import_roster(session, entries, office.now(), system_user()) or []
    lines = [f"{change.after.number}: {kind_of_change(change)}, {change.after.role}" for change in changes]
    end = (
        "Nothing was changed: this is what would be."
        if typed.preview
        else f"Imported: {summary(changes) or 'nothing new'}."
    )
    found = [{"number": each.after.number, "change": kind_of_change(each), "role": each.after.role} for each in changes]
    say = show_or_stop if typed.preview else show
    say(found, [*lines, end], as_json=typed.json)
    return Exit.DONE


def _refusal(bad: Sequence[BadLine]) -> str:
    lines = "".join(f"\n  line {each.line}: {each.sentence}" for each in bad)
    return f"Nothing was imported. These lines cannot be taken:{lines}"
