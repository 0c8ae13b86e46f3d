"""The short line after a tap: what was done, and Undo while it can be undone."""

import asyncio

from field_app.state import AppState, Toast

UNDO_SECONDS = 10


class ShortLine:
    """One at a time: the next takes the place of the one before, and of its Undo."""

    def __init__(self, state: AppState) -> None:
        self._state = state
        self._countdown: asyncio.Task[None] | None = None
        self.undoable: str | None = None  # the id of the contact that the line with Undo names

    def say(self, text: str) -> None:
        """Say what was done."""
        self.forget()
        self._state.toast = Toast(text)

    def offer_undo(self, text: str, contact_id: str) -> None:
        """Say what was logged, and that it can be taken back for a while."""
        self.forget()
        self._state.toast, self.undoable = Toast(text, UNDO_SECONDS), contact_id
        self._countdown = asyncio.get_running_loop().create_task(self._count_down(text))

    def forget(self) -> None:
        """Say nothing any more."""
        if self._countdown is not None:
            self._countdown.cancel()
        self._countdown = self._state.toast = self.undoable = None

    async def _count_down(self, text: str) -> None:
        for seconds_left in range(UNDO_SECONDS - 1, -1, -1):
            await asyncio.sleep(1)
            self._state.toast = Toast(text, seconds_left)
