"""One of a few, side by side."""

from collections.abc import Callable, Mapping

import flet as ft

from field_app.widgets.events import chosen_in


def segments(words: Mapping[str, str], selected: str, choose: Callable[[str], object]) -> ft.Control:
    """A button of segments, by value with its words."""

    def chosen(event: ft.Event[ft.SegmentedButton]) -> None:
        choose(chosen_in(event))

    button = ft.SegmentedButton(
        selected=[selected],
        show_selected_icon=False,
        style=ft.ButtonStyle(padding=16),
        on_change=chosen,
        segments=[ft.Segment(value=value, label=ft.Text(label)) for value, label in words.items()],
    )
    # On a phone with large text it is wider than the window.
    return ft.Row(scroll=ft.ScrollMode.AUTO, alignment=ft.MainAxisAlignment.CENTER, controls=[button])
