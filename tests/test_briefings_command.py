"""contact755 briefings: what a sergeant sent is read and acknowledged by command, at a real station on each database."""

from datetime import UTC, datetime, timedelta

from briefings import Sergeant
from consoles import Page
from programs import Program
from reviewers import reviewed

from station.briefings import Draft
from station.database import Database
from sync.briefings import Audience
from sync.reference import Reference


def drafted(reference: Reference, title: str, audience: Audience) -> Draft:
    """A briefing due in a week."""
    today = datetime.now(reference.zone).date()
    return Draft(title, "Hand out the **card**.", audience, today + timedelta(days=7))


def test_a_briefing_is_listed_read_and_acknowledged_and_the_station_knows(
    station755: Program, contact755: Program, database: Database, reference: Reference
) -> None:
    with reviewed(station755, contact755, database) as sergeant:
        writer = Sergeant(database, reference, datetime.now(UTC))
        writer.today = datetime.now(reference.zone).date()
        number = writer.sends(drafted(reference, "Cards", Audience(roles=("deputy",))))
        writer.sends(drafted(reference, "For the volunteers", Audience(roles=("volunteer",))))
        assert contact755("briefings").out == "No briefings for you on this device.\n"
        assert contact755("send").code == 0
        (found,) = contact755("briefings", "--json").json
        assert (found["title"], found["edition"], found["read_at"], found["overdue"]) == ("Cards", 1, None, False)
        assert "To be read by" in contact755("briefings").out
        end = found["id"][-6:]
        assert "Hand out the **card**." in contact755("briefings", end).out

        said = contact755("briefings", end, "--acknowledge", "--json").json
        assert said["read_at"] is not None
        assert contact755("briefings", end, "--acknowledge", "--json").json == said  # again, it adds nothing
        assert contact755("status", "--json").json["records_ready"] == 1
        assert "briefings read" in contact755("status").out
        assert "900011 Deputy Not yet" in Page(sergeant.get(f"/briefings/{number}").text).text
        assert contact755("send").code == 0
        assert contact755("status", "--json").json["records_ready"] == 0
        page = Page(sergeant.get(f"/briefings/{number}").text).text
        assert "Day: 1 of 1 Person Role Area Read When 900011 Deputy Read" in page

        writer.sends_edition(number, drafted(reference, "Cards, again", Audience(roles=("deputy",))))
        assert contact755("send").code == 0
        (found,) = contact755("briefings", "--json").json
        assert (found["title"], found["edition"], found["read_at"]) == ("Cards, again", 2, None)
        assert "900011 Deputy Read an earlier edition" in Page(sergeant.get(f"/briefings/{number}").text).text
        writer.withdraws(number)
        assert contact755("send").code == 0
        assert contact755("briefings", "--json").json == []


def test_what_cannot_be_acknowledged_is_told_in_words(contact755: Program) -> None:
    assert contact755("briefings").code == 3
    assert contact755("sign-on", "900011", "--unit", "42A", "--watch", "day").code == 0
    for typed, code, words in (
        (("--acknowledge",), 2, "Name the briefing"),
        (("abcdef",), 4, "No briefing has an id ending in abcdef"),
        (("abcdef", "--acknowledge"), 4, "No briefing has"),
        (("a",), 4, "at least the last 4 characters"),
    ):
        said = contact755("briefings", *typed)
        assert (said.code, words in said.err) == (code, True), said
