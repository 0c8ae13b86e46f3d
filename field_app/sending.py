"""Sending what is ready to the station, and saying what came of it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from field_app.clock import Clock
from field_app.device import Device
from field_app.entries import Entry
from field_app.logbook import Logbook
from field_app.store.faults import StoreFault
from field_app.store.records import RecordStore
from sync import __version__
from sync.exchange import Sender, Stamp, Station, ask, send_all
from sync.outcome import Ending, Outcome
from sync.planning import Plan
from sync.verdicts import MEANINGS
from sync.wire import Receipt

# A thousand news beyond the first ones: what a station tells in some years. The rest come with the next exchanges.
ASKED_ON_MAX = 20
# Nothing is left to send that the station would take, and it answers.
_ALL_TRIED = frozenset({Outcome.NOTHING_TO_SEND, Outcome.BATCH_REFUSED})


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round of sending did. Contacts are those that stand; records count withdrawals and replaced ones too.

    `still_ready` are the contacts that the station does not hold yet, parked ones too. An answer to a question alone has no number.
    """

    ending: Ending
    received: tuple[Entry, ...]
    still_ready: tuple[Entry, ...]
    records_received: int
    receipts: tuple[int, ...]


def received_words(received: int, total: int, receipts: Sequence[int]) -> str:
    """What a receipt says, in a sentence: contacts are counted; a withdrawal or a card count may have gone alone. Pure."""
    numbers = ", ".join(map(str, receipts))
    if total == 0:
        return f"All that was ready is received. Receipt {numbers}."
    return f"{received} of {total} contact{'' if total == 1 else 's'} received. Receipt {numbers}."


class Sending:
    """The way from the outbox to the station.

    `mend` is asked once when the station refuses the device: whether it has made good what was wrong (rotating.py).
    `enrolments` belongs to the station (Device.enrolled): once the device has come to another, nothing goes this way.
    """

    def __init__(
        self,
        store: RecordStore,
        logbook: Logbook,
        clock: Clock,
        station: Station,
        plan: Plan | None = None,
        mend: Callable[[], bool] = lambda: False,
        enrolments: int | None = None,
    ) -> None:
        self._store = store
        self._logbook = logbook
        self._device = Device(store)
        self._clock = clock
        self._station = station
        self.plan = plan or Plan()  # what the sends before have learnt of the line
        self._mend = mend
        self._enrolments = store.standing().enrolments if enrolments is None else enrolments

    def send(self, on_receipt: Callable[[Receipt], None] = lambda _: None) -> Sent:
        """Send until nothing is ready, or until it does not get further. Raises StoreFault."""
        receipts: list[Receipt] = []

        def keep(receipt: Receipt) -> None:
            receipts.append(receipt)
            self._device.keep_from(self._enrolments, receipt.challenge, receipt.pins)
            on_receipt(receipt)

        ending = self._send_all(keep)
        if ending.outcome is Outcome.REFUSED and self._mend():
            ending = self._send_all(keep)
        if receipts and ending.outcome in _ALL_TRIED:
            self._ask_on(receipts[-1])
        settled = {
            judged.id for receipt in receipts for judged in receipt.verdicts if MEANINGS[judged.verdict].is_settled
        }
        entries, ready = self._logbook.entries(), set(self._store.ready_ids())
        return Sent(
            ending=ending,
            received=tuple(entry for entry in entries if entry.contact.id in settled),
            still_ready=tuple(entry for entry in entries if entry.contact.id in ready),
            records_received=len(settled),
            receipts=tuple(receipt.receipt for receipt in receipts if receipt.receipt),
        )

    def _send_all(self, keep: Callable[[Receipt], None]) -> Ending:
        challenge = self._device.challenge()
        ending, self.plan = send_all(self._store, self._station, self._sender(), challenge, keep, self.plan)
        return ending

    def ask(self) -> Ending:
        """Ask the station for all its news though nothing may be ready to send; the first ending. Raises StoreFault."""
        ending = self._ask()
        if ending.outcome is Outcome.REFUSED and self._mend():
            ending = self._ask()
        if ending.receipt is not None:
            self._ask_on(ending.receipt)
        return ending

    def _ask(self) -> Ending:
        ending = ask(self._store, self._station, self._sender(), self._device.challenge())
        if ending.challenge is not None:
            pins = () if ending.receipt is None else ending.receipt.pins
            self._device.keep_from(self._enrolments, ending.challenge, pins)
        return ending

    def _ask_on(self, receipt: Receipt) -> None:
        """Ask for the news that a receipt left out, as long as they come; what was logged meanwhile goes first."""
        for _ in range(ASKED_ON_MAX):
            if not receipt.news.is_more or self._store.first_on_its_way() is not None:
                return
            before = self._store.standing().news
            found = self._ask().receipt
            if found is None or self._store.standing().news == before:
                return
            receipt = found

    def tidy(self, keep: timedelta) -> None:
        """After sending: let old sent records leave the device. A fault only means that they stay until the next time."""
        with suppress(StoreFault):
            self._store.tidy(keep)

    def _sender(self) -> Sender:
        return Sender(self._device.identity().device, __version__, self._stamp, self._enrolments)

    def _stamp(self) -> Stamp:
        clock = self._clock
        return Stamp(clock.new_id(), clock.now(), clock.monotonic_ms(), clock.boot())
