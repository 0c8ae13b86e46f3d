"""One of a list, by name."""

from collections.abc import Callable, Mapping

import flet as ft

from field_app.widgets.events import typed_in


def choice(
    label: str, options: Mapping[str, str], value: str, on_chosen: Callable[[str], object], *, width: int
) -> ft.Control:
    """A list that drops down; a screen reader hears its label."""

    def chosen(event: ft.Event[ft.Dropdown]) -> None:
        on_chosen(typed_in(event))

    return ft.Semantics(
        label=label,
        content=ft.Dropdown(
            label=label,
            value=value,
            options=[ft.DropdownOption(key=key, text=words) for key, words in options.items()],
            width=width,
            menu_height=400,
            on_select=chosen,
        ),
    )
