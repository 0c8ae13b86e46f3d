"""One thing that a check finds: wrong, or only worth knowing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report."""

    is_wrong: bool
    line: str


def bad(line: str) -> Finding:
    """Something is wrong."""
    return Finding(is_wrong=True, line=line)


def fine(line: str) -> Finding:
    """Worth knowing, and nothing is wrong with it."""
    return Finding(is_wrong=False, line=line)
