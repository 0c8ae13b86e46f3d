"""Briefings at the console: written, looked at first, sent, changed, printed, taken back, and read by whom."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from briefings import DUE, acknowledgement, briefing_told, write_form
from consoles import Browser, Page, Served, is_on_the_event_loop
from doubles import FixedClock
from handset import Handset, enrolled_handset
from staff import browser_of, make_account

from station.briefing_html import briefing_html
from station.briefing_readers import Reader, Reading
from station.chronicle import all_entries
from station.console import briefing_desk
from station.console.briefing_views import by_watch
from station.database import Database
from station.desk import Desk
from station.roles import StationRole
from sync.reference import Reference
from sync.verdicts import Verdict


@pytest.fixture
def writer(database: Database, served: Served) -> Browser:
    """A sergeant's browser."""
    make_account(database, served, StationRole.DEPUTY, "900011")
    make_account(database, served, StationRole.DEPUTY, "=900012")  # what no roster takes; a spreadsheet would run it
    return browser_of(database, served, StationRole.SERGEANT)


def sent(writer: Browser, **fields: str) -> str:
    """Send a briefing; its address."""
    answer = writer.post("/briefings/new", write_form(writer, **fields))
    assert answer.status_code == 303, Page(answer.text).text
    return str(answer.headers["location"])


def text(browser: Browser, path: str) -> str:
    """A page's words."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text).text


def test_a_briefing_is_looked_at_first_then_sent_and_stands_in_the_list(writer: Browser) -> None:
    form = write_form(writer, **{"role.deputy": "on", "watch.day": "on"})
    seen = writer.post("/briefings/new", {**form, "preview": "1"})
    assert seen.status_code == 200
    assert "<strong>card</strong>" in seen.text
    fields = Page(seen.text)
    assert fields.fields["key"] == form["key"]
    checked = {str(found.get("name")) for tag, found in fields.tags if tag == "input" and "checked" in found}
    assert checked == {"role.deputy", "watch.day"}
    assert "No briefing was sent yet" in text(writer, "/briefings")
    assert sent(writer, **form) == sent(writer, **form) == "/briefings/1"
    page = text(writer, "/briefings")
    assert "Cards Deputy · Day Sun 29 Nov 2026 Once 0 of 0 Current" in page


def test_a_long_text_is_looked_at_beside_what_others_ask(writer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take seconds: on the event loop nobody else, and no device, is answered meanwhile."""
    kept_waiting: list[bool] = []

    def making(typed: str) -> str:
        kept_waiting.append(is_on_the_event_loop())
        return briefing_html(typed)

    monkeypatch.setattr(briefing_desk, "briefing_html", making)
    seen = writer.post("/briefings/new", {**write_form(writer), "preview": "1"})
    assert (seen.status_code, kept_waiting) == (200, [False])


def test_the_orders_own_text_is_a_link_away(writer: Browser) -> None:
    page = writer.get("/briefings/new?from=unit-order-16-02").text
    assert "Community Partnership Program (Unit Order 16-02)" in page
    assert "Maintain a supply of" in page
    assert writer.get("/briefings/new?from=nothing").status_code == 404


def test_what_cannot_be_sent_comes_back_as_it_was_typed(writer: Browser) -> None:
    for fields, words in (
        ({"due_on": "2026-11-01"}, "Choose a due day from today"),
        ({"due_on": "soon"}, "is not a date"),
        ({"repeats": "daily"}, "is none of"),
        ({"watch.noon": "on"}, "is not known here"),
        ({"title": " "}, "Give it a title"),
    ):
        answer = writer.post("/briefings/new", write_form(writer, text="Kept </textarea> <b>", **fields))
        assert answer.status_code == 400
        assert words in Page(answer.text).text
        assert "Kept &lt;/textarea&gt; &lt;b&gt;" in answer.text
    assert writer.post("/briefings/new", write_form(writer, key="x")).status_code == 400
    assert writer.post("/briefings/new", {**write_form(writer), "token": ""}).status_code == 403


