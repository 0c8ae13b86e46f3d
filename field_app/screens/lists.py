"""Shift and Outbox: the contacts, latest first, with their states."""

from collections.abc import Callable, Sequence

import flet as ft

from field_app.actions import Actions
from field_app.entries import Entry, counted
from field_app.guards import guarded
from field_app.moments import clock_text
from field_app.receipts import receipt_words
from field_app.state import AppState, Lamp
from field_app.theme import BAR_PX, BODY_TEXT, PALETTES, STRIP_TEXT
from field_app.widgets.contact_row import ROW_PX, ContactRow
from field_app.widgets.enrol_button import enrol_buttons
from sync.reference import Reference
from sync.verdicts import STATE_WORDS, State

# What to do when the station refuses the device: the app does not go on before somebody has done it.
REFUSED_WORDS = "Enrol again, or tap Send once the station has put it right."


@guarded
def ShiftScreen(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """The person's contacts of this shift, and those of earlier ones that were returned; each can be changed."""
    palette = PALETTES[state.light]

    def change(contact_id: str) -> None:
        found = (*state.view.returned, *state.view.own)
        state.editing = next((entry for entry in found if entry.contact.id == contact_id), None)

    on_change = ft.use_callback(change, [])
    count, listed = state.view.own_count, len(state.view.own)
    has_car = state.view.shift is not None and state.view.shift.unit is not None
    title = f"{count} contact{'' if count == 1 else 's'} in this shift"
    title += f"; the latest {listed} are listed" if listed < count else ""
    return ft.Column(
        expand=True,
        controls=[
            ft.Row(
                alignment=ft.MainAxisAlignment.SPACE_BETWEEN,
                height=None if state.is_large else BAR_PX,
                wrap=state.is_large,
                controls=[
                    ft.Text(title, size=BODY_TEXT, color=palette.text, expand=not state.is_large or None),
                    ft.Row(
                        wrap=state.is_large,
                        controls=[
                            *([ft.OutlinedButton("Cards", key="cards", on_click=actions.cards.ask)] if has_car else []),
                            ft.OutlinedButton("Sign off", on_click=actions.sign_off),
                        ],
                    ),
                ],
            ),
            *(ft.Text(line, size=BODY_TEXT, color=palette.attention) for line in state.view.returned_worksheets),
            _list(state, (*state.view.returned, *_returned_first(state.view.own)), reference, on_change),
        ],
    )


@guarded
def OutboxScreen(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """Ready to send, sent, needs attention; and the one button that sends."""
    palette = PALETTES[state.light]

    def enrol() -> None:
        state.is_enrolling = True

    counts = " · ".join(f"{words} {state.view.count(name)}" for name, words in STATE_WORDS.items())
    return ft.Column(
        expand=True,
        controls=[
            ft.Row(
                alignment=ft.MainAxisAlignment.SPACE_BETWEEN,
                height=None if state.is_large else BAR_PX,
                wrap=state.is_large,
                controls=[
                    ft.Text(counts, size=BODY_TEXT, color=palette.text, expand=not state.is_large or None),
                    ft.FilledButton("Send", key="send", height=56, disabled=state.is_sending, on_click=actions.send),
                ],
            ),
            ft.ProgressBar(
                visible=state.is_sending,
                value=state.received / state.total if state.received else None,  # until the first receipt it only moves
                color=palette.accent,
                semantics_label="Progress",
            ),
            *_how_it_stands(state, reference),
            *([] if state.is_sending else _ways_out(state, actions, enrol)),
            _list(state, state.view.outbox, reference, None),
        ],
    )


def _ways_out(state: AppState, actions: Actions, enrol: Callable[[], None]) -> list[ft.Control]:
    """What helps if sending does not: to enrol, and the way without a network, while something waits for one."""
    buttons = enrol_buttons(state.enrol_words(), enrol)
    if state.view.oldest_ready_minutes is not None and state.lamp is not Lamp.NOT_ENROLLED:
        buttons.append(ft.TextButton("Save to a file", key="save-file", height=48, on_click=actions.save_file))
        buttons.append(ft.TextButton("Show as codes", key="show-codes", height=48, on_click=actions.codes.ask))
    return [ft.Row(wrap=True, spacing=8, controls=buttons)] if buttons else []


def _how_it_stands(state: AppState, reference: Reference) -> list[ft.Control]:
    """What came of the last send, when the next one is, what a person should know, and the last receipt."""
    palette, view = PALETTES[state.light], state.view
    age = view.oldest_ready_minutes
    at = state.next_try_at
    news = state.news or ""
    waiting = view.count(State.READY_TO_SEND)
    is_stuck = not state.is_sending and state.lamp in {Lamp.REFUSED, Lamp.NOT_REACHABLE}
    loud = [
        news,
        *(notice for notice in view.notices if notice not in news),
        REFUSED_WORDS if is_stuck and state.lamp is Lamp.REFUSED else None,
        safe_words(waiting) if is_stuck and waiting else None,
    ]
    quiet = [
        age_words(age) if age else None,
        None if age is None or at is None else f"Trying again at {clock_text(at, reference.zone)}",
        f"Last: {receipt_words(view.receipts[0], reference.zone)}" if view.receipts else None,
    ]
    small: list[ft.Control] = [ft.Text(line, size=STRIP_TEXT, color=palette.quiet) for line in filter(None, quiet)]
    return [
        *(ft.Text(line, size=BODY_TEXT, color=palette.text) for line in filter(None, loud)),
        *([ft.Row(wrap=True, spacing=24, run_spacing=0, controls=small)] if small else []),
    ]


def age_words(minutes: int) -> str:
    """How old the oldest is that waits."""
    hours, rest = divmod(minutes, 60)
    return f"Oldest waiting {hours} h {rest} min" if hours else f"Oldest waiting {rest} min"


def safe_words(waiting: int) -> str:
    """What becomes of the contacts that cannot be sent now."""
    return f"{counted(waiting)} safe on this device."


def _at(state: AppState, entry: Entry, reference: Reference) -> str:
    """When it was: the hour, and the day too for a contact of an earlier shift, which was returned."""
    local = entry.contact.claimed_at.astimezone(reference.zone)
    return f"{local.day} {local:%b %H:%M}" if entry in state.view.returned else f"{local:%H:%M}"


def _returned_first(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: not entry.is_returned)


def _list(
    state: AppState, entries: Sequence[Entry], reference: Reference, on_change: Callable[[str], object] | None
) -> ft.Control:
    palette = PALETTES[state.light]
    return ft.ListView(
        expand=True,
        item_extent=None if state.is_large else ROW_PX,
        controls=[
            ContactRow(
                entry,
                _at(state, entry, reference),
                reference.at(entry.contact.claimed_at).label_of(entry.contact.setting),
                palette,
                on_change,
                is_large=state.is_large,
                key=entry.contact.id,
            )
            for entry in entries
        ],
    )
