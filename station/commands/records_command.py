"""records: legal holds, and deleting what has been kept for long enough."""

import argparse
from datetime import datetime
from typing import Any
from uuid import UUID

from station.commands.office import Office
from station.commands.typed_values import date_typed, number_of
from station.database import open_database, open_for_reading
from station.deleting import Asked, Order, Stays, Tally, delete, preview
from station.happenings import system_user
from station.holds import Held, Hold, NotHeld, all_holds, holds_in_force, lift_hold, scope_words, set_hold
from station.loose import NotDeleted
from station.retention import Why
from sync.commandline import Exit, Parser, Stop, show, show_or_stop
from sync.times import write_time

_STAYS_WORDS = {
    Stays.HELD: "held",
    Stays.UNDECIDED: "beside something in quarantine that waits for a decision",
    Stays.YOUNG: "younger than two years, or tied to something that is",
    Stays.LATER: "tied by a correction to a later day",
}


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command, with its four, to the command line."""
    help_text = "Set and lift legal holds; delete records that were kept for two years."
    records = commands.add_parser("records", help=help_text, description=help_text, allow_abbrev=False)
    those = records.add_subparsers(metavar="WHAT", required=True, parser_class=Parser)

    def command(name: str, do: Any, help_text: str, opens: Any = open_database) -> argparse.ArgumentParser:  # noqa: ANN401 - functions
        added: argparse.ArgumentParser = those.add_parser(
            name, parents=[common], help=help_text, description=help_text, allow_abbrev=False
        )
        added.set_defaults(do=do, opens=opens)
        return added

    command("holds", _holds, "Show every legal hold, those in force first.", open_for_reading)
    holding = command("hold", _hold, "Set a legal hold: what fits all that is given is not deleted until it is lifted.")
    holding.add_argument("--matter", metavar="TEXT", required=True, help="the case, by number or name")
    holding.add_argument("--reason", metavar="TEXT", required=True, help="why")
    holding.add_argument("--person", metavar="NUMBER", help="only this person's")
    holding.add_argument("--from", metavar="DATE", type=date_typed, dest="first_on", help="only from this day on")
    holding.add_argument("--to", metavar="DATE", type=date_typed, dest="last_on", help="only through this day")
    holding.add_argument("--rd", metavar="RD", help="only what hangs together with a contact in this RD")
    lifting = command("lift", _lift, "Lift a legal hold; it stays in the list.")
    lifting.add_argument(
        "number", metavar="NUMBER", type=number_of("station755 records holds"), help="the hold's number"
    )
    lifting.add_argument("--reason", metavar="TEXT", required=True, help="why")
    help_text = "Say what would be deleted and what would stay; with --confirm, delete it. There is no way back."
    deleting = command("delete", _delete, help_text, open_for_reading)
    which = deleting.add_mutually_exclusive_group(required=True)
    which.add_argument("--until", metavar="DATE", type=date_typed, help="everything up to this day, itself included")
    which.add_argument("--record", metavar="ID", type=_id, help="the worksheet that this record is on")
    deleting.add_argument("--why", choices=[*map(str, Why)], help="on what authority")
    deleting.add_argument("--reason", metavar="TEXT", help="the resolution's or the order's number, or why")
    deleting.add_argument("--confirm", action=_Confirming, nargs=0, default=False, help="delete it")


class _Confirming(argparse.Action):
    """An option that deletes: the database is opened for it, where a preview changes nothing."""

    def __call__(self, _parser: Any, typed: argparse.Namespace, _values: Any, _option: str | None = None) -> None:  # noqa: ANN401 - argparse's own
        """Note it."""
        setattr(typed, self.dest, True)
        typed.opens = open_database


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a record's id; the worksheets' CSV has them") from None


def _holds(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.reading() as session:
        found = all_holds(session)
    show_or_stop(
        [_hold_json(row) for row in found], [*map(_hold_line, found)] or ["There is no hold."], as_json=typed.json
    )
    return Exit.DONE


def _hold(office: Office, typed: argparse.Namespace) -> Exit:
    held = Held(typed.matter, typed.reason, typed.person, typed.first_on, typed.last_on, typed.rd)
    try:
        with office.database.writing() as session:
            number = set_hold(session, held, office.reference, system_user(), office.now())
    except NotHeld as problem:
        raise Stop(Exit.BAD_INPUT, f"{problem} Nothing was changed.") from None
    show({"number": number}, [f"Hold {number} is in force."], as_json=typed.json)
    return Exit.DONE


def _lift(office: Office, typed: argparse.Namespace) -> Exit:
    try:
        with office.database.writing() as session:
            lift_hold(session, typed.number, typed.reason, system_user(), office.now())
    except NotHeld as problem:
        raise Stop(Exit.BAD_INPUT, f"{problem} Nothing was changed.") from None
    show({"number": typed.number}, [f"Hold {typed.number} is lifted."], as_json=typed.json)
    return Exit.DONE


def _delete(office: Office, typed: argparse.Namespace) -> Exit:
    if typed.confirm and not (typed.why and typed.reason):
        raise Stop(Exit.BAD_INPUT, "Deleting needs --why and --reason. Nothing was deleted.")
    now = office.now()
    order = Order(now, office.reference.at(now).zone, typed.until, typed.record)
    try:
        if typed.confirm:
            asked = Asked(system_user(), Why(typed.why), typed.reason)
            done = [_tally_json(tally) for tally in delete(office.database, order, asked)]
            count = sum(each["records"] for each in done)
            show(
                done,
                [f"Deleted: {count} records, in {len(done)} portions. The audit tells of each."],
                as_json=typed.json,
            )
            return Exit.DONE
        with office.database.reading() as session:
            tally, holds = preview(session, order), {hold.id: hold for hold in holds_in_force(session)}
    except NotDeleted as problem:
        raise Stop(Exit.BAD_INPUT, str(problem)) from None
    show_or_stop(_tally_json(tally), _preview_lines(tally, holds), as_json=typed.json)
    return Exit.DONE


def _preview_lines(tally: Tally, holds: dict[int, Hold]) -> list[str]:
    span = f", worksheets of {tally.first} to {tally.last}" if tally.first else ""
    others = f"; {tally.aside} put aside, {tally.bundles} receipts of files"
    return [
        f"Would be deleted: {tally.records} records ({tally.contacts} contacts, {tally.sheets} worksheets){span}{others}.",
        *(f"Stay: {count} records, {_STAYS_WORDS[stays]}." for stays, count in sorted(tally.stays.items())),
        *(f"Hold {number} keeps {count}: {_hold_line(holds[number])}" for number, count in sorted(tally.held.items())),
        "Nothing was deleted. With --confirm, --why and --reason it is, and there is no way back.",
    ]


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {
        "records": tally.records,
        "contacts": tally.contacts,
        "worksheets": tally.sheets,
        "put_aside": tally.aside,
        "receipts": tally.bundles,
        "first": None if tally.first is None else tally.first.isoformat(),
        "last": None if tally.last is None else tally.last.isoformat(),
        "stay": {stays.value: count for stays, count in tally.stays.items()},
        "held": {str(number): count for number, count in tally.held.items()},
        "ids_sha256": tally.mark,
    }


def _hold_line(row: Hold) -> str:
    lifted = f" · lifted {_time(row.lifted_at)} by {row.lifted_by}: {row.lifted_reason}" if row.lifted_at else ""
    return f"{row.id} · {row.matter} · {scope_words(row)} · {row.reason} · {_time(row.at)} by {row.who}{lifted}"


def _hold_json(row: Hold) -> dict[str, Any]:
    return {
        "number": row.id,
        "matter": row.matter,
        "reason": row.reason,
        "person": row.person,
        "from": None if row.first_on is None else row.first_on.isoformat(),
        "to": None if row.last_on is None else row.last_on.isoformat(),
        "rd": row.rd,
        "by": row.who,
        "at": _time(row.at),
        "lifted_at": _time(row.lifted_at),
        "lifted_by": row.lifted_by,
        "lifted_reason": row.lifted_reason,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else write_time(at)
