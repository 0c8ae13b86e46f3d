"""A briefing's text: Markdown in the colours of the light, in which no link leads anywhere and nothing is fetched."""

import flet as ft

from field_app.theme import BODY_TEXT, CORNER_PX, LABEL_TEXT, Palette
from sync.briefings import shown_safely


def briefing_text(text: str, palette: Palette) -> ft.Control:
    """The text as it is read; it grows with the person's text size and wraps."""
    plain = ft.TextStyle(size=BODY_TEXT, color=palette.text, height=1.4)
    heading = ft.TextStyle(size=LABEL_TEXT, color=palette.text, weight=ft.FontWeight.W_600, height=1.3)
    small = ft.TextStyle(size=BODY_TEXT, color=palette.text, weight=ft.FontWeight.W_600, height=1.3)
    box = ft.BoxDecoration(bgcolor=palette.surface, border_radius=ft.BorderRadius.all(CORNER_PX))
    return ft.Markdown(
        shown_safely(text),
        extension_set=ft.MarkdownExtensionSet.NONE,
        auto_follow_links=False,
        md_style_sheet=ft.MarkdownStyleSheet(
            p_text_style=plain,
            a_text_style=plain,
            h1_text_style=heading,
            h2_text_style=heading,
            h3_text_style=small,
            h4_text_style=small,
            h5_text_style=small,
            h6_text_style=small,
            strong_text_style=ft.TextStyle(weight=ft.FontWeight.W_700),
            blockquote_text_style=plain,
            list_bullet_text_style=plain,
            blockquote_decoration=box,
            horizontal_rule_decoration=ft.BoxDecoration(border=ft.Border(top=ft.BorderSide(1, palette.quiet))),
            block_spacing=12,
        ),
    )