def test_an_attack_in_the_text_or_the_title_does_nothing(writer: Browser) -> None:
    where = sent(
        writer, title="<script>alert(1)</script>", text="[x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    )
    for path in (where, "/briefings", f"{where}/edition"):
        html = writer.get(path).text
        tags = {tag for tag, _ in Page(html).tags}
        assert tags.isdisjoint({"script", "img", "iframe"})
        assert not any(str(found.get("href")).startswith("javascript") for _, found in Page(html).tags)


def test_who_has_read_it_is_shown_by_watch_and_as_csv(
    writer: Browser, database: Database, desk: Desk, clock: FixedClock
) -> None:
    where = sent(writer)
    handset: Handset = enrolled_handset(database, desk, clock)
    record = acknowledgement(handset, briefing_told(handset), person="900011")
    assert handset.verdicts(record) == [Verdict.ACCEPTED]
    page = text(writer, where)
    assert "Day: 1 of 1 Person Role Area Read When 900011 Deputy Read Sun 22 Nov 2026, 14:32" in page
    assert "Watch not known: 0 of 2" in page  # the sergeant, and the one below
    answer = writer.get(f"{where}/readers.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["person"], row["reading"], row["edition"], row["due_on"]) for row in rows] == [
        ("900003", "not read", "", str(DUE)),
        ("900011", "read", "1", str(DUE)),
        ("'=900012", "not read", "", str(DUE)),
    ]
    with database.reading() as session:
        kinds = [(entry.kind, entry.who, entry.whom) for entry in all_entries(session)]
    assert ("briefing-readers-seen", "900003", "briefing 1") in kinds
    assert kinds[-1] == ("briefing-readers-exported", "900003", "briefing 1")


def test_another_edition_leaves_the_first_as_it_was_and_only_over_what_was_seen(writer: Browser) -> None:
    where = sent(writer)
    form = write_form(writer, f"{where}/edition", text="Now otherwise.")
    assert writer.post(f"{where}/edition", form).status_code == 303
    assert "Now otherwise." in text(writer, where)
    old = text(writer, f"{where}?edition=1")
    assert "Hand out the card" in old
    assert "This is an earlier edition; the one that counts is Edition 2" in old
    late = writer.post(f"{where}/edition", {**form, "text": "From another window."})
    assert late.status_code == 400
    assert "since you opened it" in Page(late.text).text
    assert "From another window." in late.text


def test_a_briefing_is_taken_back_and_then_only_read(writer: Browser) -> None:
    where = sent(writer)
    fields = Page(writer.get(where).text).fields
    assert writer.post(f"{where}/withdraw", fields).status_code == 303
    page = writer.get(where).text
    assert "Withdrawn: Sun 22 Nov 2026, 14:32, 900003" in Page(page).text
    assert "/withdraw" not in page
    assert "Withdrawn" in text(writer, "/briefings")


@pytest.mark.parametrize("path", ["9", "x", "1?due=2020-01-01", "1?edition=7", "1?due=x", "9/edition", "9/readers.csv"])
def test_what_is_not_there_is_told_in_words(writer: Browser, path: str) -> None:
    sent(writer)
    answer = writer.get(f"/briefings/{path}")
    assert answer.status_code in {400, 404}
    assert "Nothing" not in Page(answer.text).text


def test_a_captain_reads_and_a_deputy_does_not(writer: Browser, database: Database, served: Served) -> None:
    where = sent(writer)
    captain = browser_of(database, served, StationRole.CAPTAIN)
    page = captain.get(where)
    assert page.status_code == 200
    assert "/withdraw" not in page.text
    assert "/briefings/new" not in captain.get("/briefings").text
    assert captain.get("/briefings/new").status_code == 403
    deputy = browser_of(database, served, StationRole.DEPUTY, "900011")
    assert deputy.get("/briefings").status_code == 403
    assert "/briefings" not in deputy.get("/worksheets").text


def test_people_of_a_watch_that_was_given_up_stand_under_its_name_apart_from_those_of_no_known_watch(
    reference: Reference,
) -> None:
    without = replace(reference, watches={name: each for name, each in reference.watches.items() if name != "em"})
    people = [
        Reader(f"90001{place}", "deputy", watch, None, Reading.NOT_READ, None, None, is_asked=True)
        for place, watch in enumerate(["em", None, "day"])
    ]
    found = by_watch(people, date(2026, 11, 22), date(2026, 11, 22), without)
    assert [[row.person for row in each.rows] for each in found] == [["900012"], ["900010"], ["900011"]]
    assert found[-1].label == "Watch not known"
