"""Changing one contact: a correction keeps the original beside it, a withdrawal says why."""

from collections.abc import Callable

import flet as ft

from field_app.actions import Actions
from field_app.guards import guarded
from field_app.state import AppState
from field_app.theme import BODY_TEXT, LABEL_TEXT, PALETTES
from field_app.widgets.choice import choice
from field_app.widgets.events import typed_in
from sync.limits import CODE_CHARACTERS_MAX, NOTE_CHARACTERS_MAX
from sync.records import Contact, Source
from sync.reference import Reference
from sync.rules import STOP_REASON

_NUMBERS = {"people": "People", "cards": "Cards", "minutes": "Minutes"}
_NOTE = "Note (no names, plates or birth dates)"
_FIELD_PX = 150


@guarded
def ChangeScreen(state: AppState, actions: Actions, reference: Reference) -> ft.Control:  # noqa: N802 - a component
    """Everything that a contact says, as it was logged, to be corrected; and the ways to take it back."""
    palette = PALETTES[state.light]
    entry = state.editing
    contact = None if entry is None else entry.contact
    values, set_values = ft.use_state({} if contact is None else as_typed(contact))
    if entry is None or contact is None:
        return ft.Text("")

    def put(name: str) -> Callable[[str], None]:
        return lambda text: set_values(lambda before: {**before, name: text})

    return ft.Column(
        expand=True,
        scroll=ft.ScrollMode.AUTO,
        spacing=16,
        controls=[
            ft.Text("Change this contact", size=LABEL_TEXT, color=palette.text),
            *([ft.Text(entry.reason or "", size=BODY_TEXT, color=palette.attention)] if entry.is_returned else []),
            _fields(values, put, reference),
            _field(_NOTE, values["note"], put("note"), f"^.{{0,{NOTE_CHARACTERS_MAX}}}$", width=600),
            _buttons(state, actions, contact, values),
        ],
    )


def _fields(values: dict[str, str], put: Callable[[str], Callable[[str], None]], reference: Reference) -> ft.Control:
    settings = {item.name: item.label for item in reference.settings.values()}
    settings.setdefault(values["setting"], reference.label_of(values["setting"]))  # also one that is no longer offered
    sources = {source.value: source.value.capitalize() for source in Source}
    rds = {"": "No RD"} | {rd: f"{rd} {area}" for area, found in reference.areas.items() for rd in found}
    rds.setdefault(values["rd"], values["rd"])
    return ft.Row(
        wrap=True,
        controls=[
            choice("Setting", settings, values["setting"], put("setting"), width=260),
            choice("Source", sources, values["source"], put("source"), width=_FIELD_PX),
            choice("RD", rds, values["rd"], put("rd"), width=260),
            _field("Tag", values["tag"], put("tag"), rf"^[0-9A-Za-z]{{0,{CODE_CHARACTERS_MAX}}}$"),
            *(_field(label, values[name], put(name), "^[0-9]{0,4}$") for name, label in _NUMBERS.items()),
        ],
    )


def _buttons(state: AppState, actions: Actions, contact: Contact, values: dict[str, str]) -> ft.Control:
    async def save() -> None:
        await actions.correct(contact.id, changes_of(contact, values))

    async def withdraw() -> None:
        await actions.withdraw(contact.id, "mistake")

    async def was_stop() -> None:
        await actions.withdraw(contact.id, STOP_REASON)

    def back() -> None:
        state.editing = None

    return ft.Row(
        wrap=True,
        controls=[
            ft.FilledButton("Save", height=56, on_click=save),
            ft.OutlinedButton("Back", height=56, on_click=back),
            ft.OutlinedButton("Withdraw: a mistake", height=56, on_click=withdraw),
            ft.OutlinedButton("Withdraw: it was a stop", height=56, on_click=was_stop),
        ],
    )


def as_typed(contact: Contact) -> dict[str, str]:
    """A contact's values as a form shows them; what it lacks is empty."""
    names = ("setting", "source", "rd", "tag", "people", "cards", "minutes", "note")
    return {name: "" if getattr(contact, name) is None else str(getattr(contact, name)) for name in names}


def changes_of(contact: Contact, values: dict[str, str]) -> dict[str, object]:
    """What a form changes in a contact. A new setting brings its own source, unless the source was changed too."""
    before = as_typed(contact)
    changed = {name: text.strip() for name, text in values.items() if text.strip() != before[name]}
    return {name: _value(name, text) for name, text in changed.items()}


def _value(name: str, text: str) -> object:
    if name == "source":
        return Source(text)
    if name in _NUMBERS:
        return int(text) if text else None
    return text or None


def _field(
    label: str, value: str, on_typed: Callable[[str], None], pattern: str, width: int = _FIELD_PX
) -> ft.TextField:
    return ft.TextField(
        label=label,
        value=value,
        width=width,
        text_size=BODY_TEXT,
        input_filter=ft.InputFilter(pattern),
        on_change=lambda event: on_typed(typed_in(event)),
    )
