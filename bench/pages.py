"""How long the console's pages take at the server, over a station of three years (`make bench-pages`).

Each page is asked for by a signed-in administrator, over one connection on loopback, in an order drawn anew each round;
the floor is the page of one's own account, which asks the database the same about the session and nothing else. The times
are from the request's first byte to the answer's last, by a client that does as little as can be: what the server takes, and HTTP.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from bench.cluster import binaries, running_cluster
from bench.intake import serving
from bench.measure import place, ratio, say, summary
from bench.years import Sheet, Years, some_sheets
from station.console.visits import COOKIE
from station.coverage_counts import text_of
from station.database import Database, open_database
from station.devices import all_devices
from station.keeping import keep, missing, settle
from station.kept_days import Day, context_of, document_of
from station.kept_tables import KeptCountsRow, KeptDayRow
from station.people import ADMIN
from station.postgres import is_address
from station.references import standing_reference
from station.sessions import start
from sync.reference import Reference, load_reference

FLOOR = "account"
# As many different worksheets as nobody's caches hold.
SHEETS = 500
# What coverage shows by itself: four weeks up to yesterday, wherever the station's day has come to.
_COVERED_DAYS = 28
_SETTINGS = {"log_min_messages": "panic", "shared_buffers": "256MB"}


def paths(sheets: list[Sheet], devices: list[str], chance: random.Random) -> dict[str, Callable[[], str]]:
    """The pages, each with what it is asked for."""

    def sheet() -> Sheet:
        return chance.choice(sheets)

    return {
        FLOOR: lambda: "/account",
        "worksheets of a day": lambda: f"/worksheets?on={sheet().on}",
        "worksheets of a watch": lambda: "/worksheets?on={0.on}&watch={0.watch}".format(sheet()),
        "one worksheet": lambda: "/worksheets/{0.on}/{0.watch}/{0.person}".format(sheet()),
        "people": lambda: "/people",
        "cards": lambda: "/cards",
        "board": lambda: "/board",
        "coverage": lambda: "/coverage",
        "devices": lambda: "/devices",
        "one device": lambda: f"/devices/{chance.choice(devices)}",
    }


def cookie_of(at: Path | str) -> str:
    """What a browser sends in which the administrator is signed in."""
    now = datetime.now(UTC)
    with closing(open_database(at)) as database, database.writing() as session:
        return f"{COOKIE}={start(session, ADMIN, now, passed_at=now)}"


def ask(line: HTTPConnection, path: str, cookie: str) -> tuple[float, int]:
    """The seconds that a page took, and its bytes. Raises RuntimeError if it is not shown."""
    begin = time.perf_counter()
    line.request("GET", path, headers={"Cookie": cookie})
    answer = line.getresponse()
    size = len(answer.read())
    seconds = time.perf_counter() - begin
    if answer.status != HTTPStatus.OK:
        raise RuntimeError(f"{path}: {answer.status}")
    return seconds, size


def fill(name: str, at: Path | str, contacts: int, seed: int, reference: Reference) -> None:
    """Fill a database."""
    began = time.perf_counter()
    Years(at, reference, seed).fill(contacts)
    seconds = round(time.perf_counter() - began)
    say({"bench": "pages", "name": f"{name}, {contacts} contacts: filled", "seconds": seconds})


def keep_days(name: str, at: Path | str, dates: set[date]) -> None:
    """Let the station do with these dates what it does with all in idle time, after an upgrade or after so many records.

    Of the others something empty is kept: nobody asks for them, and they would take hours, or the server would be at it meanwhile.
    """
    began, kept = time.perf_counter(), 0
    with closing(open_database(at)) as database:
        with database.reading() as session:
            reference = standing_reference(session, load_reference(), datetime.now(UTC))
        while settle(database, reference):
            pass
        for table in (KeptDayRow, KeptCountsRow):
            for on in dates & {*missing(database, reference, table)}:
                keep(database, reference, on, table)
                kept += 1
        _keep_nothing_of_others(database, reference)
    seconds = round(time.perf_counter() - began)
    say({"bench": "pages", "name": f"{name}, lists and counts of dates kept", "count": kept, "seconds": seconds})


def _keep_nothing_of_others(database: Database, reference: Reference) -> None:
    empty: dict[type[KeptDayRow | KeptCountsRow], dict[str, str]] = {
        KeptDayRow: {"document": document_of(Day([], []))},
        KeptCountsRow: {"counts": text_of({})},
    }
    for table, nothing in empty.items():
        others = missing(database, reference, table)
        with database.writing() as session:
            for on in others:
                session.merge(table(shift_on=on, context=context_of(session, reference, on), **nothing))


def dates_asked(sheets: list[Sheet], today: date) -> set[date]:
    """The dates that the pages are asked for."""
    return {sheet.on for sheet in sheets} | {today - timedelta(days=days) for days in range(_COVERED_DAYS + 2)}


def measure(name: str, at: Path | str, contacts: int, asked: argparse.Namespace) -> None:
    """Time the pages of a database that is filled."""
    chance = random.Random(asked.seed)  # noqa: S311 - an order, no secret
    with closing(open_database(at)) as database, database.reading() as session:
        sheets = some_sheets(session, chance, SHEETS)
        dates = {sheet.on for sheet in sheets}
        dates = {*chance.sample(sorted(dates), min(asked.dates, len(dates)))}
        sheets = [sheet for sheet in sheets if sheet.on in dates]
        devices = [str(row.id) for row in all_devices(session)]
    keep_days(name, at, dates_asked(sheets, datetime.now(UTC).date()))
    pages = paths(sheets, devices, chance)
    took: dict[str, list[float]] = {page: [] for page in pages}
    sizes: dict[str, int] = {}
    cookie = cookie_of(at)
    with serving(at, 1) as (_, (host, port)), closing(HTTPConnection(host, port, timeout=120)) as line:
        for number in range(asked.times + 1):
            for page in chance.sample([*pages], len(pages)):
                seconds, sizes[page] = ask(line, pages[page](), cookie)
                if number:  # the first round warms everything up
                    took[page].append(seconds)
    for page, times in took.items():
        figure = {"contacts": contacts, "ratio": ratio(times, took[FLOOR]), "bytes": sizes[page], **summary(times)}
        say({"bench": "pages", "name": f"{name}, {page}", **figure})


def main() -> None:
    """Measure, and print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--times", type=int, default=50, help="each page, after one that warms up")
    parser.add_argument("--dates", type=int, default=60, help="so many different ones are asked for, and kept before")
    parser.add_argument("--kinds", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=755)
    parser.add_argument(
        "--filled", help="measure this data folder or address, which an earlier run has filled, and no other"
    )
    parser.add_argument("--folder", type=Path, default=Path("build"), help="where the databases lie: a real disk")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    if asked.filled:
        at = asked.filled if is_address(asked.filled) else Path(asked.filled)
        say({"bench": "pages", "name": "place", **place(asked.folder), "seed": asked.seed})
        measure("postgresql" if isinstance(at, str) else "sqlite", at, asked.contacts[0], asked)
        return
    reference, programs = load_reference(), binaries()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name, ExitStack() as stack:
        folder = Path(name).absolute()
        folder.chmod(0o755)  # PostgreSQL runs as another user
        say({"bench": "pages", "name": "place", **place(folder), "seed": asked.seed})
        if "sqlite" in asked.kinds:
            for contacts in asked.contacts:
                at = folder / f"station {contacts}"
                fill("sqlite", at, contacts, asked.seed, reference)
                measure("sqlite", at, contacts, asked)
        if "postgresql" in asked.kinds and programs is not None:
            cluster = stack.enter_context(running_cluster(programs, folder, _SETTINGS))
            for contacts in asked.contacts:
                with cluster.database() as address:
                    fill("postgresql", address, contacts, asked.seed, reference)
                    measure("postgresql", address, contacts, asked)


if __name__ == "__main__":
    main()
