"""The kernel's own network, made bad: links that go down, narrow or blind, and an address that changes meanwhile."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest
import uvicorn
from cars import Car
from doubles import FixedClock
from road import Road

from bench.link.namespaces import enter, namespaces, run, why_not
from bench.link.pipe import COUNTY, Link
from bench.link.proxy import Proxy
from bench.link.shaped import STATION as STATION_BEHIND_SHAPER
from bench.link.shaped import shaped
from field_app.sending import Sending, Sent
from station.app import create_app
from station.database import Database
from sync.client import StationClient
from sync.outcome import Outcome
from sync.reference import Reference
from sync.signing import sign

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CAR, CAR_LATER, STATION = "10.75.6.1", "10.75.6.3", "10.75.6.2"
Found = TypeVar("Found")


def inside(namespace: str, do: Callable[[], Found]) -> Found:
    """Do something on a thread of its own in a namespace."""
    with ThreadPoolExecutor(1, initializer=enter, initargs=(namespace,)) as thread:
        return thread.submit(do).result()


@contextmanager
def serving_in(namespace: str, host: str, database: Database, reference: Reference, clock: FixedClock) -> Iterator[str]:
    """The real application in a namespace; gives its address there."""
    listener = inside(namespace, lambda: socket.create_server((host, 0), backlog=16))
    app = create_app(database, reference, clock.now)
    # A car that lost its address leaves a connection whose other half of a request never comes: not waited for here.
    config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield "http://{}:{}".format(*listener.getsockname())
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@dataclass
class Field:
    """A road, and the namespaces that its two ends are in."""

    road: Road
    car: str
    office: str
    address: str

    def send(self, seconds: float = 60, address: str | None = None) -> Sent:
        """Send all that is ready from the car, then see that nothing is wrong."""
        device, private_key = self.road.car, self.road.car.device.identity().private_key
        client = StationClient(
            address or self.address, lambda message: sign(private_key, message), answer_seconds=seconds
        )
        sent = inside(self.car, Sending(device.store, device.logbook, device.clock, client).send)
        client.close()
        self.road.check()
        return sent

    def recover(self) -> None:
        """One clean exchange settles all the rest."""
        assert self.send().ending.outcome is Outcome.NOTHING_TO_SEND
        assert self.road.settled() == set(self.road.logged) == set(self.road.held())

    def car_ip(self, *words: str) -> None:
        """The command ip in the car's namespace."""
        run("ip", "-n", self.car, *words)

    def narrow(self, bits_per_second: int) -> None:
        """Let no more go up."""
        rate = ("rate", f"{bits_per_second}bit", "burst", "2kb", "latency", "400ms")
        run("tc", "-n", self.car, "qdisc", "replace", "dev", "car0", "root", "tbf", *rate)

    def widen(self) -> None:
        """Let everything go up again."""
        run("tc", "-n", self.car, "qdisc", "del", "dev", "car0", "root")


@pytest.fixture
def field(database: Database, reference: Reference, clock: FixedClock, car: Car) -> Iterator[Field]:
    """A cable between a car and a station."""
    reason = why_not()
    if reason is not None:
        pytest.skip(f"NOT TESTED HERE: a network that is bad in the kernel; {reason}.")
    with namespaces() as (car_space, office):
        run("ip", "-n", car_space, "link", "add", "car0", "type", "veth", "peer", "name", "office0", "netns", office)
        for space, address, end in ((car_space, CAR, "car0"), (office, STATION, "office0")):
            run("ip", "-n", space, "address", "add", f"{address}/24", "dev", end)
            run("ip", "-n", space, "link", "set", end, "up")
        run("ip", "-n", car_space, "route", "add", "default", "via", STATION)
        with serving_in(office, STATION, database, reference, clock) as address:
            yield Field(Road(car, database, Proxy(address)), car_space, office, address)


@contextmanager
def after(seconds: float, *steps: Callable[[], object]) -> Iterator[None]:
    """Do something while the block runs: after a pause, and with the same pause between steps."""

    def run_steps() -> None:
        for step in steps:
            time.sleep(seconds)
            step()

    thread = threading.Thread(target=run_steps)
    thread.start()
    yield
    thread.join()


