"""The benchmarks, as far as they are programs: they run, and say what docs/figures.md is made of."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.cells import SUBJECTS
from bench.cluster import binaries
from bench.figures import BEGIN, END
from bench.opening import OPENINGS
from bench.pages import paths
from bench.pages_picture import draw
from bench.years import Years
from sync.reference import Reference

ROOT = Path(__file__).parent.parent
KINDS = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server here")),
]


def run(*arguments: object) -> list[dict[str, Any]]:
    """What a program of bench/ printed, a figure a line."""
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(300)  # some twenty programs, one after the other
def test_each_figure_is_a_line_and_the_page_is_made_of_them(tmp_path: Path) -> None:
    taps = run("bench.tap", "--taps", 2, "--histories", 0, 3, "--folder", tmp_path)
    opens = run("bench.open", "--times", 1, "--histories", 3, "--folder", tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert taps[0]["name"] == opens[0]["name"] == "place"
    assert {(each["name"], each["stored"]) for each in taps[1:]} >= {(name, n) for name in SUBJECTS for n in (0, 3)}
    assert {(each["name"], each["stored"]) for each in opens[1:]} == {(name, 3) for name in OPENINGS}
    assert all(each["n"] > 0 and each["median"] > 0 and each["ratio"] > 0 for each in [*taps[1:], *opens[1:]])

    lines, page, picture = [tmp_path / "tap", tmp_path / "open"], tmp_path / "figures.md", tmp_path / "tap.svg"
    for path, figures in zip(lines, (taps, opens), strict=True):
        path.write_text("\n".join(map(json.dumps, figures)))
    page.write_text(f"before\n{BEGIN}\nof last time\n{END}\nafter\n", "utf-8")
    assert run("bench.figures", "--lines", *lines, "--page", page, "--picture", picture) == []
    text = page.read_text("utf-8")
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "of last time" not in text
    assert text.count("| sealed | 3 |") == 3  # a tap, and opening warm and cold
    assert picture.read_text("utf-8").startswith("<?xml")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_intake_is_measured_on_each_kind_of_database(kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        options = ("--rounds", 1, "--batches", 4, "--devices", 2, "--another-writer", "--folder", folder)
        first, *figures = run("bench.intake", "--kinds", kind, *options)
        assert list(Path(folder).iterdir()) == []
    assert first["name"] == "place"
    names = [f"{kind}, 2 devices, {workers}" for workers in ("1 worker", "2 workers")]
    assert [each["name"] for each in figures] == names
    assert all(each["n"] == 4 and each["ratio"] > 0 and each["p99"] > 0 for each in figures)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_pages_are_measured_over_a_station_of_three_years(kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        options = ("--contacts", 300, "--times", 2, "--dates", 5, "--folder", folder)
        first, *figures = run("bench.pages", "--kinds", kind, *options)
        assert list(Path(folder).iterdir()) == []
    assert first["name"] == "place"
    pages = list(paths([], [], Random(755)))
    assert {"account", "worksheets of a day", "worksheets of a watch", "one worksheet", "people"} <= {*pages}
    names = [f"{kind}, {page}" for page in ("300 contacts: filled", "lists and counts of dates kept", *pages)]
    assert [each["name"] for each in figures] == names
    assert all(each["n"] == 2 and each["p95"] > 0 and each["bytes"] > 0 for each in figures if "n" in each)


def test_a_station_that_was_filled_is_measured_again_and_drawn(tmp_path: Path, reference: Reference) -> None:
    for contacts in (200, 400):
        Years(tmp_path / str(contacts), reference, 755).fill(contacts)
    lines = [
        figure
        for contacts in (200, 400)
        for figure in run(
            "bench.pages",
            "--filled",
            tmp_path / str(contacts),
            "--contacts",
            contacts,
            "--times",
            1,
            "--dates",
            5,
            "--folder",
            tmp_path,
        )
    ]
    draw([each for each in lines if "p95" in each], tmp_path / "pages.svg")
    assert {each["contacts"] for each in lines if "p95" in each} == {200, 400}
    assert "one worksheet, SQLite" in (tmp_path / "pages.svg").read_text("utf-8")
