"""What a tap on the briefings' screens does."""

from collections.abc import Callable

from field_app.acknowledging import acknowledge
from field_app.card_actions import Once
from field_app.hand import Hand
from field_app.moments import clock_text
from field_app.state import AppState


class BriefingActions:
    """Everything that the briefings' screens can ask for."""

    def __init__(self, state: AppState, hand: Hand, once: Once, told: Callable[[str], None]) -> None:
        self._state = state
        self._hand = hand
        self._once = once
        self._told = told

    def open(self, briefing_id: str) -> None:
        """Show one, as it is now."""
        self._state.reading = next((each for each in self._state.view.briefings if each.id == briefing_id), None)

    def leave(self) -> None:
        """Back to the list."""
        self._state.reading = None

    async def acknowledge(self) -> None:
        """Keep that the one on the screen was read, and then say so; a finger that lands twice keeps it once."""
        briefing = self._state.reading
        if briefing is None:
            return
        kept = await self._once(lambda: acknowledge(self._hand, briefing))
        if kept is not None:
            self._state.reading = None
            self._told(f"Read {clock_text(kept.entered_at, self._hand.current.zone)} · {briefing.news.title}")
