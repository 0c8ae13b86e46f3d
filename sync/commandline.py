"""What the two command lines, contact755 and station755, have in common: exit codes, plain refusals, output."""

import argparse
import errno
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NoReturn, TextIO

# The largest number that a port can have.
PORT_MAX = 65_535


class Exit(IntEnum):
    """Exit codes; README.md has the table for people."""

    DONE = 0
    FAULT = 1
    BAD_INPUT = 2
    NOT_READY = 3
    NOT_FOUND = 4
    NOT_REACHABLE = 5
    REFUSED = 6
    NEEDS_ATTENTION = 7
    STORE_TROUBLE = 8
    CANNOT_SERVE = 9
    INTERRUPTED = 130


EXIT_WORDS: Mapping[Exit, str] = {
    Exit.DONE: "done",
    Exit.FAULT: "a fault in the program itself",
    Exit.BAD_INPUT: "what was typed cannot be taken; nothing was changed",
    Exit.NOT_READY: "something comes first: sign on, unlock, enrol, wait, or install what is missing",
    Exit.NOT_FOUND: "no such contact, briefing or device, or nothing to undo",
    Exit.NOT_REACHABLE: "the station did not answer, or asks to try later; everything is kept",
    Exit.REFUSED: "the station refused the device, the code or the batch; everything is kept",
    Exit.NEEDS_ATTENTION: "sent, and the station wants a person to look at some contacts",
    Exit.STORE_TROUBLE: "the data folder, the database or the output cannot be read or written (full, read-only, busy, damaged)",
    Exit.CANNOT_SERVE: "the station cannot serve there (port taken, or an address that is not this machine's)",
    Exit.INTERRUPTED: "stopped by Ctrl-C",
}
# How a pipe says that its reader has gone, as with `| head`; the second is Windows' way.
_READER_HAS_GONE = {errno.EPIPE, errno.EINVAL}
# Set to see the traceback of a fault, for whoever mends it.
DEBUG_VARIABLE = "CONTACT755_DEBUG"


class Stop(Exception):
    """End the command with a sentence on stderr and an exit code."""

    def __init__(self, code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one plain sentence."""

    def error(self, message: str) -> NoReturn:
        """Refuse what was typed."""
        raise Stop(Exit.BAD_INPUT, f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


def exit_table() -> str:
    """The exit codes, a line each, for --help."""
    return "exit codes:\n" + "\n".join(f"  {code.value:>3}  {words}" for code, words in EXIT_WORDS.items())


def folder_typed(text: str) -> Path:
    """A folder as typed, for argparse."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a folder's name is not empty")
    return Path(text)


def port_typed(text: str) -> int:
    """A port as typed, for argparse; 0 takes a free one."""
    if not (text.isascii() and text.isdecimal()) or int(text) > PORT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; ports are numbers up to {PORT_MAX}")
    return int(text)


def home_folder(name: str) -> Path:
    """A folder of this name in the user's home. Raises Stop if there is no home."""
    try:
        return Path.home() / name
    except RuntimeError:
        raise Stop(Exit.BAD_INPUT, "This user has no home folder. Name a data folder with --data.") from None


def show(found: object, lines: Sequence[str], *, as_json: bool) -> None:
    """Print what came of some work, for a program or for a person."""
    put(_printed(found, lines, as_json=as_json))


def show_or_stop(found: object, lines: Sequence[str], *, as_json: bool) -> None:
    """Print what a command was asked for, for a program or for a person. Raises Stop."""
    put_or_stop(_printed(found, lines, as_json=as_json))


def put(text: str) -> None:
    """Write to stdout. If nobody can take it, the work that was done stands and the command goes on."""
    _write(sys.stdout, text)


def put_or_stop(text: str) -> None:
    """Write to stdout what a command was asked for; without that it has failed. Raises Stop.

    Not where the reader has gone, who has what they want.
    """
    problem = _write(sys.stdout, text)
    if problem is not None and problem.errno not in _READER_HAS_GONE:
        sentence = f"The output could not be written: {problem.strerror}. When it can be, run this again."
        raise Stop(Exit.STORE_TROUBLE, sentence)


def tell(sentence: str) -> None:
    """Write a line to stderr."""
    _write(sys.stderr, _visible(sentence) + "\n")


def run(
    main: Callable[[Sequence[str]], Exit],
    refusals: Callable[[Exception], Stop | None],
    arguments: Sequence[str] | None = None,
) -> NoReturn:
    """Run a command line to its exit code; whatever happens, people see sentences and programs see codes."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    _mend_streams()
    try:
        _check_text(typed)
        code = main(typed)
    except SystemExit as leaving:  # argparse, after --help and --version
        code = Exit(int(leaving.code or 0))
    except (Exception, KeyboardInterrupt) as problem:  # noqa: BLE001 - no traceback ever: this is the last guard
        # Commands load what they need, and Python 3.11 hides a Ctrl-C in another error while it makes a class.
        found: Exception = Stop(Exit.INTERRUPTED, "Stopped.")
        if isinstance(problem, Exception) and not isinstance(problem.__cause__, KeyboardInterrupt):
            found = problem
        code = _explain(found, refusals, as_json="--json" in typed)
    put("")
    raise SystemExit(int(code))


def _explain(problem: Exception, refusals: Callable[[Exception], Stop | None], *, as_json: bool) -> Exit:
    stop = problem if isinstance(problem, Stop) else refusals(problem)
    if stop is None:
        if os.environ.get(DEBUG_VARIABLE):
            raise problem
        what = f"{type(problem).__name__}: {problem}"
        stop = Stop(Exit.FAULT, f"A fault in the program: {what} ({DEBUG_VARIABLE}=1 shows where.)")
    if as_json:
        show({"error": str(stop), "exit_code": int(stop.code)}, [], as_json=True)
    tell(str(stop))
    return stop.code


def _check_text(typed: Sequence[str]) -> None:
    for word in typed:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise Stop(Exit.BAD_INPUT, f"{word!a} is not text in UTF-8.") from None


def _mend_streams() -> None:
    # A closed stream is None in Python, a pipe or an old console may have another encoding, and a note any language.
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - kept to the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


def _printed(found: object, lines: Sequence[str], *, as_json: bool) -> str:
    text = json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(map(_visible, lines))
    return text + "\n"


def _write(stream: TextIO, text: str) -> OSError | None:
    try:
        stream.write(text)
        stream.flush()
    except OSError as problem:  # the reader has gone, or the disk behind it is full: nothing more is tried there
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return problem
    return None


def _visible(text: str) -> str:
    # What a station says is printed too; it must not move the cursor of a terminal.
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)
