"""How much is asked of a proof, and how long a journal file gets in it before it is closed."""

import os

import pytest

from field_app.store import files, places


def is_long() -> bool:
    """Whether the long proofs are asked for: `make proof`."""
    return os.environ.get("CONTACT755_PROOF") == "long"


def set_segment_bytes(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    """Let journal files be closed when they have grown to this, and the pages of an index have few places."""
    monkeypatch.setattr(files, "SEGMENT_BYTES", length)
    monkeypatch.setattr(places, "PAGE_PLACES", 4)
