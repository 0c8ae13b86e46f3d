"""Briefings on their way to a device: nothing of them changes, and in their text no link, picture or HTML can begin."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from examples import BRIEFING
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sync.briefings import briefing_from_json, briefing_to_json, round_on, shown_safely
from sync.canonical import JsonObject

DAYS = st.lists(st.dates(date(2026, 1, 1), date(2028, 1, 1)), min_size=1, max_size=53, unique=True).map(sorted)


def test_members_of_a_newer_station_are_passed_over() -> None:
    assert briefing_from_json({**briefing_to_json(BRIEFING), "mood": [1]}) == BRIEFING


@pytest.mark.parametrize(
    "changes",
    [
        {"due": []},
        {"due": ["2026-12-25", "2026-11-25"]},
        {"due": ["2026-11-25"] * 2},
        {"due": "2026-11-25"},
        {"watches": "day"},
        {"edition": 0},
        {"text": ""},
        {"text": "turned \u202e round"},
        {"title": "two\nlines"},
    ],
    ids=str,
)
def test_what_is_no_briefing_is_refused(changes: JsonObject) -> None:
    with pytest.raises(ValueError, match="must"):
        briefing_from_json({**briefing_to_json(BRIEFING), **changes})


@given(DAYS, st.dates(date(2026, 1, 1), date(2028, 1, 1)))
def test_the_next_due_day_counts_and_after_all_of_them_the_last(due: list[date], day: date) -> None:
    found = round_on(due, day)
    assert found in due
    later = [each for each in due if each >= day]
    assert found == (later[0] if later else due[-1])
    assert round_on(due, found) == found
    assert found == due[-1] or found + timedelta(days=1) > day


def inside(tokens: list[Token]) -> Iterator[str]:
    """The kinds of everything that a reader of Markdown sees."""
    for token in tokens:
        yield token.type
        yield from inside(token.children or [])


PIECES = st.sampled_from(
    [*"[]()<>!`*_~$: a", "\\", "\n", "    ", "http://x.example", "&#91;", "&lt;", "~~~", "```"],
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
@example("```\n[a]\n```")
@example("    code")
@example("-     code")
@example("> -     code\n>\n>        more")
@example("[a](http://x.example)")
@example("\\[a](http://x.example)")
@example("\\\\[a](http://x.example)")
@example("![a](http://x.example/pixel.png)")
@example("<http://x.example>")
@example("<script>alert(1)</script>")
@example("[a]: http://x.example\n\n[a]")
def test_no_link_no_picture_and_no_html_begins_in_what_is_shown(text: str) -> None:
    kinds = set(inside(MarkdownIt("commonmark").parse(shown_safely(text))))
    assert kinds.isdisjoint({"link_open", "image", "html_inline", "html_block", "code_inline", "fence", "code_block"})


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\t\\[]<`~$"), max_size=200).filter(
        lambda text: "    " not in text
    )
)
def test_a_text_without_them_is_left_as_it_is(text: str) -> None:
    assert shown_safely(text) == text
