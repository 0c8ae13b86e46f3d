"""A field for a PIN: digits that are not shown."""

from collections.abc import Awaitable, Callable

import flet as ft

from field_app.theme import LABEL_TEXT
from field_app.widgets.events import typed_in


def pin_field(
    label: str,
    pin: str,
    set_pin: Callable[[str], object],
    submit: Callable[[], Awaitable[None]],
    *,
    is_shown: bool = True,
) -> ft.TextField:
    """The field."""
    return ft.TextField(
        label=label,
        value=pin,
        width=320,
        text_size=LABEL_TEXT,
        password=True,
        visible=is_shown,
        keyboard_type=ft.KeyboardType.NUMBER,
        input_filter=ft.InputFilter("^[0-9]*$"),
        on_change=lambda event: set_pin(typed_in(event)),
        on_submit=submit,
    )
