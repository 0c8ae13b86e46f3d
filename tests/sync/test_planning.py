"""What to send next: the line's lessons, and finding the record over which a station stumbles."""

import json
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import pytest
from doubles import START
from hypothesis import given, settings
from hypothesis import strategies as st
from shelves import SENDER, Shelf, body, sent, shelf

from sync.exchange import Station, send_all
from sync.limits import BATCH_RECORDS_MAX, BATCH_RECORDS_START
from sync.outcome import Answer, Ending, Outcome
from sync.packing import Packing
from sync.planning import Next, Plan, after, asked
from sync.problem import Problem, Trouble, problem_to_json
from sync.verdicts import Verdict
from sync.wire import RAW, Batch, Judged, Receipt, digest_of, receipt_to_json, unwrapped


def refusal(trouble: Trouble, status: int) -> Answer:
    """A problem document."""
    return Answer(status, {}, body(problem_to_json(Problem(trouble, status, "Not this."))))


@dataclass
class Stumbling:
    """A station that refuses any batch with one of these records in it, unless it is wrapped (or not even then)."""

    poison: Collection[str]
    answer: Callable[[], Answer] = lambda: refusal(Trouble.FAULT, 500)
    takes_wrapped: bool = True
    held: list[str] = field(default_factory=list)
    exchanges: int = 0

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Take the batch in, or stumble."""
        del challenge, packing
        self.exchanges += 1
        is_wrapped = [RAW in record for record in batch.records]
        ids = [
            record["id"] if RAW not in record else json.loads(unwrapped(record) or b"")["id"]
            for record in batch.records
        ]
        if any(
            key in self.poison and not (wrap and self.takes_wrapped) for key, wrap in zip(ids, is_wrapped, strict=True)
        ):
            return self.answer()
        self.held += ids
        verdicts = tuple(Judged(None, Verdict.QUARANTINED if wrap else Verdict.ACCEPTED) for wrap in is_wrapped)
        receipt = Receipt(1, batch.batch, "epoch", START, "c", verdicts, digest_of(batch.records))
        return Answer(200, {}, body(receipt_to_json(receipt)))


@pytest.mark.parametrize("trouble", [(Trouble.FAULT, 500), (Trouble.MALFORMED, 400), (Trouble.TOO_LARGE, 413)])
@settings(deadline=None)
@given(poison=st.sets(st.integers(0, 199), max_size=3))
def test_one_bad_record_never_blocks_the_rest(trouble: tuple[Trouble, int], poison: set[int]) -> None:
    station = Stumbling({str(each) for each in poison}, lambda: refusal(*trouble))
    outbox = shelf(200)
    assert sent(outbox, station).outcome is Outcome.NOTHING_TO_SEND
    assert sorted(station.held, key=int) == [str(each) for each in range(200)]
    assert not outbox.parked
    # Halving down to it and back up again, for each; not one request per record.
    assert station.exchanges <= 2 + 25 * len(poison)


@settings(deadline=None)
@given(poison=st.sets(st.integers(0, 59), min_size=1, max_size=2))
def test_a_record_that_is_not_even_taken_wrapped_is_parked_and_said(poison: set[int]) -> None:
    names = {str(each) for each in poison}
    station = Stumbling(names, takes_wrapped=False)
    outbox = shelf(60)
    assert sent(outbox, station).outcome is Outcome.BATCH_REFUSED  # never "Nothing to send"
    assert {record["id"] for record in outbox.records} == names
    assert outbox.parked == dict.fromkeys(names, "Not this.")


def test_a_station_that_takes_nothing_at_all_blames_no_record() -> None:
    station = Stumbling({str(each) for each in range(200)}, takes_wrapped=False)
    outbox = shelf(200)
    assert sent(outbox, station).outcome is Outcome.FAULT
    assert not outbox.parked
    assert len(outbox.records) == 200
    assert station.exchanges < 30


@dataclass
class Failing:
    """A station that breaks down over everything, for a number of requests; then it takes everything."""

    times: float
    sizes: list[int] = field(default_factory=list)

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Break down, or take the batch in."""
        self.sizes.append(len(batch.records))
        if len(self.sizes) <= self.times:
            return refusal(Trouble.FAULT, 500)
        return Stumbling(()).exchange(batch, challenge, packing)


def rounds(outbox: Shelf, station: Station, count: int) -> Ending:
    """So many sends, each with what the one before has learnt."""
    plan = Plan()
    for _ in range(count):
        ending, plan = send_all(outbox, station, SENDER, "first", lambda _: None, plan)
    return ending


def test_a_slip_of_the_station_halves_nothing() -> None:
    station, outbox = Failing(1), shelf(60)
    assert rounds(outbox, station, 2).outcome is Outcome.NOTHING_TO_SEND
    assert station.sizes == [60, 60]


