"""The tests' own PostgreSQL server, with a template of a station's database, started when the first test asks.

It lies in memory where the system has some to spare, so that its fsync, which stays on, costs nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.cluster import Cluster, binaries, running_cluster
from station.database import open_database

REQUIRED_VARIABLE = "CONTACT755_POSTGRES_REQUIRED"
TEMPLATE = "template_station"
_MEMORY = Path("/dev/shm")  # noqa: S108 - memory is the point
_SETTINGS = {
    "shared_buffers": "32MB",
    "max_connections": "200",
    "autovacuum": "off",
    "jit": "off",
    "log_min_messages": "panic",
}


@contextmanager
def station_cluster() -> Iterator[Cluster]:
    """The server, until the end of the run."""
    programs = binaries()
    if programs is None:
        sentence = "NOT TESTED HERE: PostgreSQL; its server is not installed. On Debian: apt-get install postgresql"
        if os.environ.get(REQUIRED_VARIABLE):
            pytest.fail(sentence)
        pytest.skip(sentence)
    with running_cluster(programs, _MEMORY if _MEMORY.is_dir() else None, _SETTINGS) as cluster:
        cluster.run("CREATE DATABASE {}", TEMPLATE)
        open_database(cluster.address(TEMPLATE)).close()
        yield cluster
