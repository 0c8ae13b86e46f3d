"""Where a station may be: https anywhere, plain http only on this very machine. And how a port is kept."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

# What a listening socket is told. On Windows SO_REUSEADDR would let any other program listen at the same port, and take what was
# meant for this one; elsewhere it only lets a program that has just ended serve again at once.
PORT_OPTION = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself, by its spelling alone (names are not looked up)."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def station_address(typed: str) -> str:
    """A station's address as typed, without a trailing slash. Raises ValueError with a sentence."""
    try:
        parts = urlsplit(typed.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in {"http", "https"} or parts.path.strip("/") or parts.query or parts.username:
        raise ValueError(f"{typed!r} is not a station's address. Write it like https://station.example:8755.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("Plain http is allowed only to this machine itself. Use the station's https address.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")
