"""Each harm by itself: what is called Sent is at the station once, and the next clean exchange settles the rest."""

from collections.abc import Callable
from typing import Any

import pytest
from road import CLEAN_SECONDS, HANGING_SECONDS, Road

from bench.link import harm
from bench.link.proxy import Harm, sound
from sync.outcome import Outcome
from sync.problem import Problem, Trouble, problem_to_json

OTHER_BATCH = "01920000-0000-7000-8000-00000000dead"
NO_RECEIPT = {Outcome.NOT_THE_STATION, Outcome.BAD_RECEIPT}
OUTCOMES_OF_STRANGERS = {
    "too many requests": (Outcome.TRY_LATER, 7),
    "too many requests until a date": (Outcome.TRY_LATER, None),
    "a fault": (Outcome.TRY_LATER, 0),
    "a gateway without a station": (Outcome.TRY_LATER, 0),
    "unavailable": (Outcome.TRY_LATER, 0),
    "unavailable for a while": (Outcome.TRY_LATER, 120),
    "unavailable for no sensible while": (Outcome.TRY_LATER, 0),
    "a gateway that waited": (Outcome.TRY_LATER, 0),
    "no HTTP": (Outcome.NOT_REACHABLE, 0),
    "packed, and is not": (Outcome.NOT_REACHABLE, 0),
}


def test_what_is_not_the_station_settles_nothing(road: Road) -> None:
    road.log(3)
    for name, reply in harm.strangers().items():
        for does in (harm.answer_with, harm.answer_instead):  # the station never hears of it, or has taken the batch in
            ending = road.send(does(reply)).ending
            outcome, seconds = OUTCOMES_OF_STRANGERS.get(name, (Outcome.NOT_THE_STATION, 0))
            assert ending.outcome is outcome, name
            assert seconds is None or ending.retry_after_seconds == seconds, name
            assert road.settled() == set(), name
    road.recover()


def test_a_refusal_in_the_stations_own_words_settles_nothing(road: Road) -> None:
    road.log(3)
    for trouble in Trouble:
        status = 503 if trouble is Trouble.CANNOT_STORE else 403
        body = harm.json_bytes(problem_to_json(Problem(trouble, status, "A sentence.", "a-challenge-of-nobody")))
        for does in (harm.answer_with, harm.answer_instead):
            sent = road.send(does(harm.http(status, body, "application/problem+json")))
            assert sent.ending.outcome is not Outcome.NOTHING_TO_SEND, trouble
            assert road.settled() == set(), trouble
    road.recover()


def without_last_verdict(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt that is one verdict short, whether they are a list or letters."""
    return {**receipt, "verdicts": receipt["verdicts"][:-1]}


def with_one_verdict_more(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt with a verdict too many."""
    return {**receipt, "verdicts": receipt["verdicts"] + receipt["verdicts"][-1:]}


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "the receipt of another batch": lambda receipt: {**receipt, "batch": OTHER_BATCH},
    "of no batch": lambda receipt: {name: value for name, value in receipt.items() if name != "batch"},
    "one verdict short": without_last_verdict,
    "one verdict too many": with_one_verdict_more,
    "without verdicts": lambda receipt: {name: value for name, value in receipt.items() if name != "verdicts"},
    "with nothing for verdicts": lambda receipt: {**receipt, "verdicts": None},
    "of another version": lambda receipt: {**receipt, "wire": 2},
    "inside a list": lambda receipt: {"receipts": [receipt]},
}


def test_a_receipt_that_does_not_name_this_very_batch_settles_nothing(road: Road) -> None:
    road.log(3)
    for name, change in CHANGES.items():
        assert road.send(harm.change_reply(change)).ending.outcome in NO_RECEIPT, name
        assert road.settled() == set(), name
    road.recover()


