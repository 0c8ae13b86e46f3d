"""One contact in a list: time, setting, what is missing, its state."""

from collections.abc import Callable

import flet as ft

from field_app.entries import Entry
from field_app.guards import guarded
from field_app.theme import BODY_TEXT, STRIP_TEXT, Palette
from sync.rules import Flag
from sync.verdicts import STATE_WORDS, State

ROW_PX = 72
_STATE_ICONS = {
    State.READY_TO_SEND: ft.Icons.CIRCLE,
    State.SENT: ft.Icons.CHECK,
    State.NEEDS_ATTENTION: ft.Icons.WARNING_AMBER,
}
_MISSING_WORDS = {Flag.TAG_MISSING: "tag missing", Flag.RD_MISSING: "RD missing"}
# The whole sentence is on the page that changes the contact.
_CUT = ft.TextOverflow.ELLIPSIS


@ft.memo  # type: ignore[untyped-decorator]  # Flet has no types for it
@guarded
def ContactRow(  # noqa: N802 - a component is named like a class
    entry: Entry, at: str, label: str, palette: Palette, on_change: Callable[[str], object] | None, *, is_large: bool
) -> ft.Control:
    """A row; skipped in a re-render while its values are the same."""
    contact = entry.contact
    colours = {State.READY_TO_SEND: palette.text, State.SENT: palette.ok, State.NEEDS_ATTENTION: palette.attention}

    def change() -> None:
        if on_change is not None:
            on_change(contact.id)

    buttons = [ft.TextButton("Change", height=48, on_click=change)] if on_change is not None else []
    return ft.Container(
        height=None if is_large else ROW_PX,
        padding=ft.Padding.symmetric(horizontal=16, vertical=8 if is_large else 0),
        border=ft.Border(bottom=ft.BorderSide(1, palette.surface)),
        content=ft.Row(
            wrap=is_large,
            controls=[
                ft.Text(at, size=BODY_TEXT, color=palette.text, width=None if is_large else 56),
                _words(entry, label, palette, is_large=is_large),
                ft.Icon(_STATE_ICONS[entry.state], color=colours[entry.state], size=16),
                ft.Text(STATE_WORDS[entry.state], size=STRIP_TEXT, color=colours[entry.state]),
                *buttons,
            ],
        ),
    )


def _words(entry: Entry, label: str, palette: Palette, *, is_large: bool) -> ft.Control:
    """What a contact says, what it lacks, and why it was returned."""
    contact = entry.contact
    facts = [
        f"RD {contact.rd}" if contact.rd else "",
        contact.source.value + (f" {contact.tag}" if contact.tag else ""),
        f"{contact.people} people" if contact.people > 1 else "",
        *(_MISSING_WORDS[flag] for flag in entry.missing),
        "" if entry.is_returned else entry.reason or "",
    ]
    lines = 1 if entry.is_returned else 2
    shown = [
        ft.Text(label, size=BODY_TEXT, color=palette.text, weight=ft.FontWeight.W_500),
        ft.Text(
            " · ".join(filter(None, facts)),
            size=STRIP_TEXT,
            color=palette.quiet,
            max_lines=None if is_large else lines,
        ),
    ]
    if entry.is_returned:
        few = None if is_large else 1
        shown.append(
            ft.Text(entry.reason or "", size=STRIP_TEXT, color=palette.attention, max_lines=few, overflow=_CUT)
        )
    return ft.Column(
        expand=not is_large or None, spacing=0, alignment=ft.MainAxisAlignment.CENTER, controls=list[ft.Control](shown)
    )
