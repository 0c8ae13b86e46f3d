"""Versions of the reference data: whole documents, each valid from a moment until the next one. Pure.

What was logged under one version is read by it for ever: whoever shows a contact asks for the version of its time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sync.limits import YEAR_MIN
from sync.reference import Reference

# Since then the first version is valid: before any contact.
BEGINNING = datetime(YEAR_MIN, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Version:
    """One version by its number, valid from a moment on."""

    number: int
    valid_from: datetime
    reference: Reference


def lasting(versions: Iterable[Version]) -> list[Version]:
    """The versions that are valid at any moment, the earliest first: of those that begin together, the last made."""
    by_beginning = {each.valid_from: each for each in sorted(versions, key=lambda each: each.number)}
    return [by_beginning[begins] for begins in sorted(by_beginning)]


class Versions:
    """What is known of the versions now. Begins with what ships with the program, and with `hold` learns of others."""

    def __init__(self, shipped: Reference) -> None:
        self._shipped = replace(shipped, timeline=self)
        self._found = [Version(0, BEGINNING, self._shipped)]

    def hold(self, versions: Iterable[Version]) -> None:
        """Know these, in place of all that were known."""
        own = [replace(each, reference=replace(each.reference, timeline=self)) for each in versions]
        self._found = lasting([Version(0, BEGINNING, self._shipped), *own])  # at once: other threads read it

    def at(self, moment: datetime) -> Reference:
        """The version that is valid at a moment."""
        found = self._found
        return next((each for each in reversed(found) if each.valid_from <= moment), found[0]).reference

    def known(self) -> Sequence[Reference]:
        """Those that are, were or will be valid, the last first."""
        return [each.reference for each in reversed(self._found)]

    def begun(self, until: datetime) -> tuple[int, ...]:
        """The numbers of the versions that are valid at some moment before this one, the earliest first."""
        return tuple(each.number for each in self._found if each.valid_from < until)
