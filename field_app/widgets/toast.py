"""The short line after a tap, with Undo while it can be undone; and the line that says what is wrong."""

from collections.abc import Callable

import flet as ft

from field_app.state import Toast
from field_app.theme import BAR_PX, BODY_TEXT, CORNER_PX, Palette


def toast_line(toast: Toast | None, problem: str | None, palette: Palette, on_undo: Callable[[], object]) -> ft.Control:
    """A problem before a success; an empty line of the same height when there is neither."""
    if problem is not None:
        return _line([_icon(ft.Icons.WARNING_AMBER, palette.attention), _text(problem, palette.attention)], palette)
    if toast is None:
        return ft.Container(height=BAR_PX)
    undo = ft.TextButton(
        f"Undo {toast.seconds_left}",
        key="undo",
        on_click=on_undo,
        style=ft.ButtonStyle(color=palette.accent, padding=16),
    )
    return _line(
        [_icon(ft.Icons.CHECK, palette.ok), _text(toast.text, palette.text), *([undo] if toast.seconds_left else [])],
        palette,
    )


def _line(controls: list[ft.Control], palette: Palette) -> ft.Control:
    return ft.Container(
        margin=ft.Margin.symmetric(horizontal=16),
        padding=ft.Padding.only(left=6, right=16),
        bgcolor=palette.surface,
        border_radius=CORNER_PX,
        content=ft.Row(
            controls=[ft.Container(width=0, height=BAR_PX), *controls]
        ),  # as high as the empty line, or higher
    )


def _icon(icon: ft.IconData, colour: str) -> ft.Icon:
    return ft.Icon(icon, color=colour, size=24)


def _text(text: str, colour: str) -> ft.Text:
    return ft.Text(text, size=BODY_TEXT, color=colour, expand=True)
