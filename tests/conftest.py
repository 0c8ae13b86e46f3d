"""What the tests stand on: real stores on real disks, a real station on a real database."""

# ruff: noqa: F811 - a parameter is the name of the fixture that it asks for
import gc
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from backups import backup, data, empty, handset  # noqa: F401 - fixtures
from cars import Car, enrol_at
from consoles import Browser, Served, served_station
from doubles import FixedClock, Line, uuids
from fresh_stations import database, made_once, place, postgres  # noqa: F401 - fixtures
from handset import served as serving_station
from hashes import cheap_passwords, dear_passwords  # noqa: F401 - fixtures
from hypothesis import settings
from journals import Mount, OpenDB, SegmentBytes, StartProgram, start_program
from journals import Program as StoreProgram
from programs import Program
from reviewers import reviewer, three_cars  # noqa: F401 - fixtures
from road import MakeRoad, Road
from sergeants import console_browser  # noqa: F401 - a fixture
from tablets import tablet, used  # noqa: F401 - fixtures

from bench.link.proxy import Proxy
from field_app.device import Device
from field_app.hand import Hand, open_hand
from field_app.logbook import Logbook
from field_app.store import files, turn
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from station.commands.office import DATABASE_VARIABLE
from station.database import Database
from station.desk import Desk
from sync.records import Role
from sync.reference import Reference, load_reference

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # started in the background; Ctrl-C is tested as it is in a terminal
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("untimed", deadline=None)  # how long something takes is for bench/ to say
settings.load_profile("untimed")


# Python's own is 700 to 2,000: what tests make is mostly gone at once, and looking for the rest that often is a
# seventh of a run's work.
GARBAGE_MADE_MAX = 20_000


def pytest_collection_finish() -> None:
    """What is there before the first test stays: no collection of garbage has to look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_MADE_MAX)


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: half of the tests' time is waiting, for a browser or a program that was started."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def reference() -> Reference:
    """Norwalk's reference data."""
    return load_reference()


@pytest.fixture
def clock() -> FixedClock:
    """A device clock at 14:32 on 22 November 2026, Norwalk time."""
    return FixedClock()


@pytest.fixture
def desk(database: Database, reference: Reference, clock: FixedClock) -> Desk:
    """The station's desk, with the same time as the device."""
    return Desk(database, reference, clock.now)


@pytest.fixture
def make_car(tmp_path: Path, desk: Desk, database: Database, reference: Reference) -> Iterator[Callable[..., Car]]:
    """Makes enrolled devices with somebody signed on; `name` is the data folder's, so a second call opens it again."""
    opened: list[JournalDB] = []

    def make(name: str = "car 42", clock: FixedClock | None = None, person: str = "900001", watch: str = "day") -> Car:
        ticking = clock or FixedClock()
        db = JournalDB(tmp_path / name / "store")
        opened.append(db)
        store = RecordStore(db)
        logbook, device = Logbook(store, ticking, reference), Device(store)
        identity = device.identity()
        if device.station() is None:
            enrol_at(desk, database, device, name, ticking)
            logbook.sign_on(person, Role.DEPUTY, watch, "42A")
        return Car(store, logbook, device, ticking, Line(desk, identity.private_key))

    yield make
    for db in opened:
        db.close()


@pytest.fixture
def car(make_car: Callable[..., Car], clock: FixedClock) -> Car:
    """One enrolled device with a deputy signed on."""
    return make_car(clock=clock)


@pytest.fixture
def make_road(
    database: Database, reference: Reference, clock: FixedClock, make_car: Callable[..., Car]
) -> Iterator[MakeRoad]:
    """Makes roads to one station, each with a device of its own."""
    with ExitStack() as stack:
        address = stack.enter_context(serving_station(database, reference, clock))
        proxy = stack.enter_context(Proxy(address))

        numbers = itertools.count(1)

        def make() -> Road:
            number = next(numbers)
            car = make_car(f"car {number}", clock=FixedClock(ids=uuids(number * 1_000_000)))
            return Road(car, database, proxy)

        yield make


@pytest.fixture
def road(make_road: MakeRoad) -> Road:
    """One device on a road to the station."""
    return make_road()


@pytest.fixture
def hand(tmp_path: Path, reference: Reference) -> Iterator[Hand]:
    """An open store for the screens, fresh: nobody is signed on."""
    with open_hand(tmp_path, FixedClock(), reference) as hand:
        yield hand


