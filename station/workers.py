"""More workers beside the one that was started: the same program again, at the same port and over the same database.

One process runs Python on one core. Each worker listens by itself, and Linux deals out the connections. They end with the
one that was started, however that one ends; one that ends by itself is started again.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TextIO

from station.again import again_and_again
from sync.commandline import Exit, Stop, put

_LOG = logging.getLogger("station755")
# More than an office machine has cores; each keeps some connections to the database.
WORKERS_MAX = 16
# Between two looks at whether all are there.
LOOK_SECONDS = 1.0
# One that ends soon, again and again, is given up to this much time between starts: each takes a second of one core, and a line
# in the log.
AGAIN_SECONDS_MAX = 60.0
_WELL_SECONDS = 2 * AGAIN_SECONDS_MAX  # by the next start: longer than one that ended soon is ever waited for
# A worker finishes what is under way (app.py); then it is ended.
_GOODBYE_SECONDS_MAX = 10
_PROGRAM = (sys.executable, "-m", "station.commands.start")
_SERVES = "serves\n"


@dataclass(frozen=True, slots=True)
class _Worker:
    """A further worker, what it says, when it was started (time.monotonic()), and how many before it ended soon."""

    process: subprocess.Popen[bytes]
    says: TextIO
    started_at: float
    falls: int


@contextmanager
def working_beside(typed: Sequence[Sequence[str]], environment: Mapping[str, str]) -> Iterator[None]:
    """Further workers until the block ends, each as typed. Raises Stop if one of them cannot serve; it has said why."""
    environment = {**os.environ, **environment}
    beside = [_started(each, environment) for each in typed]
    try:
        are_there = [_serves(worker) for worker in beside]
        if not all(are_there):
            raise Stop(Exit.CANNOT_SERVE, "A worker could not start, so the station did not either. It has said why.")
        with again_and_again("workers", LOOK_SECONDS, lambda is_over: _look(beside, typed, environment, is_over)):
            yield
    finally:
        _end(beside)


def serve_beside() -> None:
    """Called by such a worker once it can be reached: tell the first one so, and end when that one has ended."""
    put(_SERVES)
    Thread(target=_end_with_the_first, name="first", daemon=True).start()


def again_seconds(falls: int) -> float:
    """How long after its start a worker that ended may be followed, where so many before it ended soon. Pure."""
    return min(LOOK_SECONDS * 2.0 ** min(falls, 10), AGAIN_SECONDS_MAX)


def _started(typed: Sequence[str], environment: Mapping[str, str], falls: int = 0) -> _Worker:
    reads, writes = os.pipe()
    # In a session of its own: a Ctrl-C is for the first one, which ends the others. Its input ends when the first one ends.
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program, and what was typed for it
            [*_PROGRAM, *typed], env=environment, stdin=subprocess.PIPE, stdout=writes, start_new_session=True
        )
    except OSError:
        os.close(reads)
        raise
    finally:
        os.close(writes)
    return _Worker(process, os.fdopen(reads), time.monotonic(), falls)


def _serves(worker: _Worker) -> bool:
    """Whether it can be reached; waits until that is known."""
    return worker.says.readline() == _SERVES


def _look(
    beside: list[_Worker],
    typed: Sequence[Sequence[str]],
    environment: Mapping[str, str],
    is_over: Event,
) -> None:
    """Start those again that have ended."""
    for place, worker in enumerate(beside):
        ended_with = worker.process.poll()
        ran_seconds = time.monotonic() - worker.started_at
        if ended_with is not None and ran_seconds >= again_seconds(worker.falls):
            # In order: it was asked to end, as we may be too (a service manager asks all at once).
            if ended_with == 0 and is_over.wait(_GOODBYE_SECONDS_MAX):
                return
            _LOG.warning("A worker has ended (%s); it is started again.", ended_with)
            _end([worker])
            try:
                falls = worker.falls + 1 if ran_seconds < _WELL_SECONDS else 0
                beside[place] = _started(typed[place], environment, falls)
            except OSError as problem:  # no memory or no process more: at the next look
                _LOG.error("It cannot be started now: %s", problem)


def _end(beside: Sequence[_Worker]) -> None:
    for worker in beside:
        worker.process.terminate()
    # One wait for all: a service manager waits no longer than 30 s.
    give_up_at = time.monotonic() + _GOODBYE_SECONDS_MAX
    for worker in beside:
        try:
            worker.process.communicate(timeout=max(give_up_at - time.monotonic(), 0))  # which closes its input too
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.communicate()
        worker.says.close()


def _end_with_the_first() -> None:
    os.read(sys.stdin.fileno(), 1)  # until the first one has ended; a buffer would be locked when the program ends
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GOODBYE_SECONDS_MAX)  # as the first one would wait: a signal that comes at a bad moment may be lost
    os.kill(os.getpid(), signal.SIGKILL)
