"""Network namespaces: a car and a station of their own on this one machine. Linux and root."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_FOLDER = Path("/run/netns")


def why_not() -> str | None:
    """Why there can be no namespaces here, None if there can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "network namespaces need Linux and root"
    if shutil.which("ip") is None:
        return "network namespaces need the command ip (iproute2)"
    done = subprocess.run(["ip", "netns", "add", _name("try")], capture_output=True, text=True, check=False)  # noqa: S607 - wherever it is
    if done.returncode != 0:
        return f"this root may not make network namespaces ({done.stderr.strip()})"
    run("ip", "netns", "del", _name("try"))
    return None


@contextmanager
def namespaces() -> Iterator[tuple[str, str]]:
    """The names of two fresh namespaces, the car's and the station's; they end with the block."""
    names = _name("car"), _name("office")
    try:
        for name in names:
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)  # noqa: S607 - wherever it is


def run(*command: str) -> None:
    """Run a command of the system that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


def enter(name: str) -> None:
    """From now on this thread, and the threads and processes that it starts, are in this namespace. Raises OSError."""
    with (_FOLDER / name).open() as namespace:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {name}")


def _name(what: str) -> str:
    return f"c755-{os.getpid()}-{what}"
