"""Style as tests: nobody has to argue about it."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import sync

ROOT = Path(__file__).parent.parent
# One after another, so that each finds in mypy's cache what it needs of the ones before; the tests are files, no package.
TYPED = ("sync", "field_app", "station", "demo", "bench", "tests")
PACKAGES = ("field_app", "sync", "station", "demo")
BIN = Path(sys.executable).parent
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
# Alembic's migrations are lists of tables, one function each.
LISTS = {ROOT / "station" / "migrations" / "versions"}
BANNED_NAMES = ("manager", "helper", "util", "service")
BANNED_WORDS = ("TODO", "FIXME", "XXX")


def sources(*folders: str) -> Iterator[Path]:
    """Every Python file of these folders."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


def ran(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """One of the checkers, run over the checkout."""
    return subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), **environment},
    )


def test_files_are_short_enough_to_be_read() -> None:
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in sources(*PACKAGES, "tests")}
    assert {str(path): count for path, count in lines.items() if count > FILE_LINES_MAX} == {}


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in sources(*PACKAGES)
        if path.parent not in LISTS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    }
    assert long == {}


def test_names_say_what_a_thing_is_and_nothing_is_left_to_do() -> None:
    for path in sources(*PACKAGES):
        text = path.read_text("utf-8")
        assert not any(word in text for word in BANNED_WORDS), path
        assert not any(word in path.stem for word in BANNED_NAMES), path
        classes = [node.name.lower() for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)]
        assert not any(word in name for name in classes for word in BANNED_NAMES), path


def test_one_file_alone_writes_to_the_terminal() -> None:
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in sources(*PACKAGES[:3])  # the demo reads what the programs print
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Name) and node.id == "print")
        or (isinstance(node, ast.Attribute) and node.attr in {"stdout", "stderr"})
    }
    assert writers == {"sync/commandline.py"}


def test_no_module_does_anything_at_import() -> None:
    """Imports open no file, socket or engine: only definitions, constants and tables stand at the top level."""
    calls = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources(*PACKAGES)
        if "migrations" not in path.parts
        for node in parsed(path).body
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    }
    assert calls == set()


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == sync.__version__
    assert f"## {sync.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_lock_names_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(len(line.split("==")) == 2 and "/" not in line and " " not in line for line in pins)


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports", "--no-logo"]],
    ids=" ".join,
)
def test_the_checkers_find_nothing(command: list[str]) -> None:
    done = ran(command)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("part", TYPED)
def test_the_types_are_right(part: str) -> None:
    done = ran(["mypy", "tests"], MYPYPATH="tests") if part == "tests" else ran(["mypy", "--package", part])
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_package_is_left_out_of_the_types() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["packages"]
    assert (*packages, "tests") == TYPED
