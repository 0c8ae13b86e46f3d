"""Certificates as a device reads them. A pin names an authority by its key: SHA-256 over the SubjectPublicKeyInfo.

The pin stays the same when an authority's certificate is written anew with the same key, and no other key has it.
Making certificates is the office's alone (station/certificates.py).
"""

import base64
import re
from collections.abc import Collection
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# 32 bytes in base64url without padding.
PIN_PATTERN = "[A-Za-z0-9_-]{43}"


def is_pin(text: str) -> bool:
    """Whether a text can be a pin."""
    return re.fullmatch(PIN_PATTERN, text) is not None


def pin_of(certificate: x509.Certificate) -> str:
    """The pin of a certificate's key, as 43 characters of base64url."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(sha256(key).digest()).decode().rstrip("=")


def pins_in(pem: str | bytes) -> tuple[str, ...]:
    """The pins of the certificates in a PEM text, in order. Raises ValueError if it holds none."""
    return tuple(map(pin_of, _certificates(pem)))


def pinned_in(pem: str | bytes, pins: Collection[str]) -> str:
    """Those certificates of a PEM text whose key one of the pins names, as PEM; empty if none, or if it is no PEM."""
    try:
        found = _certificates(pem)
    except ValueError:
        return ""
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in found if pin_of(each) in pins)


def _certificates(pem: str | bytes) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem.encode() if isinstance(pem, str) else pem)
