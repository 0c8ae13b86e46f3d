"""Codes of an authenticator app (RFC 6238: six digits, 30 seconds, SHA-1). The only file that knows the library."""

from base64 import b32encode
from datetime import datetime
from hmac import compare_digest

from pyotp import TOTP

STEP_SECONDS = 30
CODE_DIGITS = 6
# RFC 6238 §5.2: one step of grace either way, for a phone's clock and for typing.
_STEPS_OFF_MAX = 1
SECRET_BYTES = 20  # RFC 4226 §4 R6


def secret_of(random_bytes: bytes) -> str:
    """The secret as authenticator apps take it. `random_bytes`: SECRET_BYTES of them."""
    return b32encode(random_bytes).decode()


def step_of(secret: str, typed: str, now: datetime, last_step: int | None) -> int | None:
    """The time step that a typed code is of, if it is right now and later than the last one that was used; or None."""
    here = int(now.timestamp()) // STEP_SECONDS
    codes = TOTP(secret)
    if last_step is not None and last_step > here + _STEPS_OFF_MAX:
        # Used when this clock was ahead; it was put right since, and must lock nobody out. The price: a code that was used
        # then may be used once more when its time comes.
        last_step = None
    for step in range(here - _STEPS_OFF_MAX, here + _STEPS_OFF_MAX + 1):
        is_right = compare_digest(codes.generate_otp(step).encode(), typed.encode())
        if is_right and (last_step is None or step > last_step):
            return step
    return None


def code_of(secret: str, step: int) -> str:
    """The code of a time step."""
    return TOTP(secret).generate_otp(step)


def address_of(secret: str, name: str, station: str) -> str:
    """What an authenticator app reads from the QR code."""
    return TOTP(secret).provisioning_uri(name=name, issuer_name=f"Contact 755 {station}".replace(":", ""))
