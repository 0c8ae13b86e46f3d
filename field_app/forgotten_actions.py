"""What the taps on the screen of a forgotten PIN do; problems become a sentence on it."""

import asyncio
import logging
from collections.abc import Callable

from field_app.actions import KeepFile
from field_app.clock import SystemClock
from field_app.deck import Deck
from field_app.forgotten import NewPin, keys_file, rescue_file
from field_app.refusals import BadInput, without_command
from field_app.stage import Stage
from field_app.store.faults import StoreFault

NOT_SAVED = "The file could not be saved here. What was logged is safe."
_LOG = logging.getLogger("contact755")


class ForgottenActions:
    """Everything that the screen can ask for. A tap is ignored while the one before is not done."""

    def __init__(self, stage: Stage, deck: Deck, keep_file: KeepFile) -> None:
        self._stage = stage
        self._deck = deck
        self._keep_file = keep_file

    async def set_pin(self, typed: NewPin) -> None:
        """Set a new PIN; with it the store is open, and the screen goes."""
        await self._stage.busy(lambda: self._set(typed))

    async def save_keys(self) -> None:
        """Save the file from which the station makes a recovery code."""
        await self._save(lambda: keys_file(self._deck.keyring))

    async def save_rescue(self) -> None:
        """Save all that is locked in, for the station."""
        await self._save(lambda: rescue_file(self._deck.keyring, self._deck.reference, SystemClock().now()))

    def back(self) -> None:
        """To where it was asked for."""
        self._stage.turn(is_forgotten=False)

    async def _set(self, typed: NewPin) -> str | None:
        problem = await self._deck.set_new_pin(typed)
        if problem is None and self._stage.shown is not None:
            await self._stage.shown.actions.refresh()  # the sign-on knows the new PIN at once
        self._stage.is_forgotten = problem is not None
        return problem

    async def _save(self, make: Callable[[], tuple[str, bytes]]) -> None:
        await self._stage.busy(lambda: _saved(make, self._keep_file))


async def _saved(make: Callable[[], tuple[str, bytes]], keep_file: KeepFile) -> str | None:
    try:
        name, data = await asyncio.to_thread(make)
        return f"Saved as {name}. Take it to the station." if await keep_file(name, data) else None
    except (BadInput, StoreFault) as problem:
        return without_command(str(problem))
    except Exception:  # noqa: BLE001 - whatever Flet or the browser says, the sentence is ours
        _LOG.exception("saving a file")
        return NOT_SAVED
