"""Group commit: whoever has to wait for the disk writes for all who wait with him.

A commit costs an fsync however much is in it. Works that arrive while one is under way wait for their turn; the first to
get it does all that wait, each under a savepoint of its own, in one transaction, and each is answered only after that
transaction's durable commit. A work that fails takes only itself down: if it brings the whole transaction down, then each
is done again in a transaction of its own.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from station.database import Database

Found = TypeVar("Found")
Work = Callable[[Session], Any]

# Works in one transaction: what arrives in one commit of a whole station's cars, and not so many that the first waits.
WORKS_MAX = 64
# PostgreSQL ends one of two transactions that wait for each other, and one that saw what another changed meanwhile.
_TRY_AGAIN = {"40P01", "40001"}


class Writer:
    """Writes for many at once. There is one for each database in a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = Lock()
        self._waiting: deque[tuple[Work, Future[Any]]] = deque()

    def write(self, work: Callable[[Session], Found]) -> Found:
        """Do the work in a transaction; what it gives back, after the durable commit. Raises what the work raises."""
        done: Future[Found] = Future()
        self._waiting.append((work, done))
        with self._turn:
            while not done.done():  # else somebody has done it for us
                self._write([self._waiting.popleft() for _ in range(min(len(self._waiting), WORKS_MAX))])
        return done.result()

    def _write(self, group: Sequence[tuple[Work, Future[Any]]]) -> None:
        try:
            outcomes = self._together([work for work, _ in group]) if len(group) > 1 else None
            for place, (work, done) in enumerate(group):
                _tell(done, self._alone(work) if outcomes is None else outcomes[place])
        except BaseException as problem:  # the program ends: nobody may go on waiting
            for _, done in group:
                if not done.done():
                    done.set_exception(problem)
            raise

    def _together(self, works: Sequence[Work]) -> list[Any] | None:
        """What each work gave or raised, all committed; None if they cannot be done together, and nothing was."""
        try:
            with self._database.writing() as session:
                return [_tried(session, work) for work in works]
        except Exception:  # noqa: BLE001 - whatever it was, it comes again to the one whose it is
            return None

    def _alone(self, work: Work) -> Any:  # noqa: ANN401 - what the work gives
        for is_last in (False, True):
            try:
                with self._database.writing() as session:
                    return work(session)
            except Exception as problem:  # noqa: BLE001 - raised where the work came from
                if is_last or not _passes(problem):
                    return problem
        raise AssertionError


def _tell(done: Future[Any], outcome: Any) -> None:  # noqa: ANN401 - what a work gave, or raised
    if isinstance(outcome, Exception):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)


def _tried(session: Session, work: Work) -> Any:  # noqa: ANN401 - what the work gives, or what it raised
    point = session.begin_nested()
    try:
        found = work(session)
    except DBAPIError:
        raise  # the transaction may be gone with it
    except Exception as problem:  # noqa: BLE001 - raised where the work came from
        point.rollback()
        return problem
    point.commit()
    return found


def _passes(problem: Exception) -> bool:
    return isinstance(problem, DBAPIError) and getattr(problem.orig, "sqlstate", None) in _TRY_AGAIN
