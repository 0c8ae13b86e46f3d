"""`make demo`: starts the station and the app, prints where they are, ends both with Ctrl-C or SIGTERM."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from demo.briefing import send_standard_briefing
from demo.codes import ROLES, SECRET, fill_a_car, make_accounts, tell_codes
from demo.weeks import CREWS, fill
from field_app.keys.choice import UNSEALED_VARIABLE
from station.people import ADMIN
from station.roles import StationRole
from sync.commandline import put
from sync.records import Role
from sync.reference import load_reference

FOLDER = Path(".demo")
# There once the two weeks are lived through.
FILLED = FOLDER / "filled"
BINARIES = Path(sys.executable).parent
GOODBYE_SECONDS_MAX = 10
PERSON = "900041"


def main() -> int:
    """Run the demo until Ctrl-C."""
    end_as_by_ctrl_c()
    reference = load_reference()
    try:
        clear_what_was_broken_off()
        with running("station755", "serve") as station:
            if not FILLED.exists():
                put("Living through two weeks of demo contacts, once ...\n")
                for crew in CREWS:
                    role = StationRole.VOLUNTEER if crew.role is Role.VOLUNTEER else StationRole.DEPUTY
                    _run("station755", "add-person", crew.person, "--role", role)
                today = datetime.now(reference.zone).date()
                send_standard_briefing(FOLDER / "station", reference)
                count = fill(FOLDER / "crews", station, _code_for, reference, today)
                _run("contact755", "enrol", station, _code_for("demo tablet"))
                FILLED.write_text(str(count))
            password = _run("station755", "admin-password").strip()
            make_accounts(FOLDER / "station", password)
            fill_a_car(FOLDER / "station", reference)
            with running("contact755", "run", "--no-browser") as app:
                put(f"\nDEMO. Everything here is made up; make demo-reset clears it.\n\n  The app:      {app}\n")
                put(f"                sign on as {PERSON}\n  The console:  {station}/\n")
                put(f"                sign in as {ADMIN} with the password {password}\n")
                others = ", ".join(f"{number} ({role})" for number, role in ROLES.items())
                put(f"                or as {others} with the same password,\n")
                put(f"                and the code below ({SECRET} in an authenticator app)\n\nCtrl-C ends both.\n")
                tell_codes(is_terminal=sys.stdout.isatty())
    except KeyboardInterrupt:
        put("\nEnded.\n")
    except subprocess.CalledProcessError as problem:
        put(f"{problem.stderr or ''}The demo could not be started.\n")
        return 1
    return 0


def clear_what_was_broken_off() -> None:
    """Begin anew unless the two weeks are whole: their records have the same ids in each run, by whatever device."""
    if not FILLED.exists():
        for name in ("station", "crews", "tablet"):
            shutil.rmtree(FOLDER / name, ignore_errors=True)


def end_as_by_ctrl_c() -> None:
    """Take SIGTERM for Ctrl-C: by its own effect the station and the app would outlive the demo."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _code_for(name: str) -> str:
    return _run("station755", "enrol-code", name).strip()


def _environment() -> dict[str, str]:
    folders = {"STATION755_DATA": str(FOLDER / "station"), "CONTACT755_DATA": str(FOLDER / "tablet")}
    return {**os.environ, **folders, UNSEALED_VARIABLE: "1"}  # everything here is made up


def _run(program: str, *typed: str) -> str:
    done = subprocess.run([BINARIES / program, *typed], env=_environment(), capture_output=True, text=True, check=True)
    return done.stdout


@contextmanager
def running(program: str, *typed: str) -> Iterator[str]:
    """A program that serves; gives its address."""
    process = subprocess.Popen(
        [BINARIES / program, *typed, "--json"], env=_environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        text = ""
        while process.stdout is not None and (line := process.stdout.readline()):
            text += line
            if line.startswith("}"):
                break
        found = json.loads(text or "{}")
        if "address" not in found:
            raise subprocess.CalledProcessError(process.wait(), program, stderr="")
        yield str(found["address"])
    finally:
        process.terminate()
        process.wait(GOODBYE_SECONDS_MAX)


if __name__ == "__main__":
    raise SystemExit(main())
