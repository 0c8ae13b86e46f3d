"""How an exchange ends, told from the answer alone; and how long to wait before the next."""

import pytest
from examples import BATCH, PROBLEM, RECEIPT
from hypothesis import given
from hypothesis import strategies as st
from shelves import SENDER, Script, Stumbling, body, sent, shelf

from sync.exchange import exchange_once, keep_sending, send_all
from sync.limits import RETRY_SECONDS_MAX
from sync.outcome import RETRY_AFTER_SECONDS_MAX, WAITING_HELPS, Answer, Ending, Outcome, ending_of
from sync.pace import seconds_until_next
from sync.planning import Plan
from sync.problem import Problem, Trouble, problem_to_json
from sync.verdicts import Verdict
from sync.wire import receipt_to_json


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200, {}, body(receipt_to_json(RECEIPT))), Outcome.RECEIVED),
        (Answer(200, {}, b"<html>Welcome to FreeWiFi</html>"), Outcome.NOT_THE_STATION),
        (Answer(200, {}, body({"ok": True})), Outcome.NOT_THE_STATION),
        (Answer(200, {}, body(receipt_to_json(RECEIPT) | {"batch": BATCH.device})), Outcome.BAD_RECEIPT),
        (Answer(200, {}, body(receipt_to_json(RECEIPT) | {"verdicts": "a"})), Outcome.BAD_RECEIPT),
        (Answer(200, {}, b""), Outcome.NOT_THE_STATION),
        (Answer(204, {}, b""), Outcome.NOT_THE_STATION),
        (Answer(302, {"location": "http://portal"}, b""), Outcome.NOT_THE_STATION),
        (Answer(404, {}, b"nginx"), Outcome.NOT_THE_STATION),
        (Answer(511, {}, b"sign in"), Outcome.NOT_THE_STATION),
        (Answer(429, {}, b""), Outcome.TRY_LATER),
        (Answer(502, {}, b"bad gateway"), Outcome.TRY_LATER),
        (Answer(503, {}, b""), Outcome.TRY_LATER),
        (Answer(401, {}, body(problem_to_json(PROBLEM))), Outcome.CHALLENGE_STALE),
    ],
)
def test_each_answer_is_told_from_the_others(answer: Answer, outcome: Outcome) -> None:
    ending = ending_of(answer, BATCH)
    assert ending.outcome is outcome
    assert (ending.receipt is not None) is (outcome is Outcome.RECEIVED)
    assert ending.sentence.endswith(".")


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_of_the_station_has_an_outcome_and_keeps_its_sentence(trouble: Trouble) -> None:
    problem = Problem(trouble, 400, "Do this.")
    ending = ending_of(Answer(400, {}, body(problem_to_json(problem))), BATCH)
    assert ending.outcome is not Outcome.RECEIVED
    assert ending.sentence == "Do this."


@given(st.integers(100, 599), st.binary(max_size=50))
def test_no_answer_but_the_receipt_settles_anything(status: int, noise: bytes) -> None:
    assert ending_of(Answer(status, {}, noise), BATCH).receipt is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("-5", 0),
        ("soon", 0),
        ("9" * 30, RETRY_AFTER_SECONDS_MAX),
        ("", 0),
        ("Sun, 22 Nov 2026 22:34:05 GMT", 120),
        ("Sun, 22 Nov 2026 22:30:05 GMT", 0),
        ("Sun, 22 Nov 2099 22:34:05 GMT", RETRY_AFTER_SECONDS_MAX),
    ],
)
def test_retry_after_is_a_floor_as_a_number_and_as_a_date_by_the_stations_clock(header: str, seconds: float) -> None:
    ending = ending_of(Answer(503, {"retry-after": header, "date": "Sun, 22 Nov 2026 22:32:05 GMT"}, b""), BATCH)
    assert ending.retry_after_seconds == seconds
    assert seconds_until_next(1, 0.0, ending.retry_after_seconds) == seconds


@given(st.integers(0, 10**9), st.floats(0, 1, exclude_max=True), st.floats(0, 1e5))
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_the_ceiling(
    failures: int, jitter: float, asked: float
) -> None:
    seconds = seconds_until_next(failures, jitter, asked)
    assert asked <= seconds <= max(asked, RETRY_SECONDS_MAX)