def test_where_there_is_no_link_nothing_is_settled_until_there_is_one(field: Field) -> None:
    field.road.log(3)
    field.car_ip("link", "set", "car0", "down")
    assert field.send(2).ending.outcome is Outcome.NOT_REACHABLE
    field.car_ip("link", "set", "car0", "up")
    field.car_ip("route", "replace", "default", "via", STATION)
    field.recover()


def test_a_link_that_is_down_for_a_moment_while_sending_loses_nothing(field: Field) -> None:
    field.narrow(32_000)  # two seconds of it at the least
    field.road.log(300)
    down, up = (lambda way=way: field.car_ip("link", "set", "car0", way) for way in ("down", "up"))
    with after(0.5, down, up):
        field.send()  # TCP itself may mend it
    field.recover()


def test_a_link_that_goes_down_while_sending_and_stays_so_loses_nothing(field: Field) -> None:
    field.narrow(16_000)  # more than the time that is allowed
    field.road.log(300)
    with after(1.0, lambda: field.car_ip("link", "set", "car0", "down")):
        assert field.send(3).ending.outcome is Outcome.NOT_REACHABLE
    field.car_ip("link", "set", "car0", "up")
    field.recover()


def test_packets_of_576_bytes_carry_all(field: Field) -> None:
    field.car_ip("link", "set", "car0", "mtu", "576")
    run("ip", "-n", field.office, "link", "set", "office0", "mtu", "576")
    field.road.log(250)
    field.recover()


def test_64_kilobits_a_second_carry_all(field: Field) -> None:
    field.narrow(64_000)
    field.road.log(250)
    field.recover()


def test_a_link_too_narrow_for_the_time_allowed_settles_nothing_and_loses_nothing(field: Field) -> None:
    field.narrow(8_000)
    field.road.log(200)
    assert field.send(1).ending.outcome is Outcome.NOT_REACHABLE
    field.widen()
    field.recover()


def test_a_name_that_nobody_answers_for_is_given_up_in_time(field: Field) -> None:
    """Questions for the name go to the station's end, which has no such server and says nothing."""
    field.road.log(2)
    run("ip", "netns", "exec", field.office, "sysctl", "-qw", "net.ipv4.ip_forward=0")
    began = time.monotonic()
    assert field.send(2, "http://station.example:8755").ending.outcome is Outcome.NOT_REACHABLE
    assert time.monotonic() - began < 20
    field.recover()


def test_an_address_that_changes_while_sending_loses_nothing(field: Field) -> None:
    """As when a device goes from one network to another."""
    field.narrow(16_000)  # twice the time that is allowed, even if it begins again at the new address
    field.road.log(300)
    change = (
        lambda: field.car_ip("address", "add", f"{CAR_LATER}/24", "dev", "car0"),
        lambda: field.car_ip("address", "del", f"{CAR}/24", "dev", "car0"),
    )
    with after(0.4, *change):
        assert field.send(4).ending.outcome is Outcome.NOT_REACHABLE
    field.car_ip("address", "flush", "dev", "car0")
    field.car_ip("address", "add", f"{CAR_LATER}/24", "dev", "car0")
    field.widen()
    field.recover()


def test_answers_that_never_come_back_settle_nothing(field: Field) -> None:
    field.road.log(3)
    run("ip", "-n", field.office, "route", "add", "blackhole", f"{CAR}/32")
    assert field.send(1).ending.outcome is Outcome.NOT_REACHABLE
    run("ip", "-n", field.office, "route", "del", "blackhole", f"{CAR}/32")
    field.recover()


@pytest.mark.parametrize("loss", [0.01, 0.2])
def test_a_link_that_loses_packets_carries_all(
    loss: float, database: Database, reference: Reference, clock: FixedClock, car: Car
) -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(f"NOT TESTED HERE: a link that loses packets; {reason}.")
    link = Link(0.05, COUNTY.up_bits_per_second, COUNTY.down_bits_per_second, loss)
    with (
        shaped(link, seed=755) as ends,
        serving_in(ends.station, STATION_BEHIND_SHAPER, database, reference, clock) as address,
    ):
        field = Field(Road(car, database, Proxy(address)), ends.car, ends.station, address)
        field.road.log(20)
        for _ in range(5):  # one packet lost in five may be too many for a time
            if field.send(20).ending.outcome is Outcome.NOTHING_TO_SEND:
                break
        assert field.road.settled() == set(field.road.logged) == set(field.road.held())