def test_a_receipt_that_was_kept_and_is_played_again_settles_nothing(road: Road) -> None:
    kept: list[bytes] = []

    async def keep(way: Any, request: bytes) -> None:  # noqa: ANN401 - a Way
        kept.append(await way.ask(request))
        await way.answer(kept[-1])

    road.log(2)
    road.send(keep)
    road.log(2)
    before = road.settled()
    assert road.send(harm.answer_with(kept[0])).ending.outcome in NO_RECEIPT
    assert road.settled() == before
    road.recover()


def test_a_batch_that_arrives_twice_is_held_once(road: Road) -> None:
    for does in (harm.ask_twice, harm.ask_twice_at_once, harm.answer_twice):
        road.log(3)
        assert road.send(does).ending.outcome is Outcome.NOTHING_TO_SEND
        assert road.settled() == set(road.logged)
    road.recover()


@pytest.mark.parametrize("times", [1, 3])
def test_a_batch_that_arrives_after_the_device_has_sent_again_changes_nothing(times: int, road: Road) -> None:
    held: list[bytes] = []
    road.log(2)
    for _ in range(times):
        assert road.send(harm.hold_up(held), HANGING_SECONDS).ending.outcome is Outcome.NOT_REACHABLE
        road.log()
    road.recover()
    for request in [*held, *held]:
        assert road.proxy.later(request).startswith(b"HTTP/1.1 200 ")
        road.check()
    road.recover()


def test_a_batch_that_arrives_only_when_everybody_has_given_up_is_held(road: Road) -> None:
    held: list[bytes] = []
    road.log(2)
    road.send(harm.hold_up(held), HANGING_SECONDS)
    assert road.held() == {}
    road.proxy.later(held[0])
    assert road.held() == road.logged
    assert road.settled() == set()
    road.recover()


def test_a_reply_that_drips_is_waited_for_no_longer_than_allowed(road: Road) -> None:
    road.log(2)
    assert road.send(harm.drip(0.1, 100), HANGING_SECONDS).ending.outcome is Outcome.NOT_REACHABLE
    assert road.settled() == set()
    assert road.send(harm.drip(0.001, 50)).ending.outcome is Outcome.NOTHING_TO_SEND
    road.recover()


def test_a_body_changed_on_the_way_is_not_taken_in(road: Road) -> None:
    road.log(2)
    changes: list[Harm] = [
        harm.change_request(lambda body: body[:-9] + bytes([body[-9] ^ 1]) + body[-8:]),
        harm.change_request(lambda body: body[:-1]),
        harm.change_request(lambda _: b""),
        harm.change_request(lambda _: harm.bomb()),
    ]
    for does in changes:
        assert road.send(does).ending.outcome is Outcome.REFUSED
        assert road.held() == {}
    road.recover()


def test_the_stations_reply_under_another_content_type_is_judged_by_what_it_says(road: Road) -> None:
    road.log(2)
    road.send(harm.change_reply(lambda receipt: receipt, "text/html"))
    road.recover()


def test_where_nobody_listens_nothing_is_settled(road: Road) -> None:
    road.log(2)
    road.proxy.station, station = "http://127.0.0.1:9", road.proxy.station
    assert road.send(sound).ending.outcome is Outcome.NOT_REACHABLE  # the gateway is there, the station is not
    road.proxy.station = station
    road.recover()


def test_a_dead_link_in_the_middle_of_many_batches_loses_none_of_them(road: Road) -> None:
    """The link breaks after the first receipt: what it named is settled, the rest stays ready to send."""
    answered = 0

    async def break_later(way: Any, request: bytes) -> None:  # noqa: ANN401 - a Way
        nonlocal answered
        answered += 1
        await (sound if answered == 1 else harm.cut_reply(20))(way, request)

    road.log(450)
    sent = road.send(break_later, CLEAN_SECONDS)
    assert sent.ending.outcome is Outcome.NOT_REACHABLE
    assert 0 < len(road.settled()) < len(road.held()) <= 450
    road.recover()
