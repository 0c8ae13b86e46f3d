"""What a tap on the cards screen does."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from field_app.card_counts import cards_here, count_cards, counted_words
from field_app.hand import Hand
from field_app.moments import clock_text
from field_app.state import AppState

NOTHING_TYPED = "Type how many cards are in the car; 0 if there are none."
_Result = TypeVar("_Result")


class Once(Protocol):
    """Does something on the store's thread unless something else is being done; None if it was not done."""

    def __call__(self, call: Callable[[], _Result], /) -> Awaitable[_Result | None]: ...  # noqa: D102 - see the class


class CardActions:
    """Everything that the cards screen can ask for."""

    def __init__(self, state: AppState, hand: Hand, once: Once, counted: Callable[[str], None]) -> None:
        self._state = state
        self._hand = hand
        self._once = once
        self._counted = counted

    async def ask(self) -> None:
        """Ask how many cards are in the car."""
        self._state.cards = await self._once(lambda: cards_here(self._hand))

    async def count(self, typed: str) -> None:
        """Keep the count that was typed; a finger that lands twice counts once."""
        if self._state.cards is None:
            return
        if not typed:
            self._state.problem = NOTHING_TYPED
            return
        count = await self._once(lambda: count_cards(self._hand, int(typed)))
        if count is not None:
            self._state.cards = None
            at = clock_text(count.entered_at, self._hand.current.zone)
            self._counted(f"Counted {at} · {count.unit} · {counted_words(count.cards)}")

    def leave(self) -> None:
        """Nothing is counted."""
        self._state.cards = None
