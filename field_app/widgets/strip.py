"""The strip on every screen: who, unit, watch; the lamp; how much is ready to send, and how old the oldest is."""

import flet as ft

from field_app.state import Lamp
from field_app.theme import STRIP_PX, STRIP_TEXT, Palette
from field_app.view import View
from sync.verdicts import State

_LAMP_ICONS = {
    Lamp.NOT_ENROLLED: ft.Icons.LINK_OFF,
    Lamp.LOOKING: ft.Icons.WIFI_FIND,
    Lamp.REACHABLE: ft.Icons.CHECK_CIRCLE_OUTLINE,
    Lamp.NOT_REACHABLE: ft.Icons.WIFI_OFF,
    Lamp.REFUSED: ft.Icons.BLOCK,
}


def strip(view: View, lamp: Lamp, watch_label: str, palette: Palette, *, is_narrow: bool) -> ft.Control:
    """The strip. Words and icons carry the meaning; colour only repeats it."""
    shift = view.shift
    who = "Not signed on" if shift is None else " · ".join(filter(None, [shift.person, shift.unit, watch_label]))
    if is_narrow and shift is not None:
        who = " · ".join(filter(None, [shift.person, shift.unit]))
    is_well = lamp in {Lamp.REACHABLE, Lamp.LOOKING}
    lamp_colour = palette.ok if is_well else palette.attention
    return ft.Container(
        height=STRIP_PX,
        padding=ft.Padding.symmetric(horizontal=12),
        bgcolor=palette.surface,
        content=ft.Row(
            alignment=ft.MainAxisAlignment.SPACE_BETWEEN,
            controls=[
                _words(who, palette.text),
                ft.Row(
                    spacing=6,
                    controls=[
                        ft.Icon(
                            _LAMP_ICONS[lamp], color=lamp_colour, size=18, semantics_label=lamp if is_narrow else None
                        ),
                        *([] if is_narrow else [_words(lamp, lamp_colour)]),
                    ],
                ),
                _words(_waiting(view), palette.text),
            ],
        ),
    )


def _waiting(view: View) -> str:
    ready = view.count(State.READY_TO_SEND)
    minutes = view.oldest_ready_minutes
    return "Nothing to send" if minutes is None else f"Ready to send {ready} ({minutes // 60}:{minutes % 60:02d})"


def _words(text: str, colour: str) -> ft.Text:
    return ft.Text(text, size=STRIP_TEXT, color=colour, weight=ft.FontWeight.W_500, no_wrap=True)
