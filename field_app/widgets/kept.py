"""Controls that stay as they are while what they show stays the same."""

from collections.abc import Callable

import flet as ft


def kept(make: Callable[[], ft.Control], values: tuple[object, ...]) -> ft.Control:
    """The control made at the last drawing, if these values are the same; Flet neither makes nor compares it again.

    Call it in a component, always equally often and in the same order (it is a hook), and put the control in a list of
    controls: only there does Flet tell it of its new parent, without which its events would get lost.
    """
    return ft.use_memo(make, values)
