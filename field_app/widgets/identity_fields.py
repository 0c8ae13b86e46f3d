"""The fields for a person's number and for a PIN, whose digits are not shown."""

from collections.abc import Awaitable, Callable

import flet as ft

from field_app.theme import LABEL_TEXT
from field_app.widgets.events import typed_in


def number_field(
    number: str, set_number: Callable[[str], object], submit: Callable[[], Awaitable[None]], label: str = "Number"
) -> ft.TextField:
    """The field for a number; one that is called so is the first on its screen."""
    return ft.TextField(
        label=label,
        value=number,
        width=320,
        text_size=LABEL_TEXT,
        autofocus=label == "Number",
        input_filter=ft.InputFilter("^[0-9]*$"),
        on_change=lambda event: set_number(typed_in(event)),
        on_submit=submit,
    )


def pin_field(
    label: str,
    pin: str,
    set_pin: Callable[[str], object],
    submit: Callable[[], Awaitable[None]],
    *,
    is_shown: bool = True,
) -> ft.TextField:
    """The field for a PIN."""
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
