"""What a tap on the codes screen does: a bundle for the station, one QR code at a time."""

import asyncio
import logging
from dataclasses import dataclass

from field_app.attempts import in_codes, tried
from field_app.hand import Hand
from field_app.once import once
from field_app.state import AppState, Codes

_NOT_DRAWN = "The codes could not be drawn here. What you logged is safe."
_LOG = logging.getLogger("contact755")


@dataclass
class CodeActions:
    """Everything that the codes screen can ask for. Each code is drawn when it is shown, away from the screen's own thread."""

    _state: AppState
    _hand: Hand
    _contents: list[bytes] | None = None

    @once
    async def ask(self) -> None:
        """Show what the station does not have, as codes for somebody to photograph; everything stays ready to send."""
        self._contents, self._state.problem = await asyncio.to_thread(tried, lambda: in_codes(self._hand))
        if self._contents is not None:
            await self.show(1)

    async def show(self, number: int) -> None:
        """Show one of them, from 1 on; nothing for a number that is none."""
        contents = self._contents or []
        if not 1 <= number <= len(contents):
            return
        try:
            picture = await asyncio.to_thread(_drawn, contents[number - 1])
        except Exception:  # noqa: BLE001 - whatever the library says, the sentence is ours
            _LOG.exception("drawing a code")
            self._state.problem = _NOT_DRAWN
            return
        if self._contents is contents:  # else the person has left meanwhile
            self._state.codes = Codes(number, len(contents), picture)

    def leave(self) -> None:
        """Show no code any more."""
        self._contents = self._state.codes = None


def _drawn(content: bytes) -> bytes:
    from sync.qr import code_png  # noqa: PLC0415 - 40 ms of every start, for what few ever show

    return code_png(content)
