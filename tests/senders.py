"""Devices that hand in without a pause, over real HTTP."""

import threading
from dataclasses import dataclass, field

from handset import Handset

from sync.canonical import JsonObject
from sync.client import StationClient
from sync.outcome import Ending, ending_of
from sync.packing import Packing
from sync.signing import sign


@dataclass
class Sender:
    """A device that sends over real HTTP, batch after batch, until it is told to stop."""

    handset: Handset
    address: str
    stop: threading.Event
    receipted: dict[str, set[str]] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)

    def run(self) -> None:
        """Send fresh contacts; a batch that gets no receipt is sent again."""
        client = StationClient(self.address, lambda message: sign(self.handset.private_key, message))
        records: list[JsonObject] = []
        while not self.stop.is_set():
            records = records or [self.handset.contact() for _ in range(10)]
            records = records if self.send(client, records) is None else []
        client.close()

    def send(self, client: StationClient, records: list[JsonObject]) -> object:
        """Send one batch; its receipt, or None."""
        batch = self.handset.batch(*records)
        ending = ending_of(client.exchange(batch, self.handset.challenge, Packing.DICTIONARY), batch)
        self.endings.append(ending)
        self.handset.challenge = ending.challenge or self.handset.challenge
        if ending.receipt is not None:
            self.receipted.setdefault(ending.receipt.epoch, set()).update(str(each["id"]) for each in records)
        return ending.receipt
