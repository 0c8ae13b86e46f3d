"""A briefing's text on the page: what a sergeant means is seen, and whatever else is typed there does nothing."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.briefing_html import briefing_html

ALLOWED = {"p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6"}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![pixel](http://evil.example/pixel.png)",
    "<http://evil.example>",
    "<a href='http://evil.example'>x</a>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<svg/onload=alert(1)>",
    "<!-- --><style>body{display:none}</style>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '<p style="position:fixed">x</p>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\\\[click](javascript:alert(1))",
    "<iframe srcdoc='<script>alert(1)</script>'>",
]


class Tags(HTMLParser):
    """The tags of a piece of HTML, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, attrs))


def is_harmless(html: str) -> bool:
    """Whether nothing is there but what shows text."""
    return all(tag in ALLOWED and all(name == "start" for name, _ in attrs) for tag, attrs in Tags(html).found)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_read_as_it_was_typed_and_does_nothing(attack: str) -> None:
    html = briefing_html(attack)
    assert is_harmless(html)
    assert "evil.example" not in re.sub(r">[^<]*<", "><", html)


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*ATTACKS, "*", "`", "\n", "#", "- ", "> "]), max_size=8).map("".join)
)
def test_whatever_is_typed_nothing_but_text_is_shown(text: str) -> None:
    assert is_harmless(briefing_html(text))


def test_what_markdown_is_for_is_shown() -> None:
    html = briefing_html("## When\n\n- **755** cards\n- *always*\n\n3. third\n\n> said")
    for part in ("<h2>When</h2>", "<strong>755</strong>", "<em>always</em>", '<ol start="3">', "<blockquote>"):
        assert part in html


def test_headings_go_down_by_one_step_whatever_was_typed() -> None:
    html = briefing_html("### a\n\n# b\n\n##### c\n\n## d\n\n### e")
    assert re.findall(r"<h(\d)>(\w)", html) == [("2", "a"), ("2", "b"), ("3", "c"), ("3", "d"), ("4", "e")]
