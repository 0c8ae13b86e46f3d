"""Why the app refuses something that a person asked for; the text is a sentence for that person."""

import re
from pathlib import Path

_COMMAND = re.compile(r" [^.]*: contact755 .*$")


class NotSignedOn(Exception):
    """Somebody has to sign on first."""

    def __init__(self) -> None:
        super().__init__("Nobody is signed on. Sign on first: contact755 sign-on NUMBER --watch em|day|pm")


class NotEnrolled(Exception):
    """The device has to be enrolled first."""

    def __init__(self) -> None:
        super().__init__("This device is not enrolled. Ask the station for a code, then: contact755 enrol ADDRESS CODE")


class NoStoreHere(Exception):
    """There is nothing to look through."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"There is no store in {folder}. Name its folder with --data.")


class NoSuchContact(Exception):
    """There is no such contact here, or none that this person may change."""


class NoSuchBriefing(Exception):
    """There is no such briefing for whoever is signed on."""


class BadInput(ValueError):
    """What was typed cannot be taken; the text is one or more sentences."""


def without_command(text: str) -> str:
    """A refusal as the app's window says it: without the sentence that names a command to type."""
    return _COMMAND.sub("", text)
