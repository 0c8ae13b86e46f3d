"""What an event says was typed or chosen.

The event's own data, never the control's value: if the screen is drawn anew between the finger and the handler, the
control is already another one, with the old value.
"""

import flet as ft


def typed_in(event: ft.Event[ft.TextField] | ft.Event[ft.Dropdown]) -> str:
    """The text of a field after a change, or the key of what was picked from a list."""
    return str(event.data or "")


def chosen_in(event: ft.Event[ft.SegmentedButton]) -> str:
    """The one segment that is chosen now; Flet sends a list."""
    (chosen,) = event.data or [""]
    return str(chosen)
