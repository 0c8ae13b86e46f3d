"""Colours, sizes and type (three themes), measured for contrast. Data for the screens."""

from dataclasses import dataclass
from enum import StrEnum

import flet as ft


class Light(StrEnum):
    """In what light the screen is read."""

    DAY = "day"
    NIGHT = "night"
    NIGHT_RED = "night red"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, by role."""

    background: str
    surface: str
    text: str
    quiet: str
    accent: str
    attention: str
    ok: str


PALETTES = {
    Light.DAY: Palette("#FFFFFF", "#EEF2EF", "#0B1210", "#47534D", "#0B5D3B", "#9A3B00", "#1B6E3C"),
    Light.NIGHT: Palette("#0E1411", "#1A231E", "#E6EDE9", "#9DB0A6", "#5BD69A", "#FFB066", "#7EE0A8"),
    Light.NIGHT_RED: Palette("#000000", "#140404", "#FF5A4D", "#E04A40", "#FF7A66", "#FF9A8A", "#FF5A4D"),
}

# Logical pixels. A gloved finger needs 20 mm and 6.35 mm between buttons (DOMAIN.md §3.4).
BUTTON_PX_MIN = 126
# Where the log screen scrolls: three lines of a label at 200 %, two in a phone's one column; and a finger's width.
BUTTON_PX_LARGE = 220
BUTTON_PX_LARGE_PHONE = 140
BUTTON_PX_LOW_PHONE = 96
GAP_PX = 40
GAP_PX_PHONE = 12
PHONE_PX_MAX = 600
STRIP_PX = 44
BAR_PX = 64
CORNER_PX = 12

STRIP_TEXT = 13
BODY_TEXT = 16
LABEL_TEXT = 20
LABEL_TEXT_PHONE = 16

# A line of the strip is 19 high at 100 %; from here on the screens wrap and scroll instead of holding their heights.
LARGE_LINE_PX_MIN = 23
# Below these heights eight buttons no longer fit above one another with room for a finger, so the log screen scrolls.
LOW_PX = 592
LOW_PX_PHONE = 612


# What Roboto lacks (assets/fonts/README.md). A browser's client falls back to Roboto for what this one lacks; a native
# one has the system's fonts for both, so there it is not named.
SCRIPTS = "Contact 755 Scripts"
SCRIPTS_FILE = "fonts/scripts.otf"


def theme_of(palette: Palette, *, is_browser: bool = False) -> ft.Theme:
    """Flet's theme for a palette."""
    return ft.Theme(
        font_family=SCRIPTS if is_browser else None,
        visual_density=ft.VisualDensity.STANDARD,
        scaffold_bgcolor=palette.background,
        color_scheme=ft.ColorScheme(
            primary=palette.accent,
            on_primary=palette.background,
            surface=palette.background,
            on_surface=palette.text,
            on_surface_variant=palette.quiet,
            error=palette.attention,
            on_error=palette.background,
            outline=palette.quiet,
            secondary_container=palette.surface,
            on_secondary_container=palette.text,
        ),
    )
