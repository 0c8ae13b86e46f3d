"""One quick-log button: icon, label and key, and nothing else."""

from collections.abc import Callable

import flet as ft

from field_app.theme import CORNER_PX, STRIP_TEXT, Palette

# One icon per setting everywhere; a setting that a station adds gets the last one.
ICONS = {
    "resident-outside": ft.Icons.YARD_OUTLINED,
    "business-owner": ft.Icons.STOREFRONT_OUTLINED,
    "coffee-shop": ft.Icons.COFFEE_OUTLINED,
    "block-watch": ft.Icons.HOLIDAY_VILLAGE_OUTLINED,
    "community-group": ft.Icons.GROUPS_OUTLINED,
    "station-event": ft.Icons.LOCAL_POLICE_OUTLINED,
    "counter-report": ft.Icons.DESK_OUTLINED,
}
OTHER_ICON = ft.Icons.MORE_HORIZ


def setting_button(
    name: str,
    label: str,
    key: str,
    palette: Palette,
    on_tapped: Callable[[str], object],
    *,
    text_px: int,
    height_px: int | None,
) -> ft.Control:
    """A button that logs one contact of its setting; without a height it fills what it is given."""

    async def tapped() -> None:
        await on_tapped(name)  # type: ignore[misc]  # the action is a coroutine function

    return ft.Button(
        key=name,
        expand=True,
        height=height_px,
        on_click=tapped,
        style=ft.ButtonStyle(
            bgcolor=palette.surface,
            color=palette.text,
            elevation=0,
            padding=4,
            shape=ft.RoundedRectangleBorder(radius=CORNER_PX),
            side=ft.BorderSide(1, palette.quiet),
        ),
        content=ft.Column(
            alignment=ft.MainAxisAlignment.CENTER,
            horizontal_alignment=ft.CrossAxisAlignment.CENTER,
            spacing=6,
            controls=[
                ft.Row(
                    alignment=ft.MainAxisAlignment.CENTER,
                    controls=[
                        ft.Icon(ICONS.get(name, OTHER_ICON), color=palette.accent, size=36),
                        ft.Text(key, size=STRIP_TEXT, color=palette.quiet),
                    ],
                ),
                ft.Text(
                    label,
                    size=text_px,
                    weight=ft.FontWeight.W_500,
                    text_align=ft.TextAlign.CENTER,
                    style=ft.TextStyle(height=1.15),
                ),
            ],
        ),
    )
