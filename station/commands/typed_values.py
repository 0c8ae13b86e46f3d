"""A date and a number as typed at the station, for argparse."""

import argparse
import re
from collections.abc import Callable
from datetime import date

from sync.limits import YEAR_MAX, YEAR_MIN

# Where it is still, or already, another year than in UTC: a clock that says 1970 says 1969 in Norwalk.
_YEAR_FIRST, _YEAR_LAST = YEAR_MIN - 1, YEAR_MAX + 1


def date_typed(text: str) -> date:
    """A date on which a contact can have been."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not _YEAR_FIRST <= found.year <= _YEAR_LAST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date that a worksheet has; write it like 2026-11-22")
    return found


def number_of(listing: str) -> Callable[[str], int]:
    """Reads a number of the list that this command prints."""

    def number_typed(text: str) -> int:
        # The largest that JSON keeps has sixteen digits; no list is that long.
        if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) == 0:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number of the list (see: {listing})")
        return int(text)

    return number_typed
