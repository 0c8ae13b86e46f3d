"""Docs that cannot lie: every command, option and exit code is in the README, and every link leads somewhere."""

import contextlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from programs import Program

import field_app.commands.main
import station.commands.main
from sync.commandline import EXIT_WORDS, Parser
from sync.reference import Reference, load_reference

ROOT = Path(__file__).parent.parent
PARTS = {
    "audit": ("verify", "export", "head"),
    "records": ("holds", "hold", "lift", "delete"),
    "reference": ("show", "export", "import", "map"),
}
# What a started program prints, without the second that it takes to start.
PARSERS: Mapping[str, Callable[[], Parser]] = {
    "contact755": lambda: field_app.commands.main.parser(load_reference()),
    "station755": station.commands.main.parser,
}
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = {
    "contact755": [
        "run",
        "enrol",
        "sign-on",
        "sign-off",
        "unlock",
        "change-pin",
        "remove-pin",
        "rotate-key",
        "log",
        "count-cards",
        "undo",
        "correct",
        "withdraw",
        "list",
        "briefings",
        "status",
        "receipts",
        "send",
        "export",
        "settle",
        "rotate-device-key",
        "check",
        "salvage",
    ],
    "station755": [
        "serve",
        "admin-password",
        "enrol-code",
        "add-person",
        "release",
        "roster",
        "import-roster",
        "devices",
        "revoke",
        "worksheets",
        "quarantine",
        "recovery-code",
        "import",
        "recover",
        "rotate-authority",
        "backup",
        "restore",
        "move",
        "reference",
        "records",
        "audit",
    ],
}


@pytest.mark.parametrize("program", COMMANDS)
def test_the_readme_shows_every_command_and_the_program_has_each(program: str, tmp_path: Path) -> None:
    shown = Program(program, tmp_path)("--help").out
    listed = set(re.findall(r"^    ([a-z-]+)(?: |$)", shown, re.MULTILINE))
    assert listed == set(COMMANDS[program])
    assert all(f"`{program} {command}" in README for command in listed)


def help_of(parser: Parser, *command: str) -> str:
    """What a command says of itself."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
        parser.parse_args([*command, "--help"])
    assert shown.getvalue().startswith(f"usage: {parser.prog} {' '.join(command)}")
    return shown.getvalue()


@pytest.mark.parametrize(("program", "command"), [(name, each) for name, found in COMMANDS.items() for each in found])
def test_the_readme_shows_every_option(program: str, command: str) -> None:
    parser = PARSERS[program]()
    shown = "".join(help_of(parser, command, *part) for part in ((), *((each,) for each in PARTS.get(command, ()))))
    options = set(re.findall(r"(--[a-z-]+)", shown)) - {"--help"}
    assert {option for option in options if f"`{option}" not in README and f" {option}" not in README} == set()


def test_the_readme_has_every_exit_code() -> None:
    for code, words in EXIT_WORDS.items():
        assert f"| {int(code)} | {words} |" in README


def test_the_readme_names_every_setting(reference: Reference) -> None:
    assert all(f"`{name}`" in README for name in reference.settings)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_walk_of_one_tap_names_code_that_exists() -> None:
    walk = README.partition("## The walk of one tap")[2].partition("\n## ")[0]
    rows = re.findall(r"\[`([\w.]+)`\]\(([\w/]+\.py)\)", walk)
    assert len(rows) >= 10
    for name, path in rows:
        source = (ROOT / path).read_text("utf-8")
        assert re.search(rf"(def|class) {name.rpartition('.')[2]}\b", source), (name, path)
