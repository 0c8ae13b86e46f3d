"""PIN forgotten: a new one, allowed by somebody else's PIN or by the station's recovery code; and the files for the station."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

import flet as ft

from field_app.forgotten import NewPin
from field_app.forgotten_actions import ForgottenActions
from field_app.guards import guarded
from field_app.theme import BODY_TEXT, LABEL_TEXT, PALETTES, Light
from field_app.widgets.events import typed_in
from field_app.widgets.identity_fields import number_field, pin_field
from field_app.widgets.segments import segments

WIDTH_PX = 320


class By(StrEnum):
    """What allows a new PIN."""

    SOMEBODY = "Somebody's PIN"
    STATION = "Recovery code"


HELP_WORDS = {
    By.SOMEBODY: "Nothing that was logged is lost. Anybody with a PIN on this device lets you set a new one.",
    By.STATION: "Nobody here has a PIN any more: save the keys, let an administrator at the station make a recovery code "
    "of them (Devices, Rescue), and type it here. All other PINs on this device end with that.",
}


@guarded
def ForgottenScreen(said: str | None, actions: ForgottenActions, *, is_busy: bool) -> ft.Control:  # noqa: N802 - a component
    """Whose PIN, the new one twice, what allows it, one button; `said` is what came of the last tap."""
    palette = PALETTES[Light.DAY]
    by, set_by = ft.use_state(By.SOMEBODY.value)
    number, set_number = ft.use_state("")
    pin, set_pin = ft.use_state("")
    again, set_again = ft.use_state("")
    other, set_other = ft.use_state("")
    other_pin, set_other_pin = ft.use_state("")
    code, set_code = ft.use_state("")
    is_code = by == By.STATION

    async def go() -> None:
        for forget in (set_pin, set_again, set_other_pin):
            forget("")
        await actions.set_pin(NewPin(number, pin, again, other, other_pin, code if is_code else None))

    def text(words: str) -> ft.Control:
        return ft.Text(words, size=BODY_TEXT, width=WIDTH_PX, color=palette.text)

    form = ft.Column(
        scroll=ft.ScrollMode.AUTO,
        spacing=16,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        controls=[
            ft.Text("PIN forgotten", size=28, color=palette.text),
            segments({each.value: each.value for each in By}, by, set_by),
            text(HELP_WORDS[By(by)]),
            *([] if said is None else [text(said)]),
            *([_button("Save the keys", "save-keys", actions.save_keys, is_busy=is_busy)] if is_code else []),
            number_field(number, set_number, go),
            pin_field("New PIN", pin, set_pin, go),
            pin_field("New PIN again", again, set_again, go),
            *(
                [_code_field(code, set_code, go)]
                if is_code
                else _somebody(other, set_other, other_pin, set_other_pin, go)
            ),
            ft.FilledButton("Set the PIN", key="set-pin", height=56, width=WIDTH_PX, disabled=is_busy, on_click=go),
            *(
                [_button("Save all for the station", "save-rescue", actions.save_rescue, is_busy=is_busy)]
                if is_code
                else []
            ),
            ft.TextButton("Back", key="leave", height=56, width=WIDTH_PX, on_click=actions.back),
        ],
    )
    return ft.Container(
        expand=True, bgcolor=palette.background, alignment=ft.Alignment.TOP_CENTER, padding=24, content=form
    )


def _somebody(
    other: str,
    set_other: Callable[[str], object],
    pin: str,
    set_pin: Callable[[str], object],
    go: Callable[[], Awaitable[None]],
) -> list[ft.Control]:
    return [number_field(other, set_other, go, "Somebody's number"), pin_field("Somebody's PIN", pin, set_pin, go)]


def _code_field(code: str, set_code: Callable[[str], object], go: Callable[[], Awaitable[None]]) -> ft.Control:
    return ft.TextField(
        label="Recovery code",
        value=code,
        width=WIDTH_PX,
        text_size=LABEL_TEXT,
        autocorrect=False,
        enable_suggestions=False,
        multiline=True,
        on_change=lambda event: set_code(typed_in(event)),
        on_submit=go,
    )


def _button(words: str, key: str, on_click: Callable[[], Awaitable[None]], *, is_busy: bool) -> ft.Control:
    return ft.OutlinedButton(words, key=key, height=56, width=WIDTH_PX, disabled=is_busy, on_click=on_click)
