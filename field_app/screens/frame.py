"""The frame around every screen: strip on top, the line after a tap, the bar at the bottom."""

from collections.abc import Callable

import flet as ft

from field_app.actions import Actions
from field_app.briefings import unread
from field_app.guards import guarded
from field_app.screens.briefings import BriefingScreen, BriefingsScreen
from field_app.screens.cards import CardsScreen
from field_app.screens.change import ChangeScreen
from field_app.screens.codes import CodesScreen
from field_app.screens.end_shift import EndShiftScreen
from field_app.screens.enrol import EnrolScreen
from field_app.screens.lists import OutboxScreen, ShiftScreen
from field_app.screens.log import LogScreen
from field_app.screens.sign_on import SignOnScreen
from field_app.screens.trouble import TroubleScreen
from field_app.state import AppState, Screen
from field_app.theme import BAR_PX, BODY_TEXT, LARGE_LINE_PX_MIN, PALETTES
from field_app.widgets.kept import kept
from field_app.widgets.strip import strip
from field_app.widgets.toast import toast_line
from sync.reference import Reference
from sync.verdicts import State

_BAR_ICONS = {
    Screen.LOG: ft.Icons.TOUCH_APP_OUTLINED,
    Screen.SHIFT: ft.Icons.LIST_ALT,
    Screen.OUTBOX: ft.Icons.OUTBOX_OUTLINED,
    Screen.BRIEFINGS: ft.Icons.CAMPAIGN_OUTLINED,
}

# The padding of a button beside its words, as so many letters.
_BAR_PADDING_LETTERS = 3
# What is asked in place of a screen, in the order of AppState.asking.
_ASKING = (ChangeScreen, EndShiftScreen, CardsScreen, BriefingScreen, CodesScreen)
_LISTS = {Screen.SHIFT: ShiftScreen, Screen.OUTBOX: OutboxScreen, Screen.BRIEFINGS: BriefingsScreen}


@guarded
def Frame(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """The whole window. It is drawn at every tap, so what a tap does not change is kept."""
    palette = PALETTES[state.light]
    shift, reference = state.view.shift, state.view.reference or reference
    ft.use_dialog(_advice(state))
    watch = None if shift is None else reference.watch_named(shift.watch)
    body = kept(
        lambda: ft.Container(
            expand=True,
            padding=ft.Padding.symmetric(horizontal=16),
            content=_body(state, actions, reference),
        ),
        (
            shift is None,
            state.asking(),
            state.screen,
            state.is_large,
            state.log_values(),
            state.is_enrolling,
            state.enrol_words(),
            reference,
        ),
    )
    trouble = state.problem or state.unread
    toast = kept(
        lambda: toast_line(state.toast, trouble, palette, actions.undo),
        (state.toast, trouble, palette),
    )
    bar = _bar(state, actions)

    def line_px(height: float) -> None:
        state.is_large = height >= LARGE_LINE_PX_MIN

    shape = {"is_narrow": state.is_narrow, "is_large": state.is_large}
    progress = (state.received, state.total) if state.is_sending else None
    top = strip(state.view, state.lamp, watch.label if watch else "", palette, line_px, progress=progress, **shape)
    if not state.is_open:  # all that is kept was asked for before
        return TroubleScreen(  # type: ignore[no-any-return]  # Flet has no types for a component
            trouble or "", palette, actions.refresh
        )
    return ft.Container(
        expand=True,
        bgcolor=palette.background,
        content=ft.Column(
            expand=True,
            spacing=8,
            horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
            controls=[top, body, toast, *([] if shift is None else [bar])],
        ),
    )


def _advice(state: AppState) -> ft.AlertDialog | None:
    def understood() -> None:
        state.advice = None

    if state.advice is None:
        return None
    return ft.AlertDialog(
        modal=True,
        title=ft.Text("Withdrawn: it was a stop"),
        content=ft.Text(state.advice, size=BODY_TEXT),
        actions=[ft.FilledButton("Understood", height=56, on_click=understood)],
    )


def _body(state: AppState, actions: Actions, reference: Reference) -> ft.Control:
    if state.is_enrolling:
        found = EnrolScreen(state, actions)
    elif state.view.shift is None:
        found = SignOnScreen(state, actions, reference)
    elif asked := [screen for screen, each in zip(_ASKING, state.asking(), strict=True) if each is not None]:
        found = asked[0](state, actions, reference)
    elif state.screen is Screen.LOG:
        found = LogScreen(state.log_values(), actions, reference)
    else:
        found = _LISTS[state.screen](state, actions, reference)
    return found  # type: ignore[no-any-return]  # Flet has no types for a component


def _bar(state: AppState, actions: Actions) -> ft.Control:
    palette = PALETTES[state.light]
    view = state.view
    words = {
        Screen.LOG: "Log",
        Screen.SHIFT: f"Shift {view.own_count}",
        Screen.OUTBOX: f"Outbox {view.count(State.READY_TO_SEND)}",
        Screen.BRIEFINGS: f"Briefings {unread(view.briefings)}",
    }

    def button(screen: Screen) -> ft.Control:
        def go() -> None:
            state.screen, state.editing, state.ending = screen, None, None
            state.cards, state.reading, state.is_enrolling = None, None, False
            actions.codes.leave()

        colour = palette.accent if screen is state.screen else palette.quiet
        icon = None if state.is_narrow else _BAR_ICONS[screen]
        share = _share(words[screen], state)
        return kept(
            lambda: _bar_button(words[screen], icon, colour, go, share=share),
            (words[screen], icon, colour, share),
        )

    brightness = None if state.is_narrow else ft.Icons.BRIGHTNESS_6_OUTLINED
    light = kept(
        lambda: _bar_button(state.light.capitalize(), brightness, palette.quiet, actions.turn_light),
        (state.light, brightness),
    )
    return ft.Container(
        height=None if state.is_large else BAR_PX,
        bgcolor=palette.surface,
        content=ft.Row(
            spacing=0,
            run_spacing=0,
            wrap=state.is_large,
            alignment=ft.MainAxisAlignment.SPACE_AROUND if state.is_large else ft.MainAxisAlignment.START,
            controls=[*(button(screen) for screen in Screen), light],
        ),
    )


def _share(words: str, state: AppState) -> int | None:
    """How much of the bar a button has: the same as the others; on a phone what its words need."""
    if state.is_large:
        return None  # even 0 would be a part of a row, which a wrapped row may not have
    return len(words) + _BAR_PADDING_LETTERS if state.is_narrow else 1


def _bar_button(
    words: str, icon: ft.IconData | None, colour: str, on_click: Callable[[], object], *, share: int | None = None
) -> ft.Control:
    return ft.TextButton(
        words,
        icon=icon,
        height=BAR_PX - 8,
        expand=share,
        on_click=on_click,
        style=ft.ButtonStyle(color=colour, icon_color=colour, padding=8),
    )
