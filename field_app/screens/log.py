"""Quick log: eight buttons, and what the next contact will carry."""

import flet as ft

from field_app.actions import Actions
from field_app.guards import guarded
from field_app.state import LogValues
from field_app.theme import (
    BAR_PX,
    BODY_TEXT,
    BUTTON_PX_LARGE,
    BUTTON_PX_LARGE_PHONE,
    BUTTON_PX_LOW_PHONE,
    BUTTON_PX_MIN,
    GAP_PX,
    GAP_PX_PHONE,
    LABEL_TEXT,
    LABEL_TEXT_PHONE,
    PALETTES,
    Palette,
)
from field_app.widgets.choice import choice
from field_app.widgets.events import chosen_in, typed_in
from field_app.widgets.setting_button import setting_button
from sync.limits import CODE_CHARACTERS_MAX
from sync.records import Source
from sync.reference import Reference

_SOURCE_WORDS = {Source.OBS: "Obs", Source.CALL: "Call", Source.COUNTER: "Counter"}


@guarded
def LogScreen(values: LogValues, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """Two rows of four on a tablet, four rows of two on a phone or upright.

    It takes values, not the state: a tap changes none of them, so these many controls are not drawn and compared again.
    """
    palette = PALETTES[values.light]
    scrolls = values.is_low or values.is_large
    across = 2 if values.is_narrow or values.is_upright else 4
    if values.is_narrow and values.is_large:
        across = 1
    gap = GAP_PX_PHONE if values.is_narrow else GAP_PX
    text_px = LABEL_TEXT_PHONE if values.is_narrow else LABEL_TEXT
    height_px = _button_px(values)
    buttons = [
        setting_button(item.name, item.label, f"F{number}", palette, actions.tap, text_px=text_px, height_px=height_px)
        for number, item in enumerate(reference.settings.values(), start=1)
    ]
    rows = [buttons[start : start + across] for start in range(0, len(buttons), across)]
    return ft.Column(
        expand=True,
        spacing=gap,
        scroll=ft.ScrollMode.AUTO if scrolls else None,
        controls=[
            _context(values, actions, palette, reference),
            *(
                ft.Row(
                    expand=not scrolls,
                    spacing=gap,
                    vertical_alignment=ft.CrossAxisAlignment.CENTER if scrolls else ft.CrossAxisAlignment.STRETCH,
                    controls=list(row),
                )
                for row in rows
            ),
        ],
    )


def _button_px(values: LogValues) -> int | None:
    if values.is_large:
        return BUTTON_PX_LARGE_PHONE if values.is_narrow else BUTTON_PX_LARGE
    if values.is_narrow:
        return BUTTON_PX_LOW_PHONE if values.is_low else None
    return BUTTON_PX_MIN


def _context(values: LogValues, actions: Actions, palette: Palette, reference: Reference) -> ft.Control:
    sources = _sources(values, actions, palette)
    details = ft.Row(
        spacing=12,
        expand=values.is_narrow,
        controls=[_tag(values, actions, palette), _rds(values, actions, reference)],
    )
    if values.is_large:
        return ft.Row(wrap=True, spacing=12, run_spacing=12, controls=[sources, *details.controls])
    if values.is_narrow:
        return ft.Column(spacing=8, controls=[sources, ft.Row(height=BAR_PX, controls=[details])])
    return ft.Container(height=BAR_PX, content=ft.Row(spacing=12, controls=[sources, details]))


def _sources(values: LogValues, actions: Actions, palette: Palette) -> ft.Control:
    def chosen(event: ft.Event[ft.SegmentedButton]) -> None:
        actions.choose_source(Source(chosen_in(event)))

    return ft.SegmentedButton(
        selected=[values.source.value],
        show_selected_icon=False,
        on_change=chosen,
        style=ft.ButtonStyle(color=palette.text, padding=8),
        segments=[ft.Segment(value=source.value, label=ft.Text(words)) for source, words in _SOURCE_WORDS.items()],
    )


def _tag(values: LogValues, actions: Actions, palette: Palette) -> ft.Control:
    def typed(event: ft.Event[ft.TextField]) -> None:
        actions.write_tag(typed_in(event))

    return ft.TextField(
        label="Tag",
        value=values.tag,
        width=110,
        border=ft.OutlineInputBorder(side=ft.BorderSide(1, palette.quiet)),
        text_size=BODY_TEXT,
        color=palette.text,
        max_length=None,
        input_filter=ft.InputFilter(rf"^[0-9A-Za-z]{{0,{CODE_CHARACTERS_MAX}}}$"),
        on_change=typed,
        on_focus=lambda: actions.note_typing(is_typing=True),
        on_blur=lambda: actions.note_typing(is_typing=False),
    )


def _rds(values: LogValues, actions: Actions, reference: Reference) -> ft.Control:
    def chosen(rd: str) -> None:
        actions.choose_rd(rd or None)

    options = {"": "No RD"} | {rd: f"{rd} {area}" for area, rds in reference.areas.items() for rd in rds}
    return choice("RD", options, values.rd or "", chosen, width=220 if values.is_narrow else 260)