def test_a_station_that_breaks_down_over_everything_gets_two_requests_a_round_and_nothing_is_halved() -> None:
    station, outbox = Failing(math.inf), shelf(60)
    assert rounds(outbox, station, 10).outcome is Outcome.FAULT
    assert station.sizes == [60, *[60, 0] * 9]
    assert not outbox.parked
    assert len(outbox.records) == 60


def test_what_died_dies_again_in_a_batch_that_has_grown_but_not_in_another_one() -> None:
    ending = Ending(Outcome.FAULT, ".")
    records = [{"id": str(each)} for each in range(6)]
    plan, then = after(Plan(), records[:3], ending)
    assert then is Next.STOP
    plan = plan.for_next_time()
    assert after(plan, records, ending) == (plan, Next.ASK)
    assert after(plan, records[1:3], ending) == (plan, Next.ASK)  # the first was tried alone and in vain
    other, then = after(plan, records[2:], ending)
    assert (other.died, then) == (frozenset("2345"), Next.STOP)
    taken, _ = after(plan, records[:1], Ending(Outcome.RECEIVED, "."))
    assert not taken.died
    assert asked(plan, records, ending, ending) == (plan, Next.STOP)
    halved, then = asked(plan, records, ending, Ending(Outcome.RECEIVED, "."))
    assert (halved.size, len(halved.suspects), then) == (3, 6, Next.GO_ON)


@dataclass
class Ailing:
    """A station that answers questions, but breaks down over every batch while it is ill."""

    is_ill: bool = True

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Answer, or break down."""
        poison = {str(each) for each in range(1_000)} if self.is_ill else ()
        return Stumbling(poison, takes_wrapped=False).exchange(batch, challenge, packing)


def test_what_was_passed_over_while_nothing_was_taken_is_tried_again_as_soon_as_something_is() -> None:
    station, outbox, plan = Ailing(), shelf(30), Plan()
    for _ in range(7):  # three are passed over in each but the first, which may have been a slip
        ending, plan = send_all(outbox, station, SENDER, "first", lambda _: None, plan)
        assert ending.outcome is Outcome.FAULT
    station.is_ill = False
    ending, plan = send_all(outbox, station, SENDER, "first", lambda _: None, plan)
    assert (ending.outcome, outbox.records, outbox.parked) == (Outcome.NOTHING_TO_SEND, [], {})


@pytest.mark.parametrize("trouble", [(Trouble.FAULT, 500), (Trouble.MALFORMED, 400)])
@pytest.mark.parametrize("count", [3, 5])
def test_records_that_are_passed_over_again_while_others_are_taken_are_parked(
    trouble: tuple[Trouble, int], count: int
) -> None:
    """However many of them there are: three in a row look like a station that fails, at first."""
    names = {str(each) for each in range(count)}
    station, outbox, plan = Stumbling(names, lambda: refusal(*trouble), takes_wrapped=False), shelf(20), Plan()
    for sends in range(6):
        _, plan = send_all(outbox, station, SENDER, "first", lambda _: None, plan)
        outbox.records.insert(count, {"id": str(100 + sends)})  # somebody logs one more
    assert outbox.parked.keys() == names


@pytest.mark.parametrize(
    "outcome", [Outcome.REFUSED, Outcome.TRY_LATER, Outcome.NOT_THE_STATION, Outcome.NOT_REACHABLE]
)
def test_what_is_no_fault_of_a_record_never_halves_down_to_it(outcome: Outcome) -> None:
    plan = Plan()
    records = [{"id": str(each)} for each in range(200)]
    for _ in range(20):
        plan, then = after(plan, plan.batch_of(records), Ending(outcome, "."))
        assert then is Next.STOP
    assert not plan.suspects
    assert plan.size == (10 if outcome is Outcome.NOT_REACHABLE else BATCH_RECORDS_START)


def test_a_line_that_drops_gets_smaller_batches_and_a_good_one_larger() -> None:
    records = [{"id": str(each)} for each in range(5_000)]
    plan, _ = after(Plan(), records[:200], Ending(Outcome.NOT_REACHABLE, "."))
    assert plan.for_next_time().size == 100
    receipt = Receipt(1, SENDER.device, "e", START, "c", (), records_max=700)
    for size in (200, 400, 700):
        plan, then = after(plan, plan.batch_of(records), Ending(Outcome.RECEIVED, ".", receipt=receipt))
        assert (plan.size, then) == (size, Next.GO_ON)
    assert Plan().records_max == BATCH_RECORDS_MAX


def test_a_station_that_does_not_know_the_packing_is_sent_gzip() -> None:
    ending = Ending(Outcome.BATCH_REFUSED, ".", is_unpackable=True)
    plan, then = after(Plan(), [{"id": "1"}, {"id": "2"}], ending)
    assert (plan.packing, then, plan.suspects) == (Packing.GZIP, Next.GO_ON, ())
    plan, _ = after(plan, [{"id": "1"}, {"id": "2"}], ending)
    assert plan.suspects  # it is not the packing
