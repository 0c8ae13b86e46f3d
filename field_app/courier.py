"""Sends by itself when the station is reachable, and knows the truth for the lamp. One for the whole program."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from field_app.hand import Hand, sending_over
from field_app.sending import Sent
from field_app.store.faults import StoreFault
from sync.client import StationClient
from sync.outcome import WAITING_HELPS, Outcome
from sync.pace import seconds_until_next
from sync.wire import Receipt

_LOG = logging.getLogger("contact755")
# How often an idle device looks whether the station is there: the lamp is never older than this.
LOOK_SECONDS = 15


@dataclass(frozen=True, slots=True)
class News:
    """What the courier last found."""

    outcome: Outcome | None = None
    sentence: str | None = None
    is_enrolled: bool = True
    is_reachable: bool = False
    is_sending: bool = False


class Courier:
    """Sends on a thread, tells its listeners on the event loop."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._wake = asyncio.Event()
        self._sending = asyncio.Lock()
        self._listeners: list[Callable[[News], None]] = []
        self._failures = 0
        self.news = News()

    def listen(self, listener: Callable[[News], None]) -> Callable[[], None]:
        """Hear of every change; call the result to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def nudge(self) -> None:
        """There is something to send."""
        self._wake.set()

    async def run(self) -> None:
        """Send, wait, send again, until cancelled."""
        while True:
            self._wake.clear()  # before the sending: a tap during it is remembered
            try:
                await self.send_now()
            except Exception:  # noqa: BLE001 - whatever it is, the next round is tried
                _LOG.exception("sending")
                self._tell(News(sentence="Sending failed in the app itself. What you logged is safe."))
            helps = self.news.outcome in WAITING_HELPS
            wait = seconds_until_next(self._failures, random.random()) if helps else LOOK_SECONDS  # noqa: S311 - jitter, no secret
            try:
                await asyncio.wait_for(self._wake.wait(), min(max(wait, 1), LOOK_SECONDS))
            except TimeoutError:
                continue

    async def send_now(self) -> None:
        """One round of sending, or a look at the station when there is nothing to send."""
        async with self._sending:
            loop = asyncio.get_running_loop()
            before = self.news
            received = 0

            def progress(receipt: Receipt) -> None:
                nonlocal received
                received += len(receipt.verdicts)
                sentence = f"{received} received so far."
                loop.call_soon_threadsafe(self._tell, replace(self.news, is_sending=True, sentence=sentence))

            if await asyncio.to_thread(self._has_work):
                self._tell(replace(before, is_sending=True, sentence="Sending."))
            found = await asyncio.to_thread(self._round, progress)
            self._failures = self._failures + 1 if found.outcome in WAITING_HELPS else 0
            if found.sentence is None and found.is_reachable:
                found = replace(found, sentence=before.sentence if before.is_reachable else None)
            self._tell(found)

    def _has_work(self) -> bool:
        return self._hand.device.station() is not None and bool(self._hand.store.ready_ids())

    def _tell(self, news: News) -> None:
        if news == self.news:
            return
        self.news = news
        for listener in list(self._listeners):
            try:
                listener(news)
            except Exception:  # noqa: BLE001 - a window that is going must not stop the sending
                _LOG.exception("a window could not be told")

    def _round(self, progress: Callable[[Receipt], None]) -> News:
        station = self._hand.device.station()
        if station is None:
            return News(is_enrolled=False)
        client = self._hand.client(station)
        try:
            sending = sending_over(self._hand, station, client)
            sent = sending.send(progress)
            if sent.receipts:
                sending.tidy(self._hand.reference.keep)
            return _news_of(sent, client)
        except StoreFault as problem:
            return News(sentence=str(problem))
        finally:
            client.close()


def _news_of(sent: Sent, client: StationClient) -> News:
    if sent.receipts:
        total = len(sent.received) + len(sent.still_ready)
        numbers = ", ".join(map(str, sent.receipts))
        sentence = f"{len(sent.received)} of {total} contact{'' if total == 1 else 's'} received. Receipt {numbers}."
        return News(sent.ending.outcome, sentence, is_reachable=True)
    if sent.ending.outcome is Outcome.NOTHING_TO_SEND:
        return News(sent.ending.outcome, is_reachable=client.is_there())
    return News(sent.ending.outcome, sent.ending.sentence)
