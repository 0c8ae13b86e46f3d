"""Mistakes put into the device's decisions, and the station's, on purpose: a bad road must show each, or it proves nothing."""

import itertools
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from road import MakeRoad
from sqlalchemy.orm import Session
from test_cuts import journeys

from station.writer import Found, Writer
from sync import exchange
from sync.exchange import NotReachable, Station
from sync.outcome import Answer, Ending, Outcome, ending_of
from sync.packing import Packing
from sync.records import hashed, unhashed
from sync.times import read_time
from sync.verdicts import Verdict
from sync.wire import Batch, Judged, Receipt

EXCHANGES = 200
# Of so many batches the station with a fault falls over one: often enough that no road is too short to show it.
FALLS_ONE_IN = 4


def everything_accepted(batch: Batch) -> Ending:
    """As if the station had taken in all of it."""
    verdicts = tuple(Judged(record["id"], Verdict.ACCEPTED) for record in batch.records)
    at = read_time("2026-11-22T22:32:05.123Z")
    made = Receipt(receipt=1, batch=batch.batch, epoch="an epoch", received_at=at, challenge="none", verdicts=verdicts)
    return Ending(Outcome.RECEIVED, "Received.", receipt=made, challenge="none")


def trusts_any_200(answer: Answer, batch: Batch) -> Ending:
    return everything_accepted(batch) if answer.status == 200 else ending_of(answer, batch)


def trusts_any_json(answer: Answer, batch: Batch) -> Ending:
    is_json = answer.status == 200 and answer.body[:1] == b"{"
    return everything_accepted(batch) if is_json else ending_of(answer, batch)


def trusts_any_refusal(answer: Answer, batch: Batch) -> Ending:
    """As one that drops what was refused: it will never be taken."""
    return everything_accepted(batch) if 400 <= answer.status < 500 else ending_of(answer, batch)


def trusts_any_answer(_: Answer, batch: Batch) -> Ending:
    return everything_accepted(batch)


MISREADINGS = [trusts_any_200, trusts_any_json, trusts_any_refusal, trusts_any_answer]


def is_caught(make_road: MakeRoad) -> bool:
    """Whether the road shows a mistake."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    with suppress(AssertionError):
        list(journeys(make_road, random.Random(seed), EXCHANGES))
        return False
    return True


@pytest.mark.parametrize("misreading", MISREADINGS, ids=lambda each: each.__name__)
def test_a_device_that_believes_too_much_is_caught(
    misreading: Callable[[Answer, Batch], Ending], make_road: MakeRoad, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "ending_of", misreading)
    assert is_caught(make_road)


def test_a_device_that_takes_sending_for_arriving_is_caught(
    make_road: MakeRoad, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sends_and_forgets(station: Station, batch: Batch, challenge: str, packing: Packing) -> Ending:
        with suppress(NotReachable):
            station.exchange(batch, challenge, packing)
        return everything_accepted(batch)

    monkeypatch.setattr(exchange, "_send", sends_and_forgets)
    assert is_caught(make_road)


def test_a_device_that_changes_what_it_sends_again_is_caught(
    make_road: MakeRoad, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh id at each try: what arrived before its receipt was lost is there twice."""
    sound = exchange._send
    number = 0

    def under_fresh_ids(station: Station, batch: Batch, challenge: str, packing: Packing) -> Ending:
        nonlocal number
        number += 1
        records = [
            hashed(unhashed(record) | {"id": f"0192ffff-0000-7000-8000-{number:06}{place:06}"})
            for place, record in enumerate(batch.records)
        ]
        ending = sound(station, replace(batch, records=tuple(records)), challenge, packing)
        if ending.receipt is None:
            return ending
        pairs = zip(ending.receipt.verdicts, batch.records, strict=True)
        verdicts = tuple(replace(judged, id=record["id"]) for judged, record in pairs)
        return replace(ending, receipt=replace(ending.receipt, verdicts=verdicts))

    monkeypatch.setattr(exchange, "_send", under_fresh_ids)
    assert is_caught(make_road)


class FallsOver(Exception):
    """The station ends here, and its transaction with it."""


def test_a_station_that_answers_before_it_commits_is_caught(
    make_road: MakeRoad, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receipt is out; then, now and then, the commit does not come."""
    sound, number = Writer.write, itertools.count(1)

    def answers_first(writer: Writer, work: Callable[[Session], Found]) -> Found:
        if next(number) % FALLS_ONE_IN:
            return sound(writer, work)
        answers: list[Found] = []
        with suppress(FallsOver), writer._database.writing() as session:
            answers.append(work(session))
            raise FallsOver
        return answers[0]

    monkeypatch.setattr(Writer, "write", answers_first)
    assert is_caught(make_road)
