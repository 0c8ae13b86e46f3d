"""Both programs, loaded once and forked for each start: a process of its own, without a second or two of loading.

What a program does is what it does when a person starts it; only Python's own beginning and end are left out. Whatever hangs
on these (Ctrl-C while loading, a plain install, the system's time zone) starts a Python of its own (programs.py).

Run as a program, this is the one that loads and forks. It ends when the tests do.
"""

import atexit
import ctypes
import gc
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

_LOADED = ("field_app", "sync", "station")
_STARTS = {"contact755": "field_app.commands.start", "station755": "station.commands.start"}
# Our programs ask for these when they run, pytest tells by one what it is at; another may change how Python begins.
_MAY_DIFFER = ("CONTACT755_", "STATION755_", "XDG_", "PYTEST_")
_REQUEST_BYTES_MAX = 1_000_000
_SET_CHILD_SUBREAPER = 36  # of Linux's prctl: whose parent has ended becomes our child


def may_fork(program: Path, environment: Mapping[str, str]) -> bool:
    """Whether a forked program does the same as one with a Python of its own."""
    differing = {name for name, _ in environment.items() ^ _environment().items()}
    is_ours = program.parent == Path(sys.executable).parent and program.name in _STARTS
    return is_ours and sys.platform == "linux" and all(name.startswith(_MAY_DIFFER) for name in differing)


class Forked(subprocess.Popen[str]):
    """A program that was forked; in all else a process like others, a child of this one."""

    def _execute_child(self, args: list[str], *given: Any) -> None:  # noqa: ANN401 - as Popen hands them over
        environment, printed, complained = given[5], given[12], given[14]
        request = {"command": args, "environment": dict(environment), "folder": str(Path.cwd()), "parent": os.getpid()}
        reads, writes = os.pipe()
        with os.fdopen(reads) as told:
            try:
                socket.send_fds(_loader(), [json.dumps(request).encode()], [printed, complained, writes])
            finally:
                for end in (printed, complained, writes):
                    os.close(end)
            self.pid = int(told.read())
        self._child_created = True


@cache
def _environment() -> Mapping[str, str]:
    """What the programs were loaded with."""
    return dict(os.environ)


@cache
def _loader() -> socket.socket:
    """The way to the program that loads and forks, one for each process of tests."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, __file__, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=_environment())
    atexit.register(_end, ours, process)
    return ours


def _end(door: socket.socket, process: subprocess.Popen[bytes]) -> None:
    door.close()
    process.wait()


def _load() -> None:
    for name in _LOADED:
        for found in pkgutil.walk_packages(import_module(name).__path__, f"{name}."):
            if ".migrations." not in found.name:
                import_module(found.name)
    assert threading.active_count() == 1, "What is loaded has started a thread, which no fork has."
    gc.collect()
    gc.freeze()  # so that a fork shares what is loaded


def _next_start(door: socket.socket) -> Callable[[], None] | None:
    """What this process, forked for it, is to do; None at the end of the tests."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, ends, _, _ = socket.recv_fds(door, _REQUEST_BYTES_MAX, 3)
        if not request:
            return None
        if os.fork() == 0:
            break
        for end in ends:
            os.close(end)
    if os.fork():
        os._exit(0)
    door.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return _as_asked(json.loads(request), *ends)


def _as_asked(request: Mapping[str, Any], printed: int, complained: int, told: int) -> Callable[[], None]:
    """The program's own beginning: its streams, its environment, what was typed; and a word to whose child it is."""
    for number, end in ((1, printed), (2, complained)):
        os.dup2(end, number)
        os.close(end)
    sys.stdin = Path(os.devnull).open()  # noqa: SIM115 - open to the end, as these two
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", errors="backslashreplace")
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = request["command"]
    while os.getppid() != request["parent"]:  # until the one in between has ended
        time.sleep(0.0001)
    os.write(told, str(os.getpid()).encode())
    os.close(told)
    run: Callable[[], None] = import_module(_STARTS[Path(sys.argv[0]).name]).run
    return run


def _run(start: Callable[[], None]) -> None:
    """Run, and end as Python does, but for taking everything down piece by piece: that takes longer than most commands."""
    code = 1
    try:
        start()
        code = 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            code = end.code or 0
        else:
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # noqa: BLE001 - whatever it was, Python prints it
        sys.excepthook(*sys.exc_info())
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.path.pop(0)  # the tests' folder, of which the programs know nothing
    _load()
    if (start := _next_start(socket.socket(fileno=int(sys.argv[1])))) is not None:
        _run(start)
