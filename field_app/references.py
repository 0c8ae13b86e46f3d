"""The versions of the reference data that the station has told this device of, out of the news that it keeps."""

from collections.abc import Mapping, Sequence
from typing import Any

from field_app.store.changes import Change
from field_app.store.faults import StoreFault
from field_app.store.outbox import DEVICE
from field_app.store.records import RecordStore
from field_app.store.settling import EXCHANGE, NEWS
from sync.canonical import JsonObject
from sync.news import NewsKind
from sync.reference import Reference
from sync.reference_news import versions_in
from sync.versions import Versions


class DeviceVersions(Versions):
    """What the device goes by: what shipped with it until the station has told it of another version.

    An index of the store that only notes whether there may be something new: `catch_up` reads it.
    """

    def __init__(self, shipped: Reference, store: RecordStore) -> None:
        super().__init__(shipped)
        self._store = store
        self._may_be_new = True
        store.listen("reference", self)

    def start(self, state: None) -> None:  # noqa: ARG002 - nothing is frozen
        """Begin anew."""
        self._may_be_new = True

    def follow(self, changes: Sequence[Change]) -> None:
        """Note whether there are news, or another station."""
        self._may_be_new |= any(_is_of_interest(change) for change in changes)

    def freeze(self) -> None:
        """Nothing: it is read anew each time a program starts."""

    def catch_up(self) -> None:
        """Know what the store has now. For the store's thread. Raises StoreFault."""
        if self._may_be_new:
            self._may_be_new = False  # before it is read: what comes meanwhile is read the next time
            try:
                self.hold(versions_in(told(self._store.news(), self._store.standing().epoch)))
            except StoreFault:
                self._may_be_new = True
                raise


def told(news: Mapping[str, JsonObject], epoch: str | None) -> list[JsonObject]:
    """What the station of this epoch has told of the reference data, out of all news that are kept. Pure."""
    return [
        item["body"] for key, item in news.items() if item["kind"] == NewsKind.REFERENCE and key.startswith(f"{epoch}/")
    ]


def _is_of_interest(change: Any) -> bool:  # noqa: ANN401 - a change has two to four parts
    return change[0] == NEWS or (change[0] == DEVICE and EXCHANGE in change[2:3])
