"""Enrol: the station's address and a one-time code. Pasted whole, the station's text fills both."""

from collections.abc import Awaitable, Callable

import flet as ft

from field_app.actions import Actions
from field_app.guards import guarded
from field_app.state import AppState
from field_app.theme import BODY_TEXT, LABEL_TEXT, PALETTES
from field_app.widgets.events import typed_in
from sync.invitation import parts_of

HELP_WORDS = (
    "The station prints a text and a QR code for this device. Paste the whole text here, or what the tablet's camera "
    "reads off the QR code; or type the address and the code."
)


@guarded
def EnrolScreen(state: AppState, actions: Actions) -> ft.Control:  # noqa: N802 - a component
    """Two fields, one button, and a way back."""
    palette = PALETTES[state.light]
    address, set_address = ft.use_state("")
    code, set_code = ft.use_state("")

    def take(text: str) -> None:
        found_address, found_code = parts_of(text)
        set_address(found_address)
        if found_code:
            set_code(found_code)

    def take_code(text: str) -> None:
        if "#" in text:
            take(text)
        else:
            set_code(text)

    async def enrol() -> None:
        await actions.enrol(address, code)

    def leave() -> None:
        state.is_enrolling, state.problem = False, None

    form = ft.Column(
        scroll=ft.ScrollMode.AUTO,
        spacing=16,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        controls=[
            ft.Text("Enrol this device", size=28, color=palette.text),
            ft.Text(HELP_WORDS, size=BODY_TEXT, width=320, color=palette.text),
            _field("Address", address, take, enrol),
            _field("Code", code, take_code, enrol),
            ft.FilledButton("Enrol", key="enrol", height=56, width=320, disabled=state.asks_to_enrol, on_click=enrol),
            ft.TextButton("Back", key="leave", height=56, width=320, on_click=leave),
        ],
    )
    return ft.Container(expand=True, padding=ft.Padding.only(top=16), alignment=ft.Alignment.TOP_CENTER, content=form)


def _field(
    label: str, value: str, on_typed: Callable[[str], None], on_submit: Callable[[], Awaitable[None]]
) -> ft.TextField:
    return ft.TextField(
        label=label,
        value=value,
        width=320,
        text_size=LABEL_TEXT,
        autocorrect=False,
        enable_suggestions=False,
        keyboard_type=ft.KeyboardType.URL if label == "Address" else ft.KeyboardType.TEXT,
        on_change=lambda event: on_typed(typed_in(event)),
        on_submit=on_submit,
    )
