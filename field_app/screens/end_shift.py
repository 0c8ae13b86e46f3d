"""The end of a shift: what is on the worksheet, what is not sent yet, and the PIN that signs."""

import flet as ft

from field_app.actions import Actions
from field_app.guards import guarded
from field_app.state import AppState
from field_app.theme import BODY_TEXT, LABEL_TEXT, PALETTES
from field_app.widgets.identity_fields import pin_field
from sync.reference import Reference
from sync.verdicts import State

_WIDTH_PX = 420
UNDER_WAY_WORDS = "Ending the shift. Tap Back to stay signed on."


@guarded
def EndShiftScreen(state: AppState, actions: Actions, _reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """Sign and end, end without, or go on; and Send first, while something is not sent."""
    palette = PALETTES[state.light]
    pin, set_pin = ft.use_state("")
    ending = state.ending
    if ending is None:
        return ft.Text("")
    unsent, is_off = state.view.count(State.READY_TO_SEND), ending.is_under_way

    async def sign() -> None:
        set_pin("")
        await actions.end_shift(pin)

    async def end() -> None:
        await actions.end_shift(None)

    def text(words: str) -> ft.Control:
        return ft.Text(words, size=BODY_TEXT, width=_WIDTH_PX, color=palette.text)

    sign_words = "Sign and end the shift" if ending.needs_pin else "Confirm and end the shift"
    end_words = "End without signing" if ending.needs_pin else "End without confirming"
    form = ft.Column(
        scroll=ft.ScrollMode.AUTO,
        spacing=16,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        controls=[
            ft.Text("End of the shift", size=LABEL_TEXT, color=palette.text),
            *([text(unsent_words(unsent, is_sealed=ending.needs_pin))] if unsent else []),
            *(
                [_button("Send first", actions.send, is_first=True, is_off=is_off or state.is_sending)]
                if unsent
                else []
            ),
            *([text(state.news)] if unsent and state.news else []),
            text(worksheet_words(ending.contacts, ending.worksheets, needs_pin=ending.needs_pin)),
            pin_field("PIN", pin, set_pin, sign, is_shown=ending.needs_pin and ending.worksheets > 0),
            *([_button(sign_words, sign, is_first=not unsent, is_off=is_off)] if ending.worksheets else []),
            _button(end_words if ending.worksheets else "End the shift", end, is_off=is_off),
            *([text(UNDER_WAY_WORDS)] if is_off else []),
            _button("Back", actions.go_on),
        ],
    )
    return ft.Container(expand=True, padding=ft.Padding.only(top=16), alignment=ft.Alignment.TOP_CENTER, content=form)


def unsent_words(contacts: int, *, is_sealed: bool) -> str:
    """What happens to contacts that are not sent when a shift ends."""
    is_one = contacts == 1
    count = "1 contact is" if is_one else f"{contacts} contacts are"
    stay, go = ("It stays", "goes") if is_one else ("They stay", "go")
    sealed = " sealed" if is_sealed else ""
    return f"{count} not sent yet. {stay}{sealed} on this device and {go} with the next send. Nothing is deleted."


def worksheet_words(contacts: int, worksheets: int, *, needs_pin: bool) -> str:
    """What is signed: the worksheets that this shift has changed."""
    if not worksheets:
        return "No contact stands on a worksheet that this shift has changed, so there is none to sign."
    count = {0: "no contact any more", 1: "1 contact"}.get(contacts, f"{contacts} contacts")
    own, it = ("Your worksheet has", "it") if worksheets == 1 else (f"Your {worksheets} worksheets have", "them")
    return f"{own} {count}." + (f" Your PIN signs {it}." if needs_pin else "")


def _button(words: str, on_click: object, *, is_first: bool = False, is_off: bool = False) -> ft.Control:
    kind = ft.FilledButton if is_first else ft.OutlinedButton
    return kind(words, height=56, width=_WIDTH_PX, disabled=is_off, on_click=on_click)  # type: ignore[arg-type]  # Flet's own union of handlers
