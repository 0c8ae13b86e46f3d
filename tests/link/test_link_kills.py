"""The station is killed between its commit and its answer, and the app between a receipt and settling it."""

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cars import Car
from doubles import FixedClock
from programs import Program
from road import MakeRoad, Road

from bench.link.harm import cut_reply
from bench.link.proxy import Harm, Proxy, Way
from station.clocks import now
from station.database import Database
from sync.limits import BATCH_RECORDS_START

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED HERE: Windows has no SIGKILL."),
]
# Kills that hit the moment that a test is about; it goes on until there are so many.
HITS, HITS_LONG = 4, 100
# And it gives up after so many kills for each of them: of the station's two in three hit, of the app's most.
KILLS_OF_HIT_MAX = 5
# One kill of the station in so many may come at any moment; the others surely come between its commit and its answer.
ANY_MOMENT_ONE_IN = 3
# Whoever hears nothing sends less each time; after so many kills one clean exchange lets a whole batch be sent again.
KILLS_IN_A_ROW = 8
# Contacts that are logged before each send.
LOGGED = [1, 5, 60]
_NOTHING_MORE = "the station holds nothing that the device does not know of"
# How long the station takes to commit a batch, and the app to settle it, on a busy machine.
STATION_SECONDS, APP_SECONDS = 0.1, 0.015

# A station whose receipt goes out at once, and whose commit comes later.
_ANSWERS_FIRST = """
import threading
from station.commands.start import run
from station.writer import Writer

write = Writer.write

class NotYet(Exception):
    pass

def answer_first(writer, work):
    found = []
    try:
        with writer._database.writing() as session:
            found.append(work(session))
            raise NotYet
    except NotYet:
        threading.Timer(0.3, write, (writer, work)).start()
        return found[0]

Writer.write = answer_first
run()
"""


def is_receipt(reply: bytes) -> bool:
    """Whether the station took the batch in: a stale challenge costs one more trip."""
    return reply.startswith(b"HTTP/1.1 200 ")


def killed_before_its_answer(station: subprocess.Popen[str]) -> Harm:
    """The station has committed and written its answer, which nobody gets; then it is killed."""

    async def harm(way: Way, request: bytes) -> None:
        reply = await way.ask(request)
        if not is_receipt(reply):
            await way.answer(reply)
            return
        station.kill()
        await way.cut()

    return harm


def killed_at_any_moment(station: subprocess.Popen[str], seconds: float) -> Harm:
    """The station is killed while it takes the batch in; an answer that was out already arrives."""

    async def harm(way: Way, request: bytes) -> None:
        asking = asyncio.ensure_future(way.ask(request))
        done, _ = await asyncio.wait([asking], timeout=seconds)
        if done and not is_receipt(asking.result()):  # a stale challenge
            await way.answer(asking.result())
            return
        station.kill()
        await way.answer(await asking)

    return harm


def kill_stations(database: Database, make_car: Callable[..., Car], station755: Program, asked: int) -> None:
    """Start a station, send to it and kill it, until so many kills came between its commit and its answer."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    kills = hits = received = 0
    with Proxy("http://127.0.0.1:9") as proxy:
        road = Road(make_car(clock=FixedClock(at=now())), database, proxy)
        while hits < asked and kills < KILLS_OF_HIT_MAX * asked:
            kills += 1
            moment, is_sure = chance.random() * STATION_SECONDS, kills % ANY_MOMENT_ONE_IN != 1
            with station755.running("serve", "--port", "0") as (station, proxy.station):
                road.log(chance.choice(LOGGED))
                harm = killed_before_its_answer(station) if is_sure else killed_at_any_moment(station, moment)
                held, heard = set(road.held()), road.send(harm).records_received
                received += heard
                # Nothing was answered, and yet the station holds more. (What it is sent again it holds already.)
                hits += heard == 0 and held < set(road.held())
                assert station.wait(timeout=10) == -signal.SIGKILL
            if is_sure:
                # All that is not held is ready (Road.check); some is held that the device does not know of.
                assert road.settled() < set(road.held()), _NOTHING_MORE
            if kills % KILLS_IN_A_ROW == 0:
                with station755.running("serve", "--port", "0") as (_, proxy.station):
                    road.recover()
        with station755.running("serve", "--port", "0") as (_, address):
            proxy.station = address
            road.recover()
    print(f"{hits} of {kills} kills between commit and answer; {road.exchanges} exchanges")
    print(f"{len(road.logged)} records, {received} of them received before a kill")
    assert hits >= asked


def test_a_station_killed_between_its_commit_and_its_answer_loses_and_doubles_nothing(
    database: Database, make_car: Callable[..., Car], station755: Program, *, is_long: bool
) -> None:
    kill_stations(database, make_car, station755, HITS_LONG if is_long else HITS)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_station_that_answers_before_it_commits_is_caught(
    database: Database, make_car: Callable[..., Car], station755: Program, tmp_path: Path
) -> None:
    program = tmp_path / "programs" / station755.name
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{_ANSWERS_FIRST}")
    program.chmod(0o755)
    with pytest.raises(AssertionError, match=f"called Sent, and the station does not hold it|{_NOTHING_MORE}"):
        kill_stations(database, make_car, replace(station755, folder=program.parent), HITS)


def killed_after(process: list[subprocess.Popen[str]], seconds: float) -> Harm:
    """The reply arrives whole, and so soon afterwards the app is killed."""

    async def harm(way: Way, request: bytes) -> None:
        reply = await way.ask(request)
        await way.answer(reply)
        if is_receipt(reply):
            await asyncio.sleep(seconds)
            process[0].kill()

    return harm


def test_an_app_killed_between_its_receipt_and_settling_it_sends_again_and_doubles_nothing(
    make_road: MakeRoad, tmp_path: Path, *, is_long: bool
) -> None:
    seed, asked = random.randrange(2**32), HITS_LONG if is_long else HITS
    print(f"seed {seed}")
    chance = random.Random(seed)
    road = make_road()
    station = road.car.device.station()
    assert station is not None
    road.car.device.enrol_at(replace(station, address=road.proxy.address), road.car.device.challenge())
    program = Program("contact755", tmp_path / "car 1")
    kills = hits = 0
    while hits < asked and kills < KILLS_OF_HIT_MAX * asked:
        kills += 1
        if len(road.logged) - len(road.settled()) > BATCH_RECORDS_START - max(LOGGED):
            road.recover()  # so that all goes in one batch, of which the receipt is waited for
        settled = road.settled()
        road.log(chance.choice(LOGGED))
        process: list[subprocess.Popen[str]] = []
        road.proxy.harm = killed_after(process, chance.random() * APP_SECONDS)
        process.append(program.start("send"))
        process[0].communicate(timeout=60)
        assert set(road.held()) == set(road.logged)
        road.check()
        # The receipt was there, and nothing of it is settled. (It may have settled all and ended before the kill.)
        hits += process[0].returncode == -signal.SIGKILL and road.settled() == settled
    road.send(cut_reply(0))
    road.recover()
    print(f"{hits} of {kills} kills before the receipt was settled")
    assert hits >= asked
