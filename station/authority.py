"""The station's own certificate authority, in the folder `tls` of its data: made once, replaced in two steps.

    authority.pem        the authority of now, key and certificate
    next-authority.pem   the one that follows it, while devices learn its pin
    server.pem           the server's certificate, its key, and the authority's certificate

Each file holds a key with its certificate, so that no crash can leave the one without the other.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from station.certificates import Pair, is_due, new_authority, new_server, read_pair
from station.files import make_folder, put, put_first, take_place

FOLDER_NAME = "tls"
_NOW, _NEXT, _SERVER = "authority.pem", "next-authority.pem", "server.pem"


class AuthorityDamaged(Exception):
    """A file of the authority cannot be read; the text is a sentence."""


class Authority:
    """The files, read anew at each question: another program may have changed them. Everything raises OSError."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER_NAME

    def make(self, station: str, now: datetime) -> None:
        """Make the authority, unless there is one. Raises AuthorityDamaged."""
        make_folder(self._folder)
        if self._read(_NOW) is None:
            put_first(self._folder / _NOW, new_authority(station, now).pem)

    def is_made(self) -> bool:
        """Whether there is one."""
        return (self._folder / _NOW).is_file()

    def pairs(self) -> tuple[Pair, ...]:
        """The authority of now, and the next if there is one. Raises AuthorityDamaged, also where there is none."""
        following = self._read(_NEXT)  # first: one that follows in between is read twice, and never lost
        present = self._present()
        return (present,) if following is None or following.pin == present.pin else (present, following)

    def pins(self) -> tuple[str, ...]:
        """What devices know the authority by. Raises AuthorityDamaged."""
        return tuple(pair.pin for pair in self.pairs())

    def certificates(self) -> str:
        """The authorities' certificates, as PEM. Raises AuthorityDamaged."""
        return "".join(pair.certificate_pem for pair in self.pairs())

    def server(self, names: Iterable[str], now: datetime) -> Path:
        """The server's certificate for these names, made or renewed if need be. Raises AuthorityDamaged."""
        path = self._folder / _SERVER
        authority = self._present()
        wanted = list(names)
        try:
            server = self._read(_SERVER)
        except AuthorityDamaged:
            server = None  # nobody knows it by heart, so another is as good
        if server is None or is_due(server, authority, wanted, now):
            put(path, new_server(authority, wanted, now).pem)
        return path

    def begin_rotation(self, station: str, now: datetime) -> Pair:
        """Make the next authority, unless there is one, and give it. Raises AuthorityDamaged."""
        following = self._read(_NEXT)
        return following or read_pair(put_first(self._folder / _NEXT, new_authority(station, now).pem))

    def finish_rotation(self) -> None:
        """Let the next authority be the one; the one before ends. Raises AuthorityDamaged, FileNotFoundError."""
        self._read(_NEXT)
        take_place(self._folder / _NEXT, self._folder / _NOW)

    def _present(self) -> Pair:
        found = self._read(_NOW)
        if found is None:
            raise AuthorityDamaged(
                f"{self._folder / _NOW} is gone. Put it back from a backup. If there is none, start the station again: it "
                "makes another, and every device has to be enrolled again (nothing on them is lost)."
            )
        return found

    def _read(self, name: str) -> Pair | None:
        path = self._folder / name
        try:
            return read_pair(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            raise AuthorityDamaged(
                f"{path} is damaged. Put it back from a backup. If there is none, remove it: the station makes another, "
                "and every device has to be enrolled again (nothing on them is lost)."
            ) from None
