"""What the two command lines, contact755 and station755, have in common: exit codes, plain refusals, output."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any, NoReturn


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
    Exit.NOT_READY: "sign on or enrol first",
    Exit.NOT_FOUND: "no such contact, or nothing to undo",
    Exit.NOT_REACHABLE: "the station did not answer, or asks to try later; everything is kept",
    Exit.REFUSED: "the station refused the device, the code or the batch; everything is kept",
    Exit.NEEDS_ATTENTION: "sent, and the station wants a person to look at some contacts",
    Exit.STORE_TROUBLE: "the data folder cannot be read or written (full, read-only, busy, damaged)",
    Exit.CANNOT_SERVE: "the station cannot serve there (port taken, or plain HTTP beyond this machine)",
    Exit.INTERRUPTED: "stopped by Ctrl-C",
}
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


def show(found: object, lines: Sequence[str], *, as_json: bool) -> None:
    """Print a result for a program or for a person."""
    text = json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(lines)
    print(text, flush=True)  # noqa: T201 - the commands' one way to stdout; a server says at once where it serves


def run(
    main: Callable[[Sequence[str]], Exit],
    refusals: Callable[[Exception], Stop | None],
    arguments: Sequence[str] | None = None,
) -> NoReturn:
    """Run a command line to its exit code; whatever happens, people see sentences and programs see codes."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    _write_utf8()
    try:
        code = main(typed)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = Exit.DONE
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except Exception as problem:  # noqa: BLE001 - no traceback ever: this is the last guard
        code = _explain(problem, refusals, as_json="--json" in typed)
    raise SystemExit(int(code))


def _explain(problem: Exception, refusals: Callable[[Exception], Stop | None], *, as_json: bool) -> Exit:
    stop = problem if isinstance(problem, Stop) else refusals(problem)
    if stop is None:
        if os.environ.get(DEBUG_VARIABLE):
            raise problem
        what = f"{type(problem).__name__}: {problem}"
        stop = Stop(
            Exit.FAULT,
            f"A fault in the program: {what}. Nothing that was logged is lost. ({DEBUG_VARIABLE}=1 shows where.)",
        )
    if as_json:
        found: dict[str, Any] = {"error": str(stop), "exit_code": int(stop.code)}
        show(found, [], as_json=True)
    print(stop, file=sys.stderr)  # noqa: T201 - the commands' one way to stderr
    return stop.code


def _write_utf8() -> None:
    # A pipe or an old console may have another encoding, and a note may hold any language.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
