"""Unlock: a sealed store that nobody has opened since the last sign-off or restart wants a PIN before anything else."""

from collections.abc import Awaitable, Callable

import flet as ft

from field_app.guards import guarded
from field_app.theme import BODY_TEXT, PALETTES, Light
from field_app.widgets.identity_fields import number_field, pin_field

LOCKED_WORDS = "This device is locked. What was logged is safe. The PIN of anybody who has one here opens it."


@guarded
def UnlockScreen(  # noqa: N802 - a component
    problem: str | None,
    unlock: Callable[[str, str], Awaitable[None]],
    forgot: Callable[[], None],
    *,
    is_busy: bool,
    words: str = LOCKED_WORDS,
) -> ft.Control:
    """A number, its PIN, one button; `words` say why it is locked."""
    palette = PALETTES[Light.DAY]
    number, set_number = ft.use_state("")
    pin, set_pin = ft.use_state("")

    async def go() -> None:
        set_pin("")
        await unlock(number, pin)

    form = ft.Column(
        scroll=ft.ScrollMode.AUTO,
        spacing=16,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        controls=[
            ft.Text("Unlock", size=28, color=palette.text),
            ft.Text(words, size=BODY_TEXT, width=320, color=palette.text),
            number_field(number, set_number, go),
            pin_field("PIN", pin, set_pin, go),
            ft.FilledButton("Unlock", key="unlock", height=56, width=320, disabled=is_busy, on_click=go),
            *([] if problem is None else [ft.Text(problem, size=BODY_TEXT, width=320, color=palette.text)]),
            ft.TextButton("PIN forgotten", key="forgotten", height=48, width=320, on_click=forgot),
        ],
    )
    return ft.Container(
        expand=True, bgcolor=palette.background, alignment=ft.Alignment.TOP_CENTER, padding=24, content=form
    )
