"""What a window shows that could not read the store yet: why, and the way to try again."""

from collections.abc import Callable

import flet as ft

from field_app.guards import guarded
from field_app.theme import LABEL_TEXT, Palette

UNREAD = "The contacts on this device cannot be read."


@guarded
def TroubleScreen(  # noqa: N802 - a component
    why: str, palette: Palette, on_again: Callable[[], object]
) -> ft.Control:
    """Two sentences and one button."""
    return ft.Container(
        expand=True,
        padding=24,
        bgcolor=palette.background,
        alignment=ft.Alignment.CENTER,
        content=ft.Column(
            tight=True,
            scroll=ft.ScrollMode.AUTO,
            spacing=24,
            horizontal_alignment=ft.CrossAxisAlignment.CENTER,
            controls=[
                ft.Icon(ft.Icons.WARNING_AMBER, color=palette.attention, size=36),
                ft.Text(UNREAD, size=LABEL_TEXT, color=palette.text, text_align=ft.TextAlign.CENTER),
                ft.Text(why, size=LABEL_TEXT, color=palette.attention, text_align=ft.TextAlign.CENTER),
                ft.FilledButton("Try again", key="try-again", height=56, on_click=on_again),
            ],
        ),
    )
