"""Sign-on: number, role, watch and unit, with keys and big fields."""

import flet as ft

from field_app.actions import Actions
from field_app.guards import guarded
from field_app.state import AppState, SigningOn
from field_app.theme import LABEL_TEXT, PALETTES
from field_app.widgets.enrol_button import enrol_buttons
from field_app.widgets.events import typed_in
from field_app.widgets.identity_fields import number_field, pin_field
from field_app.widgets.segments import segments
from sync.records import Role
from sync.reference import Reference

# From then on a number that is not known here is a new one, and not half typed.
NUMBER_DIGITS = 6
_ROLE_WORDS = {Role.DEPUTY: "Deputy", Role.VOLUNTEER: "Volunteer", Role.DESK: "Desk"}


@guarded
def SignOnScreen(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """Who works, on which watch; the desk has no unit."""
    palette = PALETTES[state.light]
    number, set_number = ft.use_state("")
    unit, set_unit = ft.use_state("")
    chosen, set_watch = ft.use_state("")
    watch = chosen if chosen in reference.watches else next(iter(reference.watches))
    role, set_role = ft.use_state(Role.DEPUTY.value)

    pin, set_pin = ft.use_state("")
    again, set_again = ft.use_state("")
    pins = state.view.pins
    is_new = pins is not None and len(number) >= NUMBER_DIGITS and number not in pins

    async def sign_on() -> None:
        set_pin("")
        set_again("")
        typed = SigningOn(number, "" if role == Role.DESK else unit, watch, Role(role), pin, again)
        await actions.sign_on(typed)

    def enrol() -> None:
        state.is_enrolling = True

    form = ft.Column(
        scroll=ft.ScrollMode.AUTO,
        spacing=16,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        controls=[
            ft.Text("Sign on", size=28, color=palette.text),
            number_field(number, set_number, sign_on),
            segments({item.value: words for item, words in _ROLE_WORDS.items()}, role, set_role),
            segments({name: item.label for name, item in reference.watches.items()}, watch, set_watch),
            ft.TextField(
                label="Unit",
                value=unit,
                width=320,
                text_size=LABEL_TEXT,
                visible=role != Role.DESK,
                capitalization=ft.TextCapitalization.CHARACTERS,
                on_change=lambda event: set_unit(typed_in(event)),
                on_submit=sign_on,
            ),
            pin_field("New PIN" if is_new else "PIN", pin, set_pin, sign_on, is_shown=pins is not None),
            pin_field("New PIN again", again, set_again, sign_on, is_shown=is_new),
            ft.FilledButton("Sign on", key="sign-on", height=56, width=320, on_click=sign_on),
            *([ft.TextButton("PIN forgotten", key="forgotten", height=48, on_click=actions.forgot)] if pins else []),
            *enrol_buttons(state.enrol_words(), enrol),
        ],
    )
    return ft.Container(expand=True, alignment=ft.Alignment.TOP_CENTER, content=form)
