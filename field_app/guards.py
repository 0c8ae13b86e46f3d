"""Nothing that goes wrong in a screen or a handler may take the screen away from the deputy.

Flet 1.0 replaces the whole screen when a handler raises, and stops all updates silently when a component does.
"""

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Any

import flet as ft

from field_app.theme import BODY_TEXT

_LOG = logging.getLogger("contact755")
# A fault may pass, and a part that is drawn only when its values change would stay away with it: it is tried again after
# so many seconds, the last of them each time.
TRY_AGAIN_SECONDS = (1, 2, 5, 15, 60)
SAFE = "This part could not be shown. What you logged is safe."


def guarded(body: Callable[..., ft.Control]) -> Callable[..., Any]:
    """Use in place of ft.component: a fault shows one sentence instead of ending all updates."""

    @functools.wraps(body)
    def shown(*args: Any, **kwargs: Any) -> ft.Control:  # noqa: ANN401 - whatever the component takes
        tries, set_tries = ft.use_state(0)
        try:
            return body(*args, **kwargs)
        except Exception:  # noqa: BLE001 - whatever it is, the screen stays
            _LOG.exception("component %s", body.__name__)
            seconds = TRY_AGAIN_SECONDS[min(tries, len(TRY_AGAIN_SECONDS) - 1)]
            asyncio.get_running_loop().call_later(seconds, set_tries, tries + 1)
            return ft.Text(SAFE, size=BODY_TEXT, color=ft.Colors.ERROR)

    return ft.component(shown)


def keep_screen(page: ft.Page, on_fault: Callable[[str], None]) -> None:
    """Use first in main: a fault in a handler is told to `on_fault` instead of replacing the screen."""

    def tell(message: str) -> None:
        _LOG.error("handler: %s", message)
        on_fault(
            "Something went wrong in the app. What was logged is safe. See under Shift whether your last tap is there."
        )

    page.session.error = tell  # type: ignore[method-assign]  # Flet 1.0 has no hook for this
