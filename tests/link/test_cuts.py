"""The link breaks at every byte of a request and of a reply, and breaks, lies and repeats itself at random."""

import random
from collections.abc import Callable, Iterator

import pytest
from road import HANGING_SECONDS, MakeRoad, Road

from bench.link import harm
from bench.link.proxy import Harm, Way, sound
from sync.outcome import Outcome

# Together with the tests beside it some 1,000 exchanges in the default run, 20,000 in `make proof`.
CUTS, RANDOM_EXCHANGES, RANDOM_EXCHANGES_LONG = 240, 400, 12_000
# A device's own history costs time at each exchange; another device begins anew.
EXCHANGES_PER_DEVICE = 100


def lengths(road: Road) -> tuple[int, int]:
    """How many bytes a request and its reply have, when one contact is sent."""
    replies: list[bytes] = []

    async def listen(way: Way, request: bytes) -> None:
        replies.append(await way.ask(request))
        await way.answer(replies[-1])

    road.log()
    road.send(listen)
    return len(road.proxy.requests[-1]), len(replies[-1])


def cut_everywhere(
    make_road: MakeRoad, cut: Callable[[int], Harm], length: int, most: int, seconds: float | None = None
) -> None:
    """Cut at every byte, or at so many of them, evenly; after each cut one clean exchange settles the rest."""
    step = max(1, length // most)
    begin = random.randrange(step)
    print(f"every {step}. byte of {length}, from {begin}")
    road = make_road()
    for number, at in enumerate(range(begin, length, step)):
        if number % (EXCHANGES_PER_DEVICE // 2) == 0 and number:
            road = make_road()
        road.log()
        before = road.settled()
        sent = road.send(cut(at)) if seconds is None else road.send(cut(at), seconds)
        assert sent.ending.outcome is Outcome.NOT_REACHABLE, at
        assert road.settled() == before, at
        road.recover()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("which", ["request", "reply"])
def test_a_cut_at_any_byte_loses_nothing_and_doubles_nothing(
    which: str, road: Road, make_road: MakeRoad, *, is_long: bool
) -> None:
    request_bytes, reply_bytes = lengths(road)
    length, cut, lose = (
        (request_bytes, harm.cut_request, harm.lose_request)
        if which == "request"
        else (reply_bytes, harm.cut_reply, harm.lose_reply)
    )
    cut_everywhere(make_road, cut, length, length if is_long else CUTS // 2)
    cut_everywhere(make_road, lose, length, length if is_long else 12, HANGING_SECONDS)


def any_harm(chance: random.Random, held: list[bytes]) -> tuple[Harm, bool]:
    """A harm, and whether it leaves the device waiting."""
    strangers = list(harm.strangers().values())
    at = chance.randrange(1_500)
    choices: list[tuple[Harm, bool]] = [
        (sound, False),
        (harm.cut_request(at), False),
        (harm.cut_reply(at), False),
        (harm.ask_twice, False),
        (harm.ask_twice_at_once, False),
        (harm.answer_twice, False),
        (harm.answer_with(chance.choice(strangers)), False),
        (harm.answer_with(harm.strangers()["some JSON"]), False),  # the best lie of them all
        (harm.answer_instead(chance.choice(strangers)), False),
        (harm.change_reply(lambda receipt: {**receipt, "verdicts": receipt["verdicts"][:-1]}), False),
        (harm.change_reply(lambda receipt: {**receipt, "batch": "another"}), False),
        (harm.change_request(lambda body: body[:at]), False),
        (chance.choice([harm.lose_request(at), harm.lose_reply(at), harm.hold_up(held), harm.drip(0.1, 50)]), True),
    ]
    return chance.choices(choices, weights=[2] * (len(choices) - 1) + [1])[0]


def journeys(make_road: MakeRoad, chance: random.Random, exchanges: int) -> Iterator[Road]:
    """Devices on bad roads, one after the other, each until it has everything settled."""
    made = 0
    while made < exchanges:
        road, held = make_road(), list[bytes]()
        for _ in range(min(EXCHANGES_PER_DEVICE, exchanges - made)):
            road.log(chance.choice([0, 1, 1, 2, 5]), chance)
            does, is_hanging = any_harm(chance, held)
            road.send(does, HANGING_SECONDS) if is_hanging else road.send(does)
            if held and chance.random() < 0.3:
                road.proxy.later(held.pop(chance.randrange(len(held))))
                road.check()
            if chance.random() < 0.05:
                road.recover()
        for request in held:
            road.proxy.later(request)
        road.recover()
        made += road.exchanges
        yield road


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_bad_road_of_any_kind_loses_nothing_and_doubles_nothing(make_road: MakeRoad, *, is_long: bool) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    roads = list(journeys(make_road, random.Random(seed), RANDOM_EXCHANGES_LONG if is_long else RANDOM_EXCHANGES))
    print(f"{sum(road.exchanges for road in roads)} exchanges, {sum(len(road.logged) for road in roads)} records")
