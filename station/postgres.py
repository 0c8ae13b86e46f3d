"""PostgreSQL's own ways: an address, connections that wait for the disk, and locks for who makes the tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InternalError, OperationalError

from station.kind import DatabaseTrouble, reason_of
from sync.address import is_loopback

if TYPE_CHECKING:  # loaded only where it is used
    import psycopg

SCHEMES = ("postgresql://", "postgres://")
# A server that does not answer in this time is down; whoever sends tries again later.
CONNECT_SECONDS_MAX = 5
# How long a writer waits for a row that another one holds: as long as on SQLite.
BUSY_SECONDS_MAX = 10
# An exchange takes milliseconds; a transaction that was left open would hold its rows against everybody.
_IDLE_SECONDS_MAX = 60
# A server that went dark without a word (its machine, or the line) would hold its writer, and all who wait for that one, for
# two hours, the system's own limit. One that is only slow still acknowledges, and is waited for. In an address, other values.
_DARK_SECONDS_MAX = 30
_NOTICES = {
    "keepalives_idle": _DARK_SECONDS_MAX // 2,  # silent for so long: is it still there?
    "keepalives_interval": _DARK_SECONDS_MAX // 6,
    "keepalives_count": 3,
    "tcp_user_timeout": _DARK_SECONDS_MAX
    * 1_000,  # in milliseconds; where something was sent and nobody acknowledged it
}
_DRIVER = "postgresql+psycopg"
# Any number that other programs in the same database are unlikely to lock.
_MAKERS_LOCK = 755_755_755

# At least `on`; `remote_apply`, where an administrator has chosen it, waits for a second server as well.
_PREPARE = (
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),"
    f" set_config('lock_timeout', '{BUSY_SECONDS_MAX}s', false),"
    f" set_config('idle_in_transaction_session_timeout', '{_IDLE_SECONDS_MAX}s', false),"
    # Compiling a page's question takes the server longer than answering it.
    " set_config('jit', 'off', false)"
)


class BadAddress(ValueError):
    """The text is no address of a PostgreSQL database; it says what one looks like."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A database on a PostgreSQL server, by its address (a password in it is never shown)."""

    url: URL

    @property
    def shown(self) -> str:
        """The address for people."""
        return self.url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)

    def is_made(self) -> bool:
        """Whoever runs the server has made the database."""
        return True

    def make_room(self) -> None:
        """Nothing: the tables are all that is made."""

    def writing_engine(self) -> Engine:
        """An engine whose commits wait for the server's disk."""
        notices = {name: value for name, value in _NOTICES.items() if name not in self.url.query}
        engine = create_engine(
            self.url,
            connect_args={"connect_timeout": CONNECT_SECONDS_MAX, "application_name": "station755", **notices},
            hide_parameters=True,  # what is told of a fault holds nobody's data
            isolation_level="READ COMMITTED",  # each statement sees what others have committed while it waited for them
            pool_pre_ping=True,  # a server that was started again is found again
        )
        event.listen(engine, "connect", _prepare)
        return engine

    def reading_engines(self) -> Iterator[Engine]:
        """The same server, asked only to read."""
        yield self.for_reading(self.writing_engine())

    def for_reading(self, engine: Engine) -> Engine:
        """The same engine with transactions that only read, and see one moment."""
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def wait_for_makers(self, connection: Connection) -> None:
        """Wait for whoever makes the tables just now, and see that the server keeps what it says it has kept."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MAKERS_LOCK})")
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in _WANTED}
        for name, (wanted, sentence) in _WANTED.items():
            if found[name] != wanted:
                raise DatabaseTrouble(f"The station does not use {self.shown}: {sentence}")

    def identity(self) -> object:
        """The address: a server that is gone does not answer."""
        return self.url

    def nothing_there(self) -> str:
        """An empty database."""
        return f"There is no station's data in {self.shown}. Start the station there: station755 serve --database …"

    def gone(self) -> str:
        """Never the case: see identity."""
        return f"The database {self.shown} is gone."

    def sentence(self, problem: Exception) -> str:
        """Why the database cannot be opened."""
        if isinstance(problem, OSError | OperationalError | InternalError):
            return (
                f"The station's database {self.shown} cannot be used: {reason_of(problem)}. Nothing that it has taken "
                "in is lost. Check the address, and that the PostgreSQL server runs and lets this account in."
            )
        return (
            f"The station's database {self.shown} is damaged or of a newer version: {reason_of(problem)}. "
            "Nothing was changed. Update the station, or restore a backup."
        )


_WANTED: Mapping[str, tuple[str, str]] = {
    "fsync": (
        "on",
        "that server has fsync off, and a power cut would take back what was receipted. Set it on there, and reload.",
    ),
    "server_encoding": (
        "UTF8",
        "that database cannot hold every language. Make one with the encoding UTF8, and name that one.",
    ),
}


def is_address(text: str) -> bool:
    """Whether a text begins like the address of a PostgreSQL database."""
    return text.startswith(SCHEMES)


def server_at(address: str) -> PostgresServer:
    """The database at an address like postgresql://user@host/name. Raises BadAddress.

    Beyond this machine the server has to prove itself by its certificate, unless the address says otherwise (sslmode).
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or not is_address(address) or not url.database:
        raise BadAddress("is not a database's address; write it like postgresql://station@localhost/station")
    if "sslmode" not in url.query and not all(map(_is_near, _hosts(url))):
        url = url.update_query_dict({"sslmode": "verify-full"})
    return PostgresServer(url.set(drivername=_DRIVER))


def _hosts(url: URL) -> list[str]:
    named = url.query.get("host", ())
    several = (named,) if isinstance(named, str) else named
    return [host for host in (url.host, *several) if host]


def _is_near(host: str) -> bool:
    return host.startswith("/") or is_loopback(host)


def _prepare(connection: "psycopg.Connection[Any]", _record: object) -> None:
    connection.execute(_PREPARE)
    connection.commit()
