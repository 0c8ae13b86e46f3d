"""admin-password, devices, revoke: who runs the station, and which devices hand in."""

import argparse
from typing import Any

from station.accounts import new_admin_password
from station.authenticators import forget_authenticator
from station.commands.office import Office
from station.database import open_database, open_for_reading
from station.devices import all_devices, revoke
from station.happenings import system_user
from station.people import ADMIN
from sync.commandline import Exit, Stop, show, show_or_stop
from sync.times import write_time


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""

    def command(name: str, do: Any, help_text: str, opens: Any = open_database) -> argparse.ArgumentParser:  # noqa: ANN401 - functions
        added: argparse.ArgumentParser = commands.add_parser(
            name, parents=[common], help=help_text, description=help_text, allow_abbrev=False
        )
        added.set_defaults(do=do, opens=opens)
        return added

    admin = command(
        "admin-password", _admin_password, "Print a new password for the console's administrator; the old one ends."
    )
    admin.add_argument(
        "--new-authenticator", action="store_true", help="the phone is lost: set up another with the next sign-in"
    )

    command("devices", _devices, "Show the enrolled devices.", open_for_reading)
    revoking = command("revoke", _revoke, "Take no more from a device; its records stay on it.")
    revoking.add_argument("name", metavar="NAME", help="the device's name (see: station755 devices)")


def _admin_password(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.writing() as session:
        password = new_admin_password(session, office.now(), system_user())
        if typed.new_authenticator:
            forget_authenticator(session, ADMIN, system_user())
    show_or_stop({"name": ADMIN, "admin_password": password}, [password], as_json=typed.json)
    return Exit.DONE


def _devices(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.reading() as session:
        found = [
            {
                "name": row.name,
                "device": str(row.id),
                "enrolled_at": write_time(row.enrolled_at),
                "heard_at": None if row.heard_at is None else write_time(row.heard_at),
                "revoked_at": None if row.revoked_at is None else write_time(row.revoked_at),
                "app": row.app,
                "sequence_last": row.sequence_last,
            }
            for row in all_devices(session)
        ]
    lines = [
        f"{item['name']} · {item['device']} · last heard {item['heard_at'] or 'never'}"
        + (" · revoked" if item["revoked_at"] else "")
        for item in found
    ]
    show_or_stop(found, lines or ["No device is enrolled."], as_json=typed.json)
    return Exit.DONE


def _revoke(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.writing() as session:
        count = revoke(session, typed.name, office.now(), system_user())
    if not count:
        raise Stop(Exit.NOT_FOUND, f"No enrolled device is called {typed.name!r}. See: station755 devices")
    show(
        {"name": typed.name, "revoked": count},
        [f"Revoked: {typed.name} ({count} device{'' if count == 1 else 's'})."],
        as_json=typed.json,
    )
    return Exit.DONE
