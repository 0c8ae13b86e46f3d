"""What one window shows: an open store, the lock of a sealed one, or what to do about a forgotten PIN."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import flet as ft

from field_app.actions import Actions
from field_app.screens.unlock import LOCKED_WORDS
from field_app.state import AppState


@dataclass(frozen=True, slots=True)
class Shown:
    """What a window shows of an open store."""

    state: AppState
    actions: Actions


@ft.observable
class Stage:
    """What one window shows: an open store, or (None) the unlock screen of a locked one."""

    def __init__(self) -> None:
        self.shown: Shown | None = None
        self.problem: str | None = None
        self.is_busy = False
        self.is_forgotten = False  # a PIN, so that a new one is asked for
        self.locked_words = LOCKED_WORDS

    def tell(self, sentence: str) -> None:
        """Show a sentence on whatever is shown."""
        shown = self if self.shown is None or self.is_forgotten else self.shown.state
        shown.problem = sentence

    async def busy(self, do: Callable[[], Awaitable[str | None]]) -> None:
        """Do something and show what it says; ignored while the one before is not done: a finger often lands twice."""
        if self.is_busy:
            return
        self.is_busy = True
        try:
            self.problem = await do()
        finally:
            self.is_busy = False

    def turn(self, *, is_forgotten: bool) -> None:
        """To what helps with a forgotten PIN, and back."""
        self.is_forgotten, self.problem = is_forgotten, None
