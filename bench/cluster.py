"""A PostgreSQL server of one's own: on a socket in a folder, as another user when run by root, gone with who started it."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

START_SECONDS_MAX = 30
# Whom Debian's package makes for it; the server refuses to run as root.
ACCOUNT = "postgres"
_PR_SET_PDEATHSIG = 1


@dataclass
class Cluster:
    """A running server."""

    folder: Path
    pid: int
    count: int = field(default=0)

    def address(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{ACCOUNT}@/{name}?host={quote(str(self.folder), safe='')}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A fresh database, empty or as another one; gives its address."""
        self.count += 1
        name = f"database_{self.count}"
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
def running_cluster(programs: Path, where: Path | None, settings: Mapping[str, str]) -> Iterator[Cluster]:
    """A server with these settings, its folder in `where` (None: where temporary files lie), until the end."""
    folder = Path(tempfile.mkdtemp(prefix="contact755-pg-", dir=where))
    user = ACCOUNT if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    data = str(folder / "data")
    make = [str(programs / "initdb"), "-D", data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", data, "-k", str(folder), "-c", "listen_addresses=", *options]
    try:
        subprocess.run(make, user=user, cwd=folder, stdout=subprocess.DEVNULL, check=True)
        server = subprocess.Popen(command, user=user, cwd=folder, stdout=subprocess.DEVNULL, preexec_fn=_end_with_us)  # noqa: PLW1509 - one call into the system
        try:
            cluster = Cluster(folder, server.pid)
            _wait_for(cluster, server)
            yield cluster
        finally:
            server.send_signal(signal.SIGINT)  # ends the connections that are left
            server.wait(START_SECONDS_MAX)
    finally:
        shutil.rmtree(folder)


def _end_with_us() -> None:
    """Whoever started the server may be killed; it must not stay behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait_for(cluster: Cluster, server: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return cluster.run("SELECT 1")
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
