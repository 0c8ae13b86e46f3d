"""The outbox: a question, not a copy. Its answer comes from a small index in memory that follows the journal."""

from collections.abc import Sequence
from typing import Any

from field_app.store.changes import Change

RECORDS, VERDICTS, DEVICE = "records", "verdicts", "device"
# The name under which the index is frozen when a journal file is closed.
OUTBOX = "outbox"
# The device's note of the last sequence number, kept when records leave the device.
SEQUENCE = "sequence"


class Outbox:
    """Which records are ready to send, oldest first, and the last sequence number given out; follows the journal."""

    def __init__(self) -> None:
        self.sequence_last = 0
        self._ready: dict[str, int] = {}
        self._early: set[str] = set()  # settled, but their records are yet to come: tables may be told one by one

    def start(self, state: Any) -> None:  # noqa: ANN401 - what `freeze` gave
        """Begin with what was kept when the last journal file was closed."""
        self.sequence_last = 0 if state is None else state["sequence_last"]
        self._ready = {} if state is None else dict(state["ready"])
        self._early = set()

    def follow(self, changes: Sequence[Change]) -> None:
        """Take in changes of the journal, whichever process made them."""
        for name, verb, *rest in changes:
            if name == RECORDS and verb == "p":
                sequence = rest[1]["sequence"]
                self.sequence_last = max(self.sequence_last, sequence)
                if rest[0] not in self._early:
                    self._ready[rest[0]] = sequence
            elif name == DEVICE and verb == "p" and rest[0] == SEQUENCE:
                self.sequence_last = max(self.sequence_last, rest[1]["last"])
            elif verb in ("p", "d") and name in (RECORDS, VERDICTS) and self._ready.pop(rest[0], None) is None:
                self._early.add(rest[0])

    def freeze(self) -> Any:  # noqa: ANN401 - JSON
        """What to keep when a journal file is closed."""
        return {"sequence_last": self.sequence_last, "ready": self._ready}

    def ids(self) -> list[str]:
        """The ids of the records that are ready to send, by sequence."""
        return sorted(self._ready, key=self._ready.__getitem__)
