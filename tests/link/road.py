"""A device and its station with a bad road between them, and what must be true after every exchange on it."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from cars import Car
from sqlalchemy import func, select

from bench.link.proxy import Harm, Proxy, sound
from field_app.sending import Sending, Sent
from station.database import Database
from station.tables import ContactRow, QuarantineRow, RecordRow, WithdrawalRow
from sync.client import StationClient
from sync.outcome import Outcome
from sync.signing import sign

# A clean exchange takes some ten milliseconds; a busy machine may take its time.
CLEAN_SECONDS = 20.0
# Where nothing comes: long enough for a station that is asked, on a machine that has other work.
HANGING_SECONDS = 0.25


@dataclass
class Road:
    """One device on a road; what it logged, by id, with the hash that the station must hold."""

    car: Car
    database: Database
    proxy: Proxy
    logged: dict[str, str] = field(default_factory=dict)
    exchanges: int = 0

    def log(self, count: int = 1, chance: random.Random | None = None) -> None:
        """Log contacts; with chance, now and then one is withdrawn or corrected."""
        for _ in range(count):
            contact_id = self.car.log("coffee-shop", rd="0454", note="señal ☕")[0]
            turn = chance.random() if chance else 1
            if turn < 0.1:
                self.car.logbook.withdraw(contact_id, "stop")
            elif turn < 0.2:
                self.car.logbook.correct(contact_id, {"people": 4})
        self.logged |= {record["id"]: record["hash"] for record in self.car.store.ready(1_000)}

    def send(self, harm: Harm = sound, seconds: float = CLEAN_SECONDS) -> Sent:
        """Send all that is ready while this harm is done, then see that nothing is wrong."""
        self.proxy.harm = harm
        client = self.client(seconds)
        sent = Sending(self.car.store, self.car.logbook, self.car.clock, client).send()
        client.close()
        self.proxy.let_go()
        self.exchanges += 1
        self.check()
        return sent

    def client(self, seconds: float) -> StationClient:
        """The device's only HTTP, through the proxy."""
        private_key = self.car.device.identity().private_key
        return StationClient(self.proxy.address, lambda message: sign(private_key, message), answer_seconds=seconds)

    def settled(self) -> set[str]:
        """The ids that the device calls Sent, or in need of attention."""
        return set(self.logged) - set(self.car.store.ready_ids())

    def held(self) -> dict[str, str]:
        """What the station holds of this device, that put aside included: hash by id."""
        device = UUID(self.car.device.identity().device)
        with self.database.reading() as session:
            rows = session.execute(select(RecordRow.id, RecordRow.hash).where(RecordRow.device_id == device))
            held = {str(record_id): content_hash for record_id, content_hash in rows}
            for raw in session.scalars(select(QuarantineRow.raw).where(QuarantineRow.device_id == device)):
                record = json.loads(raw)  # handed in wrapped, after refusals of whatever stood in between
                held.setdefault(record["id"], record["hash"])
            return held

    def check(self) -> None:
        """What is settled here is held there, to the bit; nothing else is held there, and nothing twice."""
        held, settled = self.held(), self.settled()
        lost = {record_id for record_id in settled if held.get(record_id) != self.logged[record_id]}
        assert not lost, f"called Sent, and the station does not hold it: {lost}"
        assert held.items() <= self.logged.items(), "the station holds what nobody logged"
        with self.database.reading() as session:
            records, read = (
                session.scalar(select(func.count()).select_from(RecordRow)),
                sum(session.scalar(select(func.count()).select_from(row)) or 0 for row in (ContactRow, WithdrawalRow)),
            )
            assert records == read, "a record stands on no worksheet, or on two"

    def recover(self) -> None:
        """One clean exchange settles all the rest."""
        sent = self.send()
        assert sent.ending.outcome is Outcome.NOTHING_TO_SEND, sent.ending
        assert self.settled() == set(self.logged) == set(self.held())


MakeRoad = Callable[[], Road]
