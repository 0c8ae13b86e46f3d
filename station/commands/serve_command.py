"""serve: the station's server, over plain HTTP on this machine alone, and over TLS beyond it."""

import argparse
import signal
import ssl
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from typing import Any

from station.accounts import first_administrator
from station.authority import Authority
from station.commands.office import Office
from station.commands.serve_workers import environment_for_others, see_that_workers_can_be, typed_for_others
from station.database import open_database
from station.happenings import Happening, note, system_user
from station.keeping import kept_up
from station.live_certificate import Certificate, LiveCertificate
from station.names import host_name, name_to_show, names_of
from station.people import ADMIN
from station.releasing import try_held_again
from station.served import Served, keep_served
from station.workers import WORKERS_MAX, serve_beside, working_beside
from sync.address import is_loopback
from sync.commandline import Exit, Stop, port_typed, show

PORT = 8755


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Serve devices and the console until Ctrl-C, on this machine only unless told."
    added = commands.add_parser("serve", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument("--host", metavar="H", default="127.0.0.1", help="address to serve on (default 127.0.0.1)")
    added.add_argument(
        "--port", metavar="N", type=port_typed, default=PORT, help=f"port (default {PORT}; 0 takes a free one)"
    )
    added.add_argument(
        "--name",
        metavar="NAME",
        action="append",
        type=_name,
        default=[],
        help="a host name or address under which it is reached, over https; the first is the one for devices",
    )
    added.add_argument(
        "--certificate", metavar="FILE", type=Path, help="TLS certificate chain (PEM), in place of the station's own"
    )
    added.add_argument("--private-key", metavar="FILE", type=Path, help="its private key (PEM)")
    added.add_argument(
        "--metrics-port",
        metavar="N",
        type=port_typed,
        help="serve numbers for Prometheus at /metrics on this port, to this machine only (0 takes a free one)",
    )
    added.add_argument(
        "--log-json", action="store_true", help="tell every answer and happening on standard error, a line of JSON each"
    )
    added.add_argument(
        "--workers",
        metavar="N",
        type=_count,
        default=1,
        help=f"processes that serve, one for each core at most ({WORKERS_MAX} at most; default 1; on Linux)",
    )
    added.add_argument(
        "--beside", action="store_true", help=argparse.SUPPRESS
    )  # a further worker, started by the first
    added.set_defaults(do=_serve, opens=open_database)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= WORKERS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of workers; there are 1 to {WORKERS_MAX}")
    return int(text)


def _name(text: str) -> str:
    try:
        return host_name(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem).rstrip(".")) from None


def _serve(office: Office, typed: argparse.Namespace) -> Exit:
    # No other command needs the web server, which takes longer to load than all the rest.
    from station.app import bind, create_app, serve  # noqa: PLC0415 - see above
    from station.logs import tell  # noqa: PLC0415 - see above
    from station.metrics import serving_metrics  # noqa: PLC0415 - see above

    authority = Authority(office.folder)
    authority.make(office.reference.station, office.now())
    given = _given(typed.certificate, typed.private_key)
    certificate = given or _own(office, authority, typed.host, typed.name)
    is_first, is_shared = not typed.beside, typed.beside or typed.workers > 1
    if is_first and is_shared:
        see_that_workers_can_be(typed.workers, typed.metrics_port)
        bind(typed.host, typed.port).close()  # another station there is refused; it would share the port
    listener = bind(typed.host, typed.port, is_shared=is_shared)
    port = listener.getsockname()[1]
    address = _address(typed.host, typed.name, port, is_tls=certificate is not None)
    served = Served(address, has_own_authority=given is None and certificate is not None)
    is_over = _ending()
    tell(as_json=typed.log_json)
    try:
        with (
            serving_metrics(office.database, typed.metrics_port) as (metrics, metrics_address),
            working_beside(typed_for_others(office, typed, port), environment_for_others(office)),
        ):
            app = create_app(
                office.database,
                office.reference,
                only_here=certificate is None,
                authority=authority if served.has_own_authority else None,
                metrics=metrics,
                served=served,
            )
            if is_first:
                _say(typed, office.reference.station, address, _begin(office, served), metrics_address)
            else:
                serve_beside()
            # What is kept ready is the first one's work, or each would do all of it.
            with kept_up(office.database, office.reference) if is_first else nullcontext():
                serve(app, listener, certificate, is_over)
    except KeyboardInterrupt:
        pass  # the server has finished its requests by now
    finally:
        listener.close()
    return Exit.DONE


def _ending() -> Event:
    """Set at a Ctrl-C and at SIGTERM, beside the interrupt, which could be lost (app.py)."""
    from station.app import ENDING_SIGNALS  # noqa: PLC0415 - as above

    is_over = Event()

    def end(*_: object) -> None:
        is_over.set()
        raise KeyboardInterrupt

    for each in ENDING_SIGNALS:
        signal.signal(each, end)
    return is_over


def _begin(office: Office, served: Served) -> str | None:
    """What is done once when a station starts; the first administrator's password, at the very first start."""
    with office.database.writing() as session:
        password = first_administrator(session, office.now())
        note(session, Happening.STATION_STARTED, system_user(), details=served.address)
    try_held_again(office.database, office.reference, office.now())
    keep_served(office.folder, served)
    return password


def _say(typed: argparse.Namespace, station: str, address: str, password: str | None, metrics: str | None) -> None:
    said = {"address": address, "admin_password": password, "metrics": metrics}
    lines = [f"{station} serves at {address} (Ctrl-C ends it).", *_first_start(password)]
    if metrics is not None:
        others = "" if typed.workers == 1 else " (the first worker's; each other's is at the next port)"
        lines.append(f"Numbers for Prometheus: {metrics}{others}")
    show(said, lines, as_json=typed.json)


def _address(host: str, names: list[str], port: int, *, is_tls: bool) -> str:
    name = name_to_show(host, names)
    shown = f"[{name}]" if ":" in name else name
    return f"{'https' if is_tls else 'http'}://{shown}:{port}"


def _first_start(password: str | None) -> list[str]:
    if password is None:
        return []
    return [
        f"First start: sign in there as {ADMIN} with the password {password}",
        "It is shown only this once; station755 admin-password makes a new one. Have an authenticator app at hand.",
    ]


def _own(office: Office, authority: Authority, host: str, names: list[str]) -> LiveCertificate | None:
    """The station's own certificate; None where plain HTTP is enough."""
    if is_loopback(host) and not names:
        return None

    def find() -> Certificate:
        path = authority.server(names_of(host, names), office.now())
        return Certificate(path, path)

    return LiveCertificate(find)


def _given(chain: Path | None, private_key: Path | None) -> LiveCertificate | None:
    if chain is None and private_key is None:
        return None
    if chain is None or private_key is None:
        raise Stop(Exit.BAD_INPUT, "A certificate needs its private key: give both --certificate and --private-key.")
    for path in (chain, private_key):
        try:
            path.read_bytes()  # else a key that the station may not read would be called a wrong one
        except OSError as problem:
            sentence = (
                f"{path} cannot be read: {problem.strerror or problem}. Name a file that the station's user can read."
            )
            raise Stop(Exit.BAD_INPUT, sentence) from None
    try:
        return LiveCertificate(lambda: Certificate(chain, private_key))
    except (ssl.SSLError, ValueError, OSError):
        raise Stop(
            Exit.BAD_INPUT,
            f"{chain} and {private_key} are not a certificate and its own private key, in PEM and without a pass phrase.",
        ) from None
