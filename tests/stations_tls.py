"""A station over real TLS, in this process, under a certificate of the test's choice."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvicorn
from doubles import FixedClock

from station.app import bind, create_app
from station.authority import Authority
from station.certificates import Pair
from station.database import Database
from station.live_certificate import Certificate, LiveCertificate
from station.server import Server
from sync.reference import Reference

START_SECONDS_MAX = 30


def written(pair: Pair, file: Path) -> Certificate:
    """A certificate with its key and chain, in a file."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(pair.pem)
    return Certificate(file, file)


@contextmanager
def served_over_tls(
    database: Database,
    reference: Reference,
    certificate: LiveCertificate,
    authority: Authority | None,
    clock: FixedClock,
) -> Iterator[str]:
    """The real application over TLS on a free port; its certificate is looked at twenty times a second."""
    listener = bind("127.0.0.1", 0)
    app = create_app(database, reference, clock.now, only_here=False, authority=authority)
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, ssl_context_factory=lambda _config, _default: certificate.context
    )
    server = Server(config, app.state.streams)
    thread = threading.Thread(target=partial(server.run, sockets=[listener]))
    with certificate.watched(look_seconds=0.05):
        thread.start()
        try:
            give_up_at = time.monotonic() + START_SECONDS_MAX
            while not server.started:
                assert time.monotonic() < give_up_at
                time.sleep(0.01)
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
            listener.close()