@pytest.fixture
def signed_on(hand: Hand) -> Hand:
    """The same store with a deputy signed on."""
    hand.logbook.sign_on("900041", Role.DEPUTY, "day", "41A")
    return hand


@pytest.fixture
def contact755(tmp_path: Path) -> Program:
    """The deputy's program with an empty data folder."""
    return Program("contact755", tmp_path / "car")


@pytest.fixture
def deputy(contact755: Program) -> Program:
    """The deputy's program with somebody signed on."""
    assert contact755("sign-on", "900001", "--unit", "42A", "--watch", "day").code == 0
    return contact755


@pytest.fixture
def station755(tmp_path: Path, request: pytest.FixtureRequest) -> Program:
    """The station's program, at the test's database if it has one; else its first command that writes makes a folder."""
    place = request.getfixturevalue("place") if "place" in request.fixturenames else None
    more = {DATABASE_VARIABLE: place} if isinstance(place, str) else {}
    return Program("station755", tmp_path / "station", more=more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a store may be made; not there yet."""
    return tmp_path / "store"


@pytest.fixture
def open_db(folder: Path) -> Iterator[OpenDB]:
    """Opens the store as often as asked, each time as a program of its own would; all are closed in the end."""
    opened: list[JournalDB] = []

    def open_one(at: Path | None = None) -> JournalDB:
        opened.append(JournalDB(at or folder))
        return opened[-1]

    yield open_one
    for db in opened:
        db.close()


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a small disk of memory, or mounts it again in another way; takes it away in the end."""
    disk = tmp_path / "disk"
    is_mounted = False

    def run(options: str) -> Path:
        nonlocal is_mounted
        if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("mount") is None:
            pytest.skip("NOT TESTED HERE: a disk that is full or read-only; mounting one needs Linux and root.")
        assert not is_mounted or "remount" in options  # one over the other would stay after the test
        disk.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], capture_output=True, check=False, text=True
        )
        if done.returncode != 0 and not is_mounted:
            pytest.skip(f"NOT TESTED HERE: a disk that is full or read-only; this root may not mount: {done.stderr}")
        assert done.returncode == 0, done.stderr
        is_mounted = True
        return disk

    yield run
    if is_mounted:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A user's runtime folder in memory, as a session has one; to remove it is to reboot."""
    if not Path("/dev/shm").is_dir():  # noqa: S108 - memory is the point
        pytest.skip("NOT TESTED HERE: a key that stays open between two commands; this system has no /dev/shm.")
    made = Path(tempfile.mkdtemp(prefix="contact755-test-", dir="/dev/shm"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def program(folder: Path) -> Iterator[StartProgram]:
    """Starts Python programs on the store, each a real process; ends those that are left."""
    started: list[StoreProgram] = []

    def start(lines: str, *arguments: object, under: tuple[str, ...] = ()) -> StoreProgram:
        started.append(start_program(folder, lines, *arguments, under=under))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.communicate()


@pytest.fixture
def served(database: Database, reference: Reference, clock: FixedClock) -> Iterator[Served]:
    """A station whose administrator has signed in before."""
    with served_station(database, reference, clock) as served:
        yield served


@pytest.fixture
def browser(served: Served) -> Iterator[Browser]:
    """A browser in which nobody is signed in."""
    browser = Browser(served.address)
    browser.http.trust_env = False
    yield browser
    browser.http.close()


@pytest.fixture
def sergeant(browser: Browser, served: Served) -> Browser:
    """A browser in which somebody is signed in."""
    assert browser.sign_in(served.password).status_code == 303
    return browser


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: a folder of the caller's choice, or one that is thrown away."""
    named = os.environ.get("CONTACT755_PICTURES")
    folder = Path(named) if named else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def is_long() -> bool:
    """Whether the long proof is asked for: `make proof`."""
    return os.environ.get("CONTACT755_PROOF") == "long"


@pytest.fixture
def segment_bytes(monkeypatch: pytest.MonkeyPatch) -> SegmentBytes:
    """Sets how long a journal file gets before it is closed."""
    return lambda length: monkeypatch.setattr(files, "SEGMENT_BYTES", length)


@pytest.fixture
def holds_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads share the store's lock as long as they like, for tests that hold one of them up on a busy machine."""
    monkeypatch.setattr(turn, "HOLD_SECONDS_MAX", 60.0)
