"""What is measured in the browser: the counter, and the app with an empty and with a full store."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from field_app.clock import SystemClock
from field_app.hand import open_hand
from field_app.logbook import Details
from sync.records import Role
from sync.reference import load_reference

BIN = Path(sys.executable).parent
GOODBYE_SECONDS_MAX = 30


@dataclass
class Subject:
    """What is measured: how it is started, and what its page says before and after a tap."""

    name: str
    command: list[str]
    environment: dict[str, str]
    first_words: str
    button: str
    counted: str
    count: int = 0
    # Milliseconds.
    first_frames: list[float] = field(default_factory=list)
    first_texts: list[float] = field(default_factory=list)
    taps: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[tuple[subprocess.Popen[str], str, float]]:
        """Its server: the process, the address, and when it was started."""
        started = time.time()
        environment = {**os.environ, **self.environment}
        process = subprocess.Popen(self.command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            text = ""
            while process.stdout is not None and not text.endswith("}\n"):
                line = process.stdout.readline()
                if not line:
                    raise RuntimeError(f"{self.name} did not start: {text}")
                text += line
            yield process, json.loads(text)["address"], started
        finally:
            process.terminate()
            process.communicate(timeout=GOODBYE_SECONDS_MAX)


def subjects(folder: Path, contacts: int) -> list[Subject]:
    """The counter, the app with nothing in its store, and the app with so many contacts."""
    counter = [sys.executable, "-m", "bench.counter"]
    found = [Subject("counter", counter, {}, "Count 0", "Tap", "Count {}")]
    app = [str(BIN / "contact755"), "run", "--no-browser", "--port", "0", "--json"]
    reference = load_reference()
    for count in (0, contacts):
        data = folder / str(count)
        with open_hand(data, SystemClock(), reference) as hand:
            hand.logbook.sign_on("900041", Role.DEPUTY, next(iter(reference.watches)), "41A")
            for _ in range(count):
                hand.logbook.log(Details("other"))
        name, environment = f"app, {count} contacts", {"CONTACT755_DATA": str(data)}
        found.append(Subject(name, app, environment, "Resident outside", "F1", "Outbox {}", count))
    return found
