"""Whom a device believes over TLS: one authority and no other, or the public ones; and in words why it did not.

A station's own authority is known by its pins. Its certificates are believed whatever the device's clock says: the key
is the proof, a tablet's clock is not, and whoever could steal the server's key lies in the folder of the authority's
(docs/adr). The certificates of other authorities are checked against the clock as ever.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit

# OpenSSL's X509_V_FLAG_NO_CHECK_TIME, for which Python has no name.
_WHATEVER_THE_CLOCK = 0x200000
AUTHORITY_PATH = "/v1/authority"
PEM_TYPE = "application/pem-certificate-chain"  # RFC 8555 §9.1
# Two certificates are 2 kB.
AUTHORITY_BYTES_MAX = 32 * 1_024


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe.

    `authority` is the PEM text of the only authorities to trust, None for the public ones; `pins` are those of the
    station's own authority, empty for any other.
    """

    authority: str | None = None
    pins: tuple[str, ...] = ()


class Distrust(StrEnum):
    """Why a connection was not believed."""

    OTHER_AUTHORITY = "other-authority"
    OTHER_NAME = "other-name"
    OUT_OF_TIME = "out-of-time"
    NO_TLS = "no-tls"


WORDS: Mapping[Distrust, str] = {
    Distrust.OTHER_AUTHORITY: "Something else answered at {address}: its certificate is not from this station's authority. "
    "Perhaps a network's sign-in page: sign in to the network, or try another one. If it stays so, tell the station",
    Distrust.OTHER_NAME: "The certificate at {address} is for another name than this one. "
    "Ask the station for its right address, and enrol with it again",
    Distrust.OUT_OF_TIME: "The certificate at {address} is out of its time, by this device's clock ({clock}). "
    "Check the device's clock. If it is right, tell the station that its certificate has run out",
    Distrust.NO_TLS: "Something that speaks no https answered at {address}. Check the address and the port",
}
# OpenSSL's X509_V_ERR_*; every other one is a chain that leads to no authority that is trusted here.
_BY_CODE: Mapping[int, Distrust] = {
    9: Distrust.OUT_OF_TIME,  # not yet valid
    10: Distrust.OUT_OF_TIME,  # has expired
    62: Distrust.OTHER_NAME,  # host name
    64: Distrust.OTHER_NAME,  # IP address
}
_NO_TLS_REASONS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "UNEXPECTED_MESSAGE"})


def context_for(trust: Trust) -> ssl.SSLContext | None:
    """What checks a connection; None for the public authorities, which the HTTP library knows. Raises ValueError."""
    if trust.authority is None and not trust.pins:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust.authority:
        try:
            context.load_verify_locations(cadata=trust.authority)
        except ssl.SSLError:
            raise ValueError("The authority's file holds no certificate (PEM). Ask the station for it.") from None
    if trust.pins:
        context.verify_flags |= ssl.VerifyFlags(_WHATEVER_THE_CLOCK)
    return context


def distrust_of(problem: BaseException | None) -> Distrust | None:
    """Why a connection was not believed, from whatever the HTTP library wrapped around it; None for another fault."""
    fault = _tls_fault(problem, depth=8)
    if isinstance(fault, ssl.SSLCertVerificationError):
        return _BY_CODE.get(fault.verify_code, Distrust.OTHER_AUTHORITY)
    return Distrust.NO_TLS if fault is not None and fault.reason in _NO_TLS_REASONS else None


def words_for(distrust: Distrust, address: str, now: datetime) -> str:
    """The sentences for a deputy, without the last full stop. `now` is the device's clock."""
    return WORDS[distrust].format(address=address, clock=f"{now:%Y-%m-%d %H:%M} UTC")


def shown_authority(address: str, seconds: float) -> str:
    """The certificates that whoever answers at an address shows as its authority: to be held against pins, or dropped.

    Nothing is sent but the question, and nothing is believed. Raises OSError, ValueError.
    """
    parts = urlsplit(address)
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    # Not by requests, which warns of every connection that is not checked.
    connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds, context=unchecked)
    try:
        connection.request("GET", AUTHORITY_PATH)
        return connection.getresponse().read(AUTHORITY_BYTES_MAX).decode("ascii")
    except HTTPException as problem:
        raise ValueError(repr(problem)) from None
    finally:
        connection.close()


def _tls_fault(problem: BaseException | None, depth: int) -> ssl.SSLError | None:
    if problem is None or depth == 0:
        return None
    if isinstance(problem, ssl.SSLError):
        return problem
    inner = [each for each in (*problem.args, getattr(problem, "reason", None)) if isinstance(each, BaseException)]
    found = (_tls_fault(each, depth - 1) for each in (*inner, problem.__cause__, problem.__context__))
    return next(filter(None, found), None)
