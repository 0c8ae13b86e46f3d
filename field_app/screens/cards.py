"""Counting the "755" cards in the car: what is probably left stands there; if it is right, one tap keeps it."""

import flet as ft

from field_app.actions import Actions
from field_app.card_counts import CardsHere
from field_app.guards import guarded
from field_app.moments import clock_text
from field_app.state import AppState
from field_app.theme import BODY_TEXT, LABEL_TEXT, PALETTES
from field_app.widgets.events import typed_in
from sync.limits import CARDS_MAX
from sync.reference import Reference

_WIDTH_PX = 420
_STEPS = (-10, -1, 1, 10)


@guarded
def CardsScreen(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """A number that can be typed or stepped to, Save, and Back."""
    palette = PALETTES[state.light]
    here = state.cards
    typed, set_typed = ft.use_state("" if here is None or here.left is None else str(here.left))
    if here is None:
        return ft.Text("")

    async def save() -> None:
        await actions.cards.count(typed)

    def step(by: int) -> ft.Control:
        words = f"{by:+d}".replace("-", "\N{MINUS SIGN}")
        return ft.OutlinedButton(
            words, height=56, expand=True, on_click=lambda: set_typed(lambda text: stepped(text, by))
        )

    form = ft.Column(
        scroll=ft.ScrollMode.AUTO,
        spacing=16,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        controls=[
            ft.Text(f"Cards in {here.unit}", size=LABEL_TEXT, color=palette.text),
            ft.Text(known_words(here, reference), size=BODY_TEXT, width=_WIDTH_PX, color=palette.quiet),
            ft.TextField(
                label="Cards in the car now",
                value=typed,
                width=_WIDTH_PX,
                text_size=LABEL_TEXT,
                autofocus=True,
                keyboard_type=ft.KeyboardType.NUMBER,
                input_filter=ft.InputFilter("^[0-9]{0,4}$"),
                on_change=lambda event: set_typed(typed_in(event)),
                on_submit=save,
            ),
            ft.Row(width=_WIDTH_PX, spacing=8, controls=[step(by) for by in _STEPS]),
            ft.FilledButton("Save the count", key="save-count", height=56, width=_WIDTH_PX, on_click=save),
            ft.OutlinedButton("Back", height=56, width=_WIDTH_PX, on_click=actions.cards.leave),
        ],
    )
    return ft.Container(expand=True, padding=ft.Padding.only(top=16), alignment=ft.Alignment.TOP_CENTER, content=form)


def stepped(text: str, by: int) -> str:
    """The number beside the one that is there, within what a car can hold."""
    return str(min(max(int(text or 0) + by, 0), CARDS_MAX))


def known_words(here: CardsHere, reference: Reference) -> str:
    """What this device knows of the cards."""
    if here.counted is None or here.counted_at is None:
        return 'Count the "755" cards in the car. Nobody has counted them on this device.'
    local = here.counted_at.astimezone(reference.zone)
    at = f"{local.day} {local:%b} {clock_text(here.counted_at, reference.zone)}"
    return f"Last count on this device: {here.counted}, {at}. Handed out since: {here.handed_out}."
