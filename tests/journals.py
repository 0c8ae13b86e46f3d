"""What the store's tests say often: a journal's files, what is in them, and other programs on the same store."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import field_app
from field_app.store.frames import Frame, scan
from field_app.store.journal import JournalDB

Program = subprocess.Popen[str]
StartProgram = Callable[..., Program]
OpenDB = Callable[..., JournalDB]
Mount = Callable[..., Path]
SegmentBytes = Callable[[int], None]

_BEGINNING = """
import os, sys
from pathlib import Path
from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB
folder = Path(sys.argv[1])
"""
# Holds the store, says so, and lets go at the next line.
HOLDER = """
db = JournalDB(folder)
with db.journal.writing():
    print("held", flush=True)
    sys.stdin.readline()
"""


def numbers(db: JournalDB) -> list[int]:
    """The field `n` of every document, in order."""
    return [document["n"] for document in db]


def journal(folder: Path, number: int = 1) -> Path:
    """The path of a journal file."""
    return folder / f"journal-{number:08d}.log"


def frames_in(folder: Path) -> list[Frame]:
    """Every frame of every journal file, in the order of the files."""
    return [
        frame
        for path in sorted(folder.glob("journal-*.log"))
        for frame in scan(path.read_bytes(), int(path.stem.removeprefix("journal-"))).frames
    ]


def start_program(folder: Path, lines: str, *arguments: object, under: tuple[str, ...] = ()) -> Program:
    """Start a Python program on a store: `folder` is its first argument; `under` runs it under another program."""
    command = [*under, sys.executable, "-c", _BEGINNING + lines, str(folder), *map(str, arguments)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(field_app.__file__).parents[1]), str(Path(__file__).parent)]),
    }
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another program holds the store until the block ends."""
    holder = start_program(folder, HOLDER)
    try:
        hear(holder, "held")
        yield
    finally:
        say(holder, "go")
        finish(holder)


def finish(program: Program, seconds: float = 60) -> list[str]:
    """The lines a program printed until its end, which must be a good one."""
    said, complaints = program.communicate(timeout=seconds)
    assert (program.returncode, complaints) == (0, "")
    return said.splitlines()


def hear(program: Program, line: str) -> None:
    """Wait until a program prints its next line, which must be this one."""
    assert program.stdout is not None
    assert program.stdout.readline() == line + "\n"


def say(program: Program, line: str) -> None:
    """Give a program the line it waits for."""
    assert program.stdin is not None
    program.stdin.write(line + "\n")
    program.stdin.flush()
