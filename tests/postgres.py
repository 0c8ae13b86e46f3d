"""A PostgreSQL server of the tests' own: started when the first test asks, on a socket in a folder that is thrown away.

It lies in memory where the system has some to spare, so that its fsync, which stays on, costs nothing.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from station.database import open_database

REQUIRED_VARIABLE = "CONTACT755_POSTGRES_REQUIRED"
START_SECONDS_MAX = 30
_MEMORY = Path("/dev/shm")  # noqa: S108 - memory is the point
_ACCOUNT = "postgres"
_TEMPLATE = "template_station"
_PR_SET_PDEATHSIG = 1
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "autovacuum": "off",
    "jit": "off",
    "log_min_messages": "panic",
}


@dataclass
class Cluster:
    """A running server."""

    folder: Path
    count: int = field(default=0)

    def address(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{_ACCOUNT}@/{name}?host={quote(str(self.folder), safe='')}"

    @contextmanager
    def database(self, template: str = _TEMPLATE) -> Iterator[str]:
        """A database with a station's tables, or an empty one (`template0`); gives its address."""
        self.count += 1
        name = f"test_{self.count}"
        self.run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        try:
            yield self.address(name)
        finally:
            self.run("DROP DATABASE {} WITH (FORCE)", name)

    def run(self, statement: str, *names: str) -> None:
        """Run one statement of an administrator's."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@cache
def binaries() -> Path | None:
    """Where the server's programs are; None if there are none."""
    asked = shutil.which("pg_config")
    said = (
        "" if asked is None else subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=True).stdout
    )
    found = [Path(said.strip()), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return next((folder for folder in found if (folder / "initdb").exists()), None)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server with a template of a station's database, until the end."""
    programs = binaries()
    if programs is None:
        sentence = "NOT TESTED HERE: PostgreSQL; its server is not installed. On Debian: apt-get install postgresql"
        if os.environ.get(REQUIRED_VARIABLE):
            pytest.fail(sentence)
        pytest.skip(sentence)
    folder = Path(tempfile.mkdtemp(prefix="contact755-pg-", dir=_MEMORY if _MEMORY.is_dir() else None))
    # The server refuses to run as root.
    user = _ACCOUNT if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    try:
        data = folder / "data"
        make = [
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            _ACCOUNT,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        subprocess.run(make, user=user, cwd=folder, stdout=subprocess.DEVNULL, check=True)
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), *settings]
        server = subprocess.Popen(command, user=user, cwd=folder, stdout=subprocess.DEVNULL, preexec_fn=_end_with_us)  # noqa: PLW1509 - one call into the system
        try:
            cluster = Cluster(folder)
            _wait_for(cluster, server)
            cluster.run("CREATE DATABASE {}", _TEMPLATE)
            open_database(cluster.address(_TEMPLATE)).close()
            yield cluster
        finally:
            server.send_signal(signal.SIGINT)  # ends the connections that are left
            server.wait(START_SECONDS_MAX)
    finally:
        shutil.rmtree(folder)


def _end_with_us() -> None:
    """A test run that is killed leaves no server behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait_for(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return cluster.run("SELECT 1")
        except psycopg.OperationalError:
            assert server.poll() is None, "the PostgreSQL server did not start"
            assert time.monotonic() < give_up_at, "the PostgreSQL server does not answer"
            time.sleep(0.02)
