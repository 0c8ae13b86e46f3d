"""What a station is called by those who reach it: the host names and addresses for which its certificate is good."""

import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address

from sync.address import is_loopback

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_HERE = ("localhost", "127.0.0.1", "::1")
# Where a packet to the rest of the world would start: an address set aside for documentation, and nothing is sent.
_ELSEWHERE = ("192.0.2.1", 9)
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not served on


def host_name(typed: str) -> str:
    """A host name or address as typed, tidied. Raises ValueError with a sentence."""
    name = typed.strip().lower().removesuffix(".")
    with suppress(ValueError):
        return str(ip_address(name.strip("[]")))
    if not _HOST_NAME.fullmatch(name):
        raise ValueError(f"{typed!r} is not a host name or address. Write it like station.example or 192.0.2.7.")
    return name


def names_of(host: str, given: Sequence[str]) -> list[str]:
    """Every name and address for a certificate: those given, those of this machine, and loopback."""
    own = [host] if host not in _ANY else _own_addresses()
    found = [*given, *own, socket.gethostname(), *_HERE]
    return list(dict.fromkeys(name for each in found if (name := _tidy(each)) is not None))


def name_to_show(host: str, given: Sequence[str]) -> str:
    """The one under which devices are told to reach it."""
    if given:
        return given[0]
    if host not in _ANY:
        return host
    return next((each for each in _own_addresses() if not is_loopback(each)), socket.gethostname())


def _own_addresses() -> list[str]:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ELSEWHERE)
        return [str(probe.getsockname()[0])]
    return []


def _tidy(name: str) -> str | None:
    try:
        return host_name(name)
    except ValueError:
        return None  # a machine may be called what no certificate can say
