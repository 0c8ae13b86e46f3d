"""serve, admin-password, enrol-code, add-person, devices, revoke: running the station."""

import argparse
import signal
import ssl
from pathlib import Path
from typing import Any

from station.accounts import ADMIN, first_administrator, new_admin_password
from station.app import Certificate, bind, create_app, serve
from station.commands.office import Office
from station.database import open_database, open_for_reading
from station.devices import NAME_CHARACTERS_MAX, all_devices, make_code, revoke
from station.people import add_person
from station.releasing import try_held_again
from sync.commandline import Exit, Stop, show
from sync.limits import ENROL_SECONDS_MAX
from sync.records import Role
from sync.times import write_time

PORT = 8755
_PORT_MAX = 65_535


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""

    def command(name: str, do: Any, help_text: str, opens: Any = open_database) -> argparse.ArgumentParser:  # noqa: ANN401 - functions
        added: argparse.ArgumentParser = commands.add_parser(
            name, parents=[common], help=help_text, description=help_text, allow_abbrev=False
        )
        added.set_defaults(do=do, opens=opens)
        return added

    serving = command("serve", _serve, "Serve devices and the console until Ctrl-C, on this machine only unless told.")
    serving.add_argument("--host", metavar="H", default="127.0.0.1", help="address to serve on (default 127.0.0.1)")
    serving.add_argument(
        "--port", metavar="N", type=_port, default=PORT, help=f"port (default {PORT}; 0 takes a free one)"
    )
    serving.add_argument("--certificate", metavar="FILE", type=Path, help="TLS certificate chain (PEM)")
    serving.add_argument("--private-key", metavar="FILE", type=Path, help="its private key (PEM)")

    command(
        "admin-password", _admin_password, "Print a new password for the console's administrator; the old one ends."
    )

    enrolling = command("enrol-code", _enrol_code, "Print a one-time code with which one device can enrol.")
    enrolling.add_argument("name", metavar="NAME", help="what the station will call the device, like 'car 42'")

    adding = command("add-person", _add_person, "Make a person's number known, so that worksheets do not flag it.")
    adding.add_argument("number", metavar="NUMBER", help="employee or volunteer number, six digits")
    adding.add_argument("--role", choices=list(Role), default=Role.DEPUTY, type=Role, help="default: deputy")

    command("devices", _devices, "Show the enrolled devices.", open_for_reading)
    revoking = command("revoke", _revoke, "Take no more from a device; its records stay on it.")
    revoking.add_argument("name", metavar="NAME", help="the device's name (see: station755 devices)")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _PORT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; ports are numbers up to {_PORT_MAX}")
    return int(text)


def _serve(office: Office, typed: argparse.Namespace) -> Exit:
    certificate = _certificate(typed.certificate, typed.private_key)
    listener = bind(typed.host, typed.port, certificate)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    address = f"{'http' if certificate is None else 'https'}://{shown}:{port}"
    # A service manager ends the station with SIGTERM; the server turns that into an orderly end of its own.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with office.database.writing() as session:
            password = first_administrator(session, office.now())
        try_held_again(office.database, office.reference, office.now())
        lines = [f"{office.reference.station} serves at {address} (Ctrl-C ends it).", *_first_start(password)]
        show({"address": address, "admin_password": password}, lines, as_json=typed.json)
        app = create_app(office.database, office.reference, only_here=certificate is None)
        serve(app, listener, certificate)
    except KeyboardInterrupt:
        pass  # the server has finished its requests by now
    finally:
        listener.close()
    return Exit.DONE


def _first_start(password: str | None) -> list[str]:
    if password is None:
        return []
    return [
        f"First start: sign in there as {ADMIN} with the password {password}",
        "It is shown only this once; station755 admin-password makes a new one.",
    ]


def _admin_password(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.writing() as session:
        password = new_admin_password(session, office.now())
    show({"name": ADMIN, "admin_password": password}, [password], as_json=typed.json)
    return Exit.DONE


def _certificate(chain: Path | None, private_key: Path | None) -> Certificate | None:
    if chain is None and private_key is None:
        return None
    if chain is None or private_key is None:
        raise Stop(Exit.BAD_INPUT, "A certificate needs its private key: give both --certificate and --private-key.")
    for path in (chain, private_key):
        if not path.is_file():
            raise Stop(Exit.BAD_INPUT, f"There is no file {path}.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, private_key, password=_no_password)
    except (ssl.SSLError, ValueError, OSError):
        raise Stop(
            Exit.BAD_INPUT,
            f"{chain} and {private_key} are not a certificate and its own private key, in PEM and without a pass phrase.",
        ) from None
    return Certificate(chain, private_key)


def _no_password() -> str:
    raise ValueError("a station starts by itself, with nobody there to type a pass phrase")


def _enrol_code(office: Office, typed: argparse.Namespace) -> Exit:
    name = typed.name.strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise Stop(Exit.BAD_INPUT, f"A device's name has 1 to {NAME_CHARACTERS_MAX} characters, like 'car 42'.")
    with office.database.writing() as session:
        code = make_code(session, name, office.now())
    found = {"code": code, "name": name, "minutes": ENROL_SECONDS_MAX // 60}
    show(found, [code], as_json=typed.json)
    return Exit.DONE


def _add_person(office: Office, typed: argparse.Namespace) -> Exit:
    if not office.reference.is_person(typed.number):
        raise Stop(Exit.BAD_INPUT, f"{typed.number!r} is not a person's number. It has six digits, like 900001.")
    with office.database.writing() as session:
        is_new = add_person(session, typed.number, typed.role, office.now())
    line = f"Added: {typed.number}, {typed.role}." if is_new else f"{typed.number} is known already."
    show({"number": typed.number, "is_new": is_new}, [line], as_json=typed.json)
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
    show(found, lines or ["No device is enrolled."], as_json=typed.json)
    return Exit.DONE


def _revoke(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.writing() as session:
        count = revoke(session, typed.name, office.now())
    if not count:
        raise Stop(Exit.NOT_FOUND, f"No enrolled device is called {typed.name!r}. See: station755 devices")
    show(
        {"name": typed.name, "revoked": count},
        [f"Revoked: {typed.name} ({count} device{'' if count == 1 else 's'})."],
        as_json=typed.json,
    )
    return Exit.DONE
