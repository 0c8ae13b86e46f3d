"""The platform's secure store: where a device keeps a secret that no other app, and nobody with the disk, can read."""

from typing import Protocol


class SecureStore(Protocol):
    """Android's Keystore, iOS's Keychain, Windows' DPAPI, or a double of them."""

    def get(self, name: str) -> str | None:
        """The secret under a name, or None. Raises OSError."""

    def put(self, name: str, secret: str) -> None:
        """Keep a secret under a name; when this returns it is kept. Raises OSError."""
