"""What one kind of database does in its own way; sqlite.py and postgres.py are the two there are."""

from collections.abc import Iterator
from typing import Protocol

from sqlalchemy import Connection, Engine


class DatabaseTrouble(Exception):
    """The station's data cannot be opened; the text is a sentence."""


class Kind(Protocol):
    """A kind of database, at one place. Nothing is opened before it is asked for."""

    def is_made(self) -> bool:
        """Whether opening finds something there, as far as can be told without opening."""

    def make_room(self) -> None:
        """Make what has to be there before the first connection. Raises OSError, DatabaseTrouble."""

    def writing_engine(self) -> Engine:
        """An engine whose transactions are durable before they end."""

    def reading_engines(self) -> Iterator[Engine]:
        """Engines that change nothing, the better one first. Raises DatabaseTrouble."""

    def for_reading(self, engine: Engine) -> Engine:
        """The same engine with transactions that only read, and see one moment."""

    def wait_for_makers(self, connection: Connection) -> None:
        """Keep everyone else from making or migrating tables until this transaction ends. Raises DatabaseTrouble."""

    def identity(self) -> object:
        """What the database is known by; something else once it was moved or deleted."""

    def nothing_there(self) -> str:
        """The sentence for a database that no station has used yet."""

    def gone(self) -> str:
        """The sentence for a database that was moved or deleted while the station served."""

    def sentence(self, problem: Exception) -> str:
        """The sentence for a database that cannot be opened."""


def reason_of(problem: Exception) -> str:
    """What a database's driver or the system says was wrong, on one line."""
    reason = getattr(problem, "strerror", None) or getattr(problem, "orig", None) or problem
    return str(reason).strip().partition("\n")[0].rstrip(".")
