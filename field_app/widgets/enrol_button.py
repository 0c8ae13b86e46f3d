"""The quiet button that leads to enrolling, while there is reason to."""

from collections.abc import Callable

import flet as ft


def enrol_buttons(words: str | None, go: Callable[[], None]) -> list[ft.Control]:
    """The button with these words, or nothing."""
    return [] if words is None else [ft.TextButton(words, key="to-enrol", height=48, on_click=go)]
