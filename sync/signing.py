"""The device key: an Ed25519 key made on the device, whose private half never leaves it. The only file with keys in it.

Every exchange is signed over its method, path, device, batch, challenge and the digest of its body exactly as sent, so
that nobody on the way can change, redirect or replay it under another batch. There is no token that could expire in a
dead zone: the challenge is the one of the last receipt.
"""

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

# Header names of a signed request.
DEVICE_HEADER = "Contact755-Device"
BATCH_HEADER = "Contact755-Batch"
CHALLENGE_HEADER = "Contact755-Challenge"
SIGNATURE_HEADER = "Contact755-Signature"


def new_private_key() -> str:
    """A fresh private key, as 64 hexadecimal digits."""
    return Ed25519PrivateKey.generate().private_bytes_raw().hex()


def public_key_of(private_key: str) -> str:
    """The public half of a private key, as 64 hexadecimal digits."""
    return _private(private_key).public_key().public_bytes_raw().hex()


def sign(private_key: str, message: bytes) -> str:
    """The signature over a message, as 128 hexadecimal digits."""
    return _private(private_key).sign(message).hex()


def is_signed(public_key: str, message: bytes, signature: str) -> bool:
    """Whether the signature over the message was made with the private half of this key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def exchange_message(*, device: str, batch: str, challenge: str, path: str, body: bytes) -> bytes:
    """What an exchange's signature is over; `body` is the body as sent."""
    return _message(
        "contact755-exchange-1",
        "POST",
        path,
        device,
        batch,
        challenge,
        sha256(body).hexdigest(),
    )


def enrolment_message(*, device: str, code: str, public_key: str) -> bytes:
    """What an enrolment's signature is over: it shows that the sender holds the key that it asks to enrol."""
    return _message("contact755-enrolment-1", device, code, public_key)


def rotation_message(*, device: str, public_key: str) -> bytes:
    """What the new key's signature is over when a device announces it: it shows that the device holds that key."""
    return _message("contact755-rotation-1", device, public_key)


def bundle_message(*, device: str, body: bytes) -> bytes:
    """What the signature in a bundle file is over (bundle.py)."""
    return _message("contact755-bundle-1", device, sha256(body).hexdigest())


def worksheet_message(*, body: bytes) -> bytes:
    """What the signature of a worksheet is over (records.py: signed_bytes)."""
    return _message("contact755-worksheet-1", sha256(body).hexdigest())


def private_key_from(secret: bytes) -> str:
    """The private key that follows from a secret, and from which the secret does not; as 64 hexadecimal digits."""
    return sha256(b"contact755-worksheet-key\n" + secret).hexdigest()


def _message(*parts: str) -> bytes:
    return "\n".join(parts).encode()


def _private(private_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private_key))
