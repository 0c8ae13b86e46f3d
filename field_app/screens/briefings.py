"""Briefings: those for the person, what is to be read first; and one of them, with the button that says it was read."""

from collections.abc import Callable

import flet as ft

from field_app.actions import Actions
from field_app.briefing_words import origin_words, state_words
from field_app.briefings import Briefing, unread
from field_app.guards import guarded
from field_app.state import AppState
from field_app.theme import BAR_PX, BODY_TEXT, LABEL_TEXT, PALETTES, STRIP_TEXT, Palette
from field_app.widgets.briefing_text import briefing_text
from sync.reference import Reference

_TEXT_PX_MAX = 720


@guarded
def BriefingsScreen(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """The list."""
    palette, view = PALETTES[state.light], state.view
    rows = [
        _row(each, state_words(each, view.today, reference.zone), palette, actions.briefings.open, state=state)
        for each in view.briefings
    ]
    return ft.Column(
        expand=True,
        controls=[
            ft.Container(
                height=None if state.is_large else BAR_PX,
                alignment=ft.Alignment.CENTER_LEFT,
                content=ft.Text(count_words(view.briefings), size=BODY_TEXT, color=palette.text),
            ),
            ft.ListView(expand=True, controls=rows),
        ],
    )


@guarded
def BriefingScreen(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """One briefing; the buttons come after its last line."""
    palette, briefing = PALETTES[state.light], state.reading
    if briefing is None:
        return ft.Text("")
    words = state_words(briefing, state.view.today, reference.zone)
    colour = _colour(briefing, state, palette)
    buttons: list[ft.Control] = [
        ft.OutlinedButton("Back", key="back", height=56, on_click=actions.briefings.leave),
    ]
    if briefing.is_unread:
        read = ft.FilledButton("I have read this", key="read", height=56, on_click=actions.briefings.acknowledge)
        buttons.insert(0, read)
    return ft.ListView(
        expand=True,
        spacing=12,
        padding=ft.Padding.symmetric(vertical=16),
        controls=[
            ft.Text(briefing.news.title, size=LABEL_TEXT, weight=ft.FontWeight.W_600, color=palette.text),
            ft.Text(words, size=BODY_TEXT, color=colour),
            ft.Text(origin_words(briefing, reference.zone), size=STRIP_TEXT, color=palette.quiet),
            ft.Container(
                alignment=ft.Alignment.TOP_LEFT,
                content=ft.Container(
                    width=None if state.is_large else _TEXT_PX_MAX,
                    content=briefing_text(briefing.news.text, palette),
                ),
            ),
            ft.Row(wrap=True, spacing=16, run_spacing=12, controls=buttons),
        ],
    )


def count_words(briefings: tuple[Briefing, ...]) -> str:
    """How many there are, and how many are to be read."""
    if not briefings:
        return "No briefings for you."
    count = unread(briefings)
    if not count:
        return "You have read all briefings."
    return "1 briefing to read" if count == 1 else f"{count} briefings to read"


def _colour(briefing: Briefing, state: AppState, palette: Palette) -> str:
    if not briefing.is_unread:
        return palette.ok
    return palette.attention if briefing.is_overdue(state.view.today) else palette.text


def _row(
    briefing: Briefing, words: str, palette: Palette, on_open: Callable[[str], object], *, state: AppState
) -> ft.Control:
    colour = _colour(briefing, state, palette)
    icon = ft.Icons.MARK_EMAIL_UNREAD_OUTLINED if briefing.is_unread else ft.Icons.CHECK

    def opened() -> None:
        on_open(briefing.id)

    return ft.Container(
        key=briefing.id,
        padding=ft.Padding.symmetric(vertical=8),
        border=ft.Border(bottom=ft.BorderSide(1, palette.surface)),
        content=ft.Row(
            controls=[
                ft.Icon(icon, color=colour, size=24),
                ft.Column(
                    expand=True,
                    spacing=0,
                    controls=[
                        ft.Text(briefing.news.title, size=BODY_TEXT, weight=ft.FontWeight.W_500, color=palette.text),
                        ft.Text(words, size=STRIP_TEXT, color=colour),
                    ],
                ),
                ft.TextButton("Open", height=48, on_click=opened),
            ],
        ),
    )
