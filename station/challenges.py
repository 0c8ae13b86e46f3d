"""Challenges: proof that a signature is recent, without keeping any state.

A challenge is the time at which it was given and a keyed hash of that time and the device. The device signs the one of
its last receipt; one that is too old, or another station's, is answered with a fresh one.
"""

import hmac
from datetime import UTC, datetime
from hashlib import sha256

from sync.limits import CHALLENGE_SECONDS_MAX


def new_challenge(secret: bytes, device: str, now: datetime) -> str:
    """A challenge for a device, good for CHALLENGE_SECONDS_MAX."""
    given_at = str(int(now.timestamp()))
    return f"{given_at}.{_mark(secret, device, given_at)}"


def is_good(challenge: str, secret: bytes, device: str, now: datetime) -> bool:
    """Whether this station gave this challenge to this device, not too long ago."""
    given_at, _, mark = challenge.partition(".")
    if not hmac.compare_digest(mark.encode(), _mark(secret, device, given_at).encode()):
        return False
    age = now - datetime.fromtimestamp(int(given_at), UTC)
    return age.total_seconds() <= CHALLENGE_SECONDS_MAX


def _mark(secret: bytes, device: str, given_at: str) -> str:
    # Half of it is more than anybody can guess, and travels with every batch.
    return hmac.digest(secret, f"{device}.{given_at}".encode(), sha256)[:16].hex()
