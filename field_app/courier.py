"""Sends by itself when the station is reachable, and knows the truth for the lamp. One for the whole program."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from field_app.audit_words import caught_up_words
from field_app.device import EnrolledAt
from field_app.hand import Hand, sending_over
from field_app.sending import Sending, Sent, received_words
from field_app.store.faults import StoreFault
from sync.client import StationClient
from sync.outcome import NEEDS_PERSON, WAITING_HELPS, Ending, Outcome
from sync.pace import seconds_until_next
from sync.planning import Plan
from sync.verdicts import MEANINGS
from sync.wire import Receipt

_LOG = logging.getLogger("contact755")
# How often an idle device looks whether the station is there: the lamp is never older than this.
LOOK_SECONDS = 15
# News are decisions of people at the station, who look at their exceptions a few times a day: sooner would only cost
# signed exchanges, and much later a deputy would be home before the question arrives.
ASK_SECONDS = 900
# A question that got no answer waits a few looks: the station is there, and may be in trouble.
ASK_AGAIN_SECONDS = 60
# A refusal needs a person, who taps Send or enrols the device. Beside that one try an hour: the station may have been put
# right by somebody who cannot come to each car.
PERSON_SECONDS = 3_600
# After these a car may be back in coverage at any moment, and trying costs no more than looking.
_TRIED_AT_EACH_LOOK = frozenset({Outcome.NOT_REACHABLE, Outcome.NOT_THE_STATION})


@dataclass(frozen=True, slots=True)
class News:
    """What the courier last found.

    `received` of `total` records is how far a send has come; `next_try_at` is when it sends again by itself, None when
    nothing waits for that, or when a person must do something first.
    """

    outcome: Outcome | None = None
    sentence: str | None = None
    is_enrolled: bool = True
    is_reachable: bool = False
    is_sending: bool = False
    received: int = 0
    total: int = 0
    next_try_at: datetime | None = None
    retry_after_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Papers:
    """What a station knows the device by: another enrolment, or another key, is another device to it."""

    station: EnrolledAt | None
    challenge: str
    private_key: str = field(repr=False)


class Courier:
    """Sends on a thread, tells its listeners on the event loop."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._moved = asyncio.Event()  # when the next round is due has changed
        self._sending = asyncio.Lock()
        self._listeners: list[Callable[[News], None]] = []
        self._failures = 0
        self._plan = Plan()
        self._is_nudged = False
        self._next_at = self._not_before = float("-inf")  # by _seconds()
        self._question: tuple[EnrolledAt, float] | None = None  # when this station is asked for news next
        self._refused: Papers | None = None
        self.news = News()

    def listen(self, listener: Callable[[News], None]) -> Callable[[], None]:
        """Hear of every change; call the result to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def nudge(self) -> None:
        """There is something to send."""
        self._is_nudged = True
        self._moved.set()

    def ask(self) -> None:
        """Somebody wants to know what is new at the station."""
        self._question = None
        self.nudge()

    async def run(self) -> None:
        """Send, wait, send again, until cancelled."""
        while True:
            await self.round()
            await self._until_due()

    async def send_now(self) -> None:
        """A person wants to send, or to know what is new: a round at once, whatever was waited for."""
        self._question = None
        await self.round()

    async def round(self) -> None:
        """One round of sending, or a look at the station when there is nothing to send. Raises nothing: it is told."""
        async with self._sending:
            self._is_nudged = False  # before the sending: a tap during it is remembered
            try:
                self._tell(self._timed(await self._sent()))
            except StoreFault as problem:
                self._failed(str(problem))
            except Exception:  # noqa: BLE001 - whatever it is, the next round is tried
                _LOG.exception("sending")
                self._failed("Sending failed in the app itself. What you logged is safe.")

    def _failed(self, sentence: str) -> None:
        self._next_at = self._seconds() + LOOK_SECONDS
        self._tell(News(sentence=sentence))

    async def _sent(self) -> News:
        before = self.news
        papers, total = await asyncio.to_thread(lambda: (self._papers(), self._ready()))
        if total:
            self._tell(replace(before, is_sending=True, sentence="Sending.", received=0, total=total, next_try_at=None))
        found = await asyncio.to_thread(self._round, self._progress(total))
        self._failures = self._failures + 1 if found.outcome in WAITING_HELPS else 0
        if found.sentence is None and found.is_reachable:
            found = replace(found, sentence=before.sentence if before.is_reachable else None)
        # Those that were refused, not those of now: another program may have enrolled the device meanwhile.
        self._refused = papers if found.outcome is Outcome.REFUSED else None
        return found

    def seconds_until_due(self) -> float:
        """How long until the next round; a station that asked to wait, or refused, is not asked sooner for a contact."""
        due = self._not_before if self._is_nudged else max(self._next_at, self._not_before)
        return due - self._seconds()

    async def _until_due(self) -> None:
        while (seconds := self.seconds_until_due()) > 0:
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), min(seconds, LOOK_SECONDS))
            except TimeoutError:
                if self._refused is not None and await asyncio.to_thread(self._papers) != self._refused:
                    return  # another program has enrolled the device, or given it another key

    def _papers(self) -> Papers | None:
        """What the station knows the device by; None while the store cannot be read."""
        device = self._hand.device
        try:
            return Papers(device.station(), device.challenge(), device.private_key())
        except StoreFault:
            return self._refused

    def _timed(self, found: News) -> News:
        """The same news, with the time of the next round set, and told if that will be another try."""
        wait = wait_seconds(found, self._failures, random.random())  # noqa: S311 - jitter, no secret
        self._next_at = self._seconds() + wait
        is_refused = found.outcome is Outcome.REFUSED
        self._not_before = self._seconds() + (wait if is_refused else found.retry_after_seconds)
        self._moved.set()
        if found.outcome not in WAITING_HELPS:
            return found
        return replace(found, next_try_at=self._hand.clock.now() + timedelta(seconds=wait))

    def _seconds(self) -> float:
        # They go on while the device sleeps: one that wakes up after its next try was due tries at once.
        return self._hand.clock.monotonic_ms() / 1000

    def _progress(self, total: int) -> Callable[[Receipt], None]:
        loop = asyncio.get_running_loop()
        received = 0

        def progress(receipt: Receipt) -> None:
            nonlocal received
            received += sum(MEANINGS[judged.verdict].is_settled for judged in receipt.verdicts)
            loop.call_soon_threadsafe(self._tell_progress, received, max(total, received))

        return progress

    def _tell_progress(self, received: int, total: int) -> None:
        sentence = f"{received:,} of {total:,} received."
        self._tell(replace(self.news, is_sending=True, sentence=sentence, received=received, total=total))

    def _ready(self) -> int:
        return len(self._hand.store.ready_ids()) if self._hand.device.station() is not None else 0

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
        station, enrolments = self._hand.device.enrolled()
        if station is None:
            return News(is_enrolled=False)
        client = self._hand.client(station)
        sending = sending_over(self._hand, station, enrolments, client, self._plan)
        try:
            before = self._hand.store.standing()
            found = self._found(station, client, sending, progress)
            again = caught_up_words(before, self._hand.store.standing())
            return found if again is None else replace(found, sentence=" ".join(filter(None, [again, found.sentence])))
        except StoreFault as problem:
            return News(sentence=str(problem))
        finally:
            self._plan = sending.plan
            client.close()

    def _found(
        self, station: EnrolledAt, client: StationClient, sending: Sending, progress: Callable[[Receipt], None]
    ) -> News:
        sent = sending.send(progress)
        if sent.receipts:
            self._question = (station, self._seconds() + ASK_SECONDS)  # a receipt brings the news as well
            sending.tidy(self._hand.current.keep)
        if not sent.receipts and sent.ending.outcome is Outcome.NOTHING_TO_SEND:
            return self._look(station, client, sending, progress)
        return _news_of(sent)

    def _look(
        self, station: EnrolledAt, client: StationClient, sending: Sending, progress: Callable[[Receipt], None]
    ) -> News:
        """Nothing is ready: whether the station is there, and now and then what is new. It may turn out to be restored."""
        if not client.is_there():
            return News(Outcome.NOTHING_TO_SEND)
        question = self._question
        if question is not None and question[0] == station and self._seconds() < question[1]:
            return News(Outcome.NOTHING_TO_SEND, is_reachable=True)
        ending = sending.ask()
        wait = ASK_AGAIN_SECONDS if ending.outcome in WAITING_HELPS else ASK_SECONDS
        self._question = (station, self._seconds() + wait)
        if ending.outcome is Outcome.RECEIVED and self._hand.store.ready_ids():
            return _news_of(sending.send(progress))
        return _news_of_asking(ending)


def wait_seconds(found: News, failures: int, jitter: float) -> float:
    """How long to wait after a round that found this. Pure."""
    wait: float = LOOK_SECONDS
    if found.outcome in NEEDS_PERSON:
        wait = PERSON_SECONDS
    if found.outcome in WAITING_HELPS:
        wait = max(1, seconds_until_next(failures, jitter))
    if found.outcome in _TRIED_AT_EACH_LOOK:
        wait = min(wait, LOOK_SECONDS)
    return max(wait, found.retry_after_seconds)


def _news_of(sent: Sent) -> News:
    ending = sent.ending
    if sent.receipts:
        total = len(sent.received) + len(sent.still_ready)
        sentence = received_words(len(sent.received), total, sent.receipts)
        if ending.outcome is not Outcome.NOTHING_TO_SEND:
            sentence = f"{sentence} {ending.sentence}"
        is_reachable = ending.outcome is not Outcome.REFUSED
        return News(ending.outcome, sentence, is_reachable=is_reachable, retry_after_seconds=ending.retry_after_seconds)
    is_reachable = ending.outcome is Outcome.BATCH_REFUSED  # it answered, and takes others
    return News(
        ending.outcome, ending.sentence, is_reachable=is_reachable, retry_after_seconds=ending.retry_after_seconds
    )


def _news_of_asking(ending: Ending) -> News:
    """Nothing waits to be sent: of how asking ended, only a refusal is a person's business."""
    if ending.outcome is Outcome.REFUSED:
        return News(Outcome.REFUSED, ending.sentence)
    return News(Outcome.NOTHING_TO_SEND, is_reachable=True, retry_after_seconds=ending.retry_after_seconds)
