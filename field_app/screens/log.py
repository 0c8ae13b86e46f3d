"""Quick log: eight buttons, and what the next contact will carry."""

import flet as ft

from field_app.actions import Actions
from field_app.guards import guarded
from field_app.state import AppState
from field_app.theme import BAR_PX, BODY_TEXT, GAP_PX, GAP_PX_PHONE, PALETTES, Palette
from field_app.widgets.choice import choice
from field_app.widgets.events import chosen_in, typed_in
from field_app.widgets.setting_button import setting_button
from sync.limits import CODE_CHARACTERS_MAX
from sync.records import Source
from sync.reference import Reference

_SOURCE_WORDS = {Source.OBS: "Obs", Source.CALL: "Call", Source.COUNTER: "Counter"}


@guarded
def LogScreen(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """Two rows of four on a tablet, four rows of two on a phone or upright."""
    palette = PALETTES[state.light]
    across = 2 if state.is_narrow or state.is_upright else 4
    gap = GAP_PX_PHONE if state.is_narrow else GAP_PX
    buttons = [
        setting_button(item.name, item.label, f"F{number}", palette, actions.tap, is_narrow=state.is_narrow)
        for number, item in enumerate(reference.settings.values(), start=1)
    ]
    rows = [buttons[start : start + across] for start in range(0, len(buttons), across)]
    return ft.Column(
        expand=True,
        spacing=gap,
        controls=[
            _context(state, palette, reference),
            *(
                ft.Row(expand=True, spacing=gap, vertical_alignment=ft.CrossAxisAlignment.STRETCH, controls=list(row))
                for row in rows
            ),
        ],
    )


def _context(state: AppState, palette: Palette, reference: Reference) -> ft.Control:
    sources = _sources(state, palette)
    details = ft.Row(spacing=12, expand=state.is_narrow, controls=[_tag(state, palette), _rds(state, reference)])
    if state.is_narrow:
        return ft.Column(spacing=8, controls=[sources, ft.Row(height=BAR_PX, controls=[details])])
    return ft.Container(height=BAR_PX, content=ft.Row(spacing=12, controls=[sources, details]))


def _sources(state: AppState, palette: Palette) -> ft.Control:
    def chosen(event: ft.Event[ft.SegmentedButton]) -> None:
        state.source = Source(chosen_in(event))

    return ft.SegmentedButton(
        selected=[state.source.value],
        show_selected_icon=False,
        on_change=chosen,
        style=ft.ButtonStyle(color=palette.text, padding=8),
        segments=[ft.Segment(value=source.value, label=ft.Text(words)) for source, words in _SOURCE_WORDS.items()],
    )


def _tag(state: AppState, palette: Palette) -> ft.Control:
    def typed(event: ft.Event[ft.TextField]) -> None:
        state.tag = typed_in(event)

    return ft.TextField(
        label="Tag",
        value=state.tag,
        width=110,
        border=ft.OutlineInputBorder(side=ft.BorderSide(1, palette.quiet)),
        text_size=BODY_TEXT,
        color=palette.text,
        max_length=None,
        input_filter=ft.InputFilter(rf"^[0-9A-Za-z]{{0,{CODE_CHARACTERS_MAX}}}$"),
        on_change=typed,
        on_focus=lambda: _typing(state, is_typing=True),
        on_blur=lambda: _typing(state, is_typing=False),
    )


def _rds(state: AppState, reference: Reference) -> ft.Control:
    def chosen(rd: str) -> None:
        state.rd = rd or None

    options = {"": "No RD"} | {rd: f"{rd} {area}" for area, rds in reference.areas.items() for rd in rds}
    return choice("RD", options, state.rd or "", chosen, width=220 if state.is_narrow else 260)


def _typing(state: AppState, *, is_typing: bool) -> None:
    state.is_typing = is_typing
