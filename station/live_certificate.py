"""The certificate of a station that serves, looked at again and again: whoever renews it, new connections get the new one."""

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from station.again import again_and_again

_LOG = logging.getLogger("station755")
# Reading two small files; a rotated authority is served within this time.
LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of a TLS certificate chain and its private key (PEM), which may be one file."""

    chain: Path
    private_key: Path


class LiveCertificate:
    """A TLS context for a server. `find` gives the files, and makes or renews them if they are the station's own.

    The first context never changes, since a handshake may be under way in it: each new connection is handed to the
    context that is the newest then. Raises OSError, ssl.SSLError, AuthorityDamaged when there is no certificate at all.
    """

    def __init__(self, find: Callable[[], Certificate]) -> None:
        self._find = find
        self._content = b""
        self._told = ""
        self._look()
        self.context = self._newest
        self.context.sni_callback = self._hand_over

    @contextmanager
    def watched(self, look_seconds: float = LOOK_SECONDS) -> Iterator[None]:
        """Look for another certificate until the block ends."""
        with again_and_again("certificate", look_seconds, self._look_again):
            yield

    def _look_again(self, _is_over: Event) -> None:
        try:
            self._look()
            self._told = ""
        except Exception as problem:  # noqa: BLE001 - whatever it was: without looks no certificate would be renewed any more
            said = str(problem) or type(problem).__name__
            if said != self._told:
                _LOG.error("The certificate cannot be renewed; the one before is served on: %s", said)
            self._told = said

    def _look(self) -> None:
        found = self._find()
        content = found.chain.read_bytes() + found.private_key.read_bytes()
        if content == self._content:
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(found.chain, found.private_key, password=_no_password)
        self._newest, self._content = context, content

    def _hand_over(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._newest


def _no_password() -> str:
    raise ValueError("a station starts by itself, with nobody there to type a pass phrase")