def test_waits_grow_with_failures_and_are_spread_evenly() -> None:
    assert [seconds_until_next(failures, 0.5) for failures in range(1, 5)] == [1, 2, 4, 8]
    assert seconds_until_next(50, 0.999) < RETRY_SECONDS_MAX


def test_a_stale_challenge_costs_one_more_round_trip() -> None:
    script = Script([Answer(401, {}, body(problem_to_json(PROBLEM))), Verdict.ACCEPTED])
    assert exchange_once(shelf(1), script, SENDER, "old").ending.outcome is Outcome.RECEIVED
    assert script.challenges == ["old", PROBLEM.challenge]


def test_a_station_that_always_calls_the_challenge_stale_does_not_keep_the_device_busy() -> None:
    stale = Answer(401, {}, body(problem_to_json(PROBLEM)))
    assert exchange_once(shelf(1), Script([stale, stale]), SENDER, "old").ending.outcome is Outcome.CHALLENGE_STALE


def test_sending_stops_when_the_station_wants_everything_later() -> None:
    script = Script([Verdict.TRY_LATER])
    assert sent(shelf(3), script).outcome is Outcome.TRY_LATER


def test_sending_goes_on_until_nothing_is_ready_and_signs_each_fresh_challenge() -> None:
    script = Script([Verdict.ACCEPTED, Verdict.QUARANTINED, Verdict.HELD])
    assert sent(shelf(1_400), script).outcome is Outcome.NOTHING_TO_SEND
    assert script.challenges == ["first", "fresh", "fresh"]
    assert script.sizes == [200, 400, 800]  # the line is good: the batches grow


def test_waiting_is_only_for_what_waiting_helps() -> None:
    waits: list[tuple[float, str]] = []
    endings = [Ending(Outcome.NOT_REACHABLE, "Nobody there."), Ending(Outcome.TRY_LATER, ".", retry_after_seconds=7)]
    endings += [Ending(Outcome.REFUSED, "."), Ending(Outcome.RECEIVED, ".")]

    def wait(seconds: float, ending: Ending) -> None:
        waits.append((seconds, ending.sentence))

    last = keep_sending(lambda: endings.pop(0), wait, lambda: 0.5, patience_seconds=60)
    assert last.outcome is Outcome.REFUSED
    assert waits == [(1, "Nobody there."), (7, ".")]  # whoever waits is told what for
    assert Outcome.REFUSED not in WAITING_HELPS


def test_an_order_to_come_back_in_an_hour_ends_the_sending_at_once() -> None:
    waits: list[float] = []
    ending = Ending(Outcome.TRY_LATER, ".", retry_after_seconds=3_600)
    assert (
        keep_sending(lambda: ending, lambda seconds, _: waits.append(seconds), lambda: 0.5, patience_seconds=60)
        is ending
    )
    assert waits == []


def test_sending_gives_up_when_its_patience_is_used_up() -> None:
    waits: list[float] = []
    last = keep_sending(
        lambda: Ending(Outcome.NOT_REACHABLE, "."),
        lambda seconds, _: waits.append(seconds),
        lambda: 0.5,
        patience_seconds=10,
    )
    assert last.outcome is Outcome.NOT_REACHABLE
    assert waits == [1, 2, 4]


def test_a_record_that_nobody_takes_keeps_no_news_away() -> None:
    fault = Answer(500, {}, body(problem_to_json(Problem(Trouble.FAULT, 500, "The station stumbled."))))
    script, outbox = Script([fault, fault, Verdict.ACCEPTED, fault, fault, fault]), shelf(1)
    sent(outbox, script)
    assert script.sizes == [1, 1, 0, 1, 1, 1]  # twice, the question alone, and then as it is twice more, and wrapped
    assert len(outbox.settled) == 1
    assert len(outbox.records) == 1


def test_records_that_nobody_takes_do_not_block_those_behind_them() -> None:
    fault = Answer(500, {}, body(problem_to_json(Problem(Trouble.FAULT, 500, "The station stumbled."))))
    outbox = shelf(4)
    plan = Plan()
    for _ in range(3):  # once may be a slip; then each of the three alone; then the rest
        _, plan = send_all(outbox, Stumbling({"0", "1", "2"}, fault), SENDER, "first", lambda _: None, plan)
    assert [record["id"] for record in outbox.records] == ["0", "1", "2"]
