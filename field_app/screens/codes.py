"""A bundle as QR codes, one at a time and as large as the window allows, for somebody with a camera."""

import flet as ft

from field_app.actions import Actions
from field_app.guards import guarded
from field_app.state import AppState
from field_app.theme import BODY_TEXT, LABEL_TEXT, PALETTES
from sync.reference import Reference

_HINT = (
    "Photograph every code, each whole and sharp. The station takes the pictures in, all together. "
    "Until it has, everything stays ready to send."
)


@guarded
def CodesScreen(state: AppState, actions: Actions, _reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """The code, which one it is, and the buttons to the others and back."""
    palette, codes = PALETTES[state.light], state.codes
    if codes is None:
        return ft.Text("")
    words = f"Code {codes.number} of {codes.count}"

    async def before() -> None:
        await actions.codes.show(codes.number - 1)

    async def after() -> None:
        await actions.codes.show(codes.number + 1)

    def leave() -> None:
        actions.codes.leave()

    is_first, is_last = codes.number == 1, codes.number == codes.count
    return ft.Column(
        expand=True,
        spacing=8,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        controls=[
            ft.Text(words, size=LABEL_TEXT, color=palette.text),
            # In large letters it would leave no room for the code.
            *([] if state.is_large else [ft.Text(_HINT, size=BODY_TEXT, color=palette.quiet)]),
            # No smoothing: a camera reads hard edges.
            ft.Image(
                src=codes.picture,
                expand=True,
                fit=ft.BoxFit.CONTAIN,
                filter_quality=ft.FilterQuality.NONE,
                gapless_playback=True,
                semantics_label=words,
            ),
            ft.Row(
                wrap=True,
                alignment=ft.MainAxisAlignment.CENTER,
                controls=[
                    ft.OutlinedButton("Code before", height=56, disabled=is_first, on_click=before),
                    ft.FilledButton("Next code", height=56, disabled=is_last, on_click=after),
                    ft.OutlinedButton("Done", height=56, on_click=leave),
                ],
            ),
        ],
    )
