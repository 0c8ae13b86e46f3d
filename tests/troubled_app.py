"""The real app among parts that fail while a file says so. The tests in the browser run it: `troubled_app.py FOLDER`.

It prints its address; then, for each line that it reads, how often each function of its screens ran since the last one.
While FOLDER/trouble-clock is there, the clock fails; while FOLDER/trouble-labels is there, no setting has a label.
"""

import dataclasses
import json
import sys
import threading
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import CodeType, FrameType

from field_app.clock import SystemClock
from field_app.deck import deck_over
from field_app.hand import open_hand
from field_app.serve import bind, serve
from sync.commandline import put
from sync.reference import Reference, load_reference

CLOCK, LABELS = "trouble-clock", "trouble-labels"


class TroubledClock(SystemClock):
    """The device's clocks; the wall clock fails while its file is there."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def now(self) -> datetime:
        """The wall clock's time."""
        if self._file.exists():
            raise RuntimeError("The clock does not answer.")
        return super().now()


def troubled_reference(file: Path) -> Reference:
    """Norwalk's reference data; no setting has a label while the file is there."""
    plain = load_reference()

    class TroubledReference(Reference):
        def label_of(self, setting: str) -> str:
            if file.exists():
                raise LookupError("There is no label.")
            return plain.label_of(setting)

    return TroubledReference(**{field.name: getattr(plain, field.name) for field in dataclasses.fields(plain)})


class Draws:
    """Counts how often the functions of the screens run, on the thread that asks for it."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._are_screens: dict[CodeType, bool] = {}

    def count_here(self) -> None:
        """Count from now on whatever runs on this thread."""
        sys.setprofile(self._see)

    def answer(self) -> None:
        """For each line that comes in, say the counts since the last one."""
        for _ in sys.stdin:
            counts, self._counts = self._counts, Counter()
            put(json.dumps(counts) + "\n")

    def _see(self, frame: FrameType, event: str, _: object) -> None:
        # Runs at each call of any function: a path taken apart here made a list's first drawing ten times as slow.
        if event != "call":
            return
        code = frame.f_code
        is_screen = self._are_screens.get(code)
        if is_screen is None:
            is_screen = Path(code.co_filename).parent.name in {"screens", "widgets"}
            self._are_screens[code] = is_screen
        if is_screen:
            self._counts[code.co_name] += 1


def main(folder: Path) -> None:
    """Serve until a signal ends it."""
    draws = Draws()
    threading.Thread(target=draws.answer, daemon=True).start()
    listener = bind(0)
    with open_hand(folder, TroubledClock(folder / CLOCK), troubled_reference(folder / LABELS)) as hand:
        draws.count_here()
        serve(
            deck_over(hand), listener, lambda address: put(json.dumps({"address": address}) + "\n"), opens_browser=False
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
