"""The coverage page: where there was nothing stands first, nobody stands anywhere, and it is said plainly what it cannot show."""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from cars import Car
from consoles import Page, Served
from doubles import FixedClock
from shapes import grid
from staff import browser_of

from station.console.coverage_map import coverage_map, steps_of
from station.console.coverage_views import area_rows, bars_of, missed_rds, rows_of, without_words
from station.coverage_counts import By, Coverage, counts_in, together
from station.database import Database
from station.rd_map_drawing import drawing_of
from station.roles import StationRole
from sync.reference import Reference

ON = date(2026, 11, 22)
ONE = '{"setting":{"coffee-shop":1},"watch":{"pm":1},"hour":{"14":1},"weekday":{"6":1},"entry":{"at-once":1}}'
SPAN = "from=2026-11-01&to=2026-11-22"


def some(*rds: str) -> Coverage:
    """A contact in each of these RDs, in a coffee shop on one afternoon."""
    return together((ON, counts_in(f'{{"{rd}":{ONE}}}')) for rd in rds)


@pytest.fixture
def car(make_car: Callable[..., Car], clock: FixedClock) -> Car:
    """A device with a deputy on the watch that runs."""
    return make_car(clock=clock, watch="pm")


def test_an_rd_without_a_contact_is_missed_unless_nobody_goes_there_to_look(reference: Reference) -> None:
    found = some("0450", "0460", "0499", "1234", "")
    missed = missed_rds(found, reference, None)
    assert "0451" in missed
    assert {"0450", "0460", "0499", "0400"}.isdisjoint(missed)
    assert set(missed_rds(found, reference, "La Mirada")) == set(reference.areas["La Mirada"]) - {"0460"}
    rows = rows_of(found, reference, None, dict.fromkeys(missed, date(2026, 10, 1)), ON)
    assert [row.rd for row in rows][-3:] == ["0499", "1234", ""]  # what is not in the list, and no RD, come last
    assert [(row.count, row.last, row.days) for row in rows[:2]] == [(1, "2026-11-22", "0"), (0, "2026-10-01", "52")]
    assert without_words(rows)[0][1].startswith("0451 (last 2026-10-01), 0452")


def test_areas_and_bars_have_everything_once(reference: Reference) -> None:
    found = some("0450", "0450", "0460", "1234", "")
    rows = area_rows(found, reference)
    assert [(row.area, row.count, row.reached) for row in rows if row.count] == [
        ("Norwalk", 2, 1),
        ("La Mirada", 1, 1),
        ("No RD, or not in the list", 2, 0),
    ]
    assert {bars.by: sum(bar.count for bar in bars.bars) for bars in bars_of(found, reference, None)} == dict.fromkeys(
        By, 5
    )
    assert [bars.by for bars in bars_of(found, reference, ["0450"]) if sum(bar.count for bar in bars.bars) != 2] == []
    older = replace(reference, watches={}, settings={}, timeline=None)
    assert {bars.by: Counter(bar.label for bar in bars.bars if bar.count) for bars in bars_of(found, older, None)}[
        By.WATCH
    ] == {"pm": 1}


@pytest.mark.parametrize(
    ("most", "steps"),
    [(0, []), (1, [(1, 1)]), (4, [(1, 1), (2, 2), (3, 3), (4, 4)]), (11, [(1, 3), (4, 6), (7, 9), (10, 11)])],
)
def test_shades_are_steps_of_one_width(most: int, steps: list[tuple[int, int]]) -> None:
    assert steps_of(most) == steps


def test_the_map_hatches_what_was_missed_and_leaves_other_areas_alone() -> None:
    drawing = drawing_of(grid(["0450", "0451", "0460", "0499"]))
    assert drawing is not None
    found = coverage_map(drawing, {"0450": 2, "0451": 0, "0499": 0}, ["0451"])
    looks = {each.outline.rd: (each.count, each.look) for each in found.shaded}
    assert looks == {"0450": (2, "step-2"), "0451": (0, "none"), "0460": (None, ""), "0499": (0, "")}
    assert found.key == [("step-1", "1"), ("step-2", "2")]


def test_a_captain_sees_where_there_was_nothing_and_nobodys_number(
    database: Database, served: Served, car: Car
) -> None:
    car.log("coffee-shop", "coffee-shop", "block-watch", rd="0454")
    car.log("other")
    car.send()
    captain = browser_of(database, served, StationRole.CAPTAIN)
    page = Page(captain.get(f"/coverage?{SPAN}").text)
    assert "Sun 1 Nov 2026 to Sun 22 Nov 2026: 4 contacts" in page.text
    assert "Norwalk: 0450 (never), 0451 (never)" in page.text
    assert "0454 Norwalk 3 2026-11-22 0" in page.text
    assert "Missing 1 2026-11-22" in page.text
    assert "0400" not in page.text
    assert "PM 4" in page.text
    assert "Within 5 minutes 4" in page.text
    shown = page.text.replace(f"Signed in: {NUMBERS_CAPTAIN}", "")
    assert not any(word in shown for word in ("900001", "42A", "car 42"))
    assert "La Mirada: 0460 (never)" in Page(captain.get(f"/coverage?{SPAN}&area=La+Mirada").text).text
    assert ": 0 contacts" in Page(captain.get("/coverage").text).text  # up to yesterday


NUMBERS_CAPTAIN = "900004"


def test_the_table_as_csv_says_the_same_and_taking_it_away_is_noted(
    database: Database, served: Served, car: Car
) -> None:
    car.log("coffee-shop", "coffee-shop", "block-watch", rd="0454")
    car.send()
    captain = browser_of(database, served, StationRole.CAPTAIN)
    answer = captain.get(f"/coverage.csv?{SPAN}")
    rows = {row["rd"]: row for row in csv.DictReader(answer.text.splitlines())}
    assert len(rows) == 31  # every RD that is patrolled
    found = rows["0454"]
    assert [
        found[name] for name in ("contacts", "last_contact", "setting coffee-shop", "entry at-once", "watch pm")
    ] == [*("3", "2026-11-22", "2", "3", "3")]
    assert rows["0455"]["contacts"] == "0"
    assert "900001" not in answer.text
    audit = Page(browser_of(database, served, StationRole.ADMINISTRATOR).get("/audit").text).text
    assert f"{NUMBERS_CAPTAIN} Coverage exported from=2026-11-01&to=2026-11-22" in audit


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=yesterday", "'yesterday' is not a date; write it like 2026-11-22."),
        ("from=2026-11-22&to=2026-11-21", "The last day is before the first one. Change one of them."),
        ("from=2026-01-01&to=2026-04-03", "That is too long at once: choose at most 92 days."),
        ("area=Compton", "'Compton' is not an area."),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(
    database: Database, served: Served, query: str, sentence: str
) -> None:
    answer = browser_of(database, served, StationRole.SERGEANT).get(f"/coverage?{query}")
    assert (answer.status_code, sentence in Page(answer.text).text) == (400, True)
