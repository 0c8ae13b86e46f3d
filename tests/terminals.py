"""A terminal of its own for a program, and somebody who answers at it."""

import os
import pty
import subprocess
from collections.abc import Sequence
from pathlib import Path

from programs import Program, Said


def on_terminal(command: list[str | Path], environment: dict[str, str], answers: Sequence[str]) -> Said:
    """Run on a terminal of its own, at which somebody gives these answers, each when it is asked for."""
    ours, theirs = pty.openpty()
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, env=environment, stdin=theirs, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    assert process.stderr is not None
    heard = ""
    for place, answer in enumerate(answers, start=1):
        while heard.count(": ") < place and (letter := process.stderr.read(1)):
            heard += letter
        os.write(ours, f"{answer}\n".encode(errors="surrogateescape"))
    out, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    return Said(process.returncode, out, heard + err)


def asked(program: Program, typed: Sequence[str], *answers: str) -> Said:
    """Run a command on a terminal."""
    return on_terminal([program.folder / program.name, *typed], program.environment({}), answers)
