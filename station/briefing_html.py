"""A briefing's Markdown as HTML that can do nothing: no script, no link, no picture, nothing from elsewhere. Pure."""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from sync.briefings import shown_safely

# Headings begin below the page's own, and no step is left out, or a screen reader would look for what is missing.
_HEADING_FIRST, _HEADING_LAST = 2, 6
_TAGS = {"p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li"} | {
    f"h{level}" for level in range(_HEADING_FIRST, _HEADING_LAST + 1)
}
_ATTRIBUTES = {"ol": {"start"}}
_UNSEEN = ("link", "image", "autolink", "html_inline", "html_block", "reference")


def briefing_html(text: str) -> Markup:
    """The HTML of a Markdown text. A link, a picture or HTML in it is read as it was typed."""
    reader = MarkdownIt("commonmark", {"html": False}).disable(list(_UNSEEN))
    tokens = reader.parse(shown_safely(text))
    _step_headings(tokens)
    html = reader.renderer.render(tokens, reader.options, {})
    # The parser lets nothing through; whoever changes it some day finds a second lock.
    return Markup(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None))  # noqa: S704 - just cleaned


def _step_headings(tokens: Sequence[Token]) -> None:
    """Give each heading the level below the one that it stands under."""
    above: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            while above and above[-1] >= token.tag:
                above.pop()
            above.append(token.tag)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(_HEADING_FIRST + len(above) - 1, _HEADING_LAST)}"
