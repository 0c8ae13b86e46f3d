"""The outbox: a question, not a copy. Its answer comes from a small index in memory that follows the journal."""

from collections.abc import Sequence
from typing import Any

from field_app.store.changes import Change

RECORDS, VERDICTS, DEVICE = "records", "verdicts", "device"
# The name under which the index is frozen when a journal file is closed.
OUTBOX = "outbox"
# The device's note of the last sequence number, kept when records leave the device.
SEQUENCE = "sequence"
# In place of a verdict: the record is ready to send again, and this is its sequence number.
AGAIN = "again"
# Beside it: the record could not be handed in, and why. It is sent after all others.
PARKED = "parked"


class Outbox:
    """Which records are ready to send, oldest first, and the last sequence number given out; follows the journal."""

    def __init__(self) -> None:
        self.sequence_last = 0
        self._ready: dict[str, int] = {}
        self._parked: set[str] = set()
        self._early: set[str] = set()  # settled, but their records are yet to come: tables may be told one by one

    def start(self, state: Any) -> None:  # noqa: ANN401 - what `freeze` gave
        """Begin with what was kept when the last journal file was closed."""
        self.sequence_last = 0 if state is None else state["sequence_last"]
        self._ready = {} if state is None else dict(state["ready"])
        self._parked = set() if state is None else set(state.get("parked", ()))
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
            elif name == VERDICTS and verb == "p" and AGAIN in rest[1]:
                self._again(rest[0], rest[1])
            elif verb in ("p", "d") and name in (RECORDS, VERDICTS):
                self._settled(rest[0], is_gone=verb == "d")

    def freeze(self) -> Any:  # noqa: ANN401 - JSON
        """What to keep when a journal file is closed."""
        frozen = {"sequence_last": self.sequence_last, "ready": self._ready}
        return frozen | {"parked": sorted(self._parked)} if self._parked else frozen

    def ids(self) -> list[str]:
        """The ids of the records that are ready to send, by sequence; parked ones last."""
        return sorted(self._ready, key=lambda key: (key in self._parked, self._ready[key]))

    def sequences(self) -> frozenset[int]:
        """The sequence numbers of the records that are ready to send."""
        return frozenset(self._ready.values())

    def first_unparked(self) -> int | None:
        """The lowest sequence number that is ready to send and not parked, None if there is none."""
        return min((number for key, number in self._ready.items() if key not in self._parked), default=None)

    def __len__(self) -> int:
        return len(self._ready)

    def _settled(self, record_id: str, *, is_gone: bool) -> None:
        self._parked.discard(record_id)
        was_ready = self._ready.pop(record_id, None) is not None
        if is_gone:
            self._early.discard(record_id)
        elif not was_ready:
            self._early.add(record_id)

    def _again(self, record_id: str, mark: dict[str, Any]) -> None:
        self._early.discard(record_id)
        self._ready[record_id] = mark[AGAIN]
        (self._parked.add if PARKED in mark else self._parked.discard)(record_id)
