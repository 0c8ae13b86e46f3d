"""The strip on every screen: who, unit, watch; the lamp; how much is ready to send, and how old the oldest is."""

from collections.abc import Callable

import flet as ft

from field_app.state import Lamp
from field_app.theme import STRIP_PX, STRIP_TEXT, Palette
from field_app.view import View
from field_app.widgets.kept import kept
from sync.verdicts import State

_LAMP_ICONS = {
    Lamp.NOT_ENROLLED: ft.Icons.LINK_OFF,
    Lamp.LOOKING: ft.Icons.WIFI_FIND,
    Lamp.REACHABLE: ft.Icons.CHECK_CIRCLE_OUTLINE,
    Lamp.NOT_REACHABLE: ft.Icons.WIFI_OFF,
    Lamp.REFUSED: ft.Icons.BLOCK,
}


def strip(
    view: View,
    lamp: Lamp,
    watch_label: str,
    palette: Palette,
    on_line_px: Callable[[float], None],
    *,
    progress: tuple[int, int] | None,
    is_narrow: bool,
    is_large: bool,
) -> ft.Control:
    """The strip. Words and icons carry the meaning; colour only repeats it. It tells how high a line of its text is.

    `progress` is how many records of how many the station has received, while they are sent.
    """
    shift = view.shift
    who = "Not signed on" if shift is None else " · ".join(filter(None, [shift.person, shift.unit, watch_label]))
    if is_narrow and shift is not None:
        who = " · ".join(filter(None, [shift.person, shift.unit]))

    def first() -> ft.Control:
        words = _words(who, palette.text)
        words.on_size_change = lambda event: on_line_px(event.height)
        return words

    return ft.Container(
        height=None if is_large else STRIP_PX,
        padding=ft.Padding.symmetric(horizontal=12, vertical=4 if is_large else 0),
        bgcolor=palette.surface,
        content=ft.Row(
            wrap=is_large,
            alignment=ft.MainAxisAlignment.SPACE_BETWEEN,
            controls=[
                kept(first, (who, palette)),
                kept(lambda: _lamp(lamp, palette, is_narrow=is_narrow), (lamp, palette, is_narrow)),
                _words(_waiting(view, progress), palette.text),
            ],
        ),
    )


def _lamp(lamp: Lamp, palette: Palette, *, is_narrow: bool) -> ft.Control:
    colour = palette.ok if lamp in {Lamp.REACHABLE, Lamp.LOOKING} else palette.attention
    icon = ft.Icon(_LAMP_ICONS[lamp], color=colour, size=18, semantics_label=lamp if is_narrow else None)
    return ft.Row(spacing=6, tight=True, controls=[icon, *([] if is_narrow else [_words(lamp, colour)])])


def _waiting(view: View, progress: tuple[int, int] | None) -> str:
    if progress is not None:
        return f"{progress[0]:,} of {progress[1]:,} received"
    ready = view.count(State.READY_TO_SEND)
    minutes = view.oldest_ready_minutes
    if minutes is None:
        return "Nothing to send"
    count = f" {ready}" if ready else ""  # a withdrawal or a card count may wait alone
    return f"Ready to send{count} ({minutes // 60}:{minutes % 60:02d})"


def _words(text: str, colour: str) -> ft.Text:
    return ft.Text(text, size=STRIP_TEXT, color=colour, weight=ft.FontWeight.W_500, no_wrap=True)
