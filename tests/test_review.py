"""A worksheet returned to the device and corrected, with the real station and the real commands; on each database."""

from consoles import Page
from programs import Program
from reviewers import reviewed, sheet_of, submit

from station.database import Database


def test_a_returned_contact_is_seen_corrected_sent_and_approved(
    station755: Program, contact755: Program, database: Database
) -> None:
    with reviewed(station755, contact755, database) as sergeant:
        wrong = contact755("log", "coffee-shop", "--source", "call", "--rd", "0454", "--json").json["id"]
        other = contact755("log", "business-owner", "--rd", "0451", "--json").json["id"]
        assert contact755("send").code == 0
        sheet = sheet_of(sergeant, contact755)
        assert "Review Open" in Page(sergeant.get(sheet).text).text

        # Returned: one contact with a reason of the list and a comment.
        fields = {f"reason.{wrong}": "A call needs its tag", f"comment.{wrong}": "See the 14:00 call"}
        assert submit(sergeant, f"{sheet}/return", f"{sheet}/return", **fields) == sheet
        page = Page(sergeant.get(sheet).text).text
        assert "Review Returned" in page
        assert "not answered yet" in page

        # Seen: with the next exchange, though nothing is ready to send.
        assert contact755("send").code == 0
        by_id = {item["id"]: item for item in contact755("list", "--json").json}
        assert by_id[wrong]["returned"] is True
        assert by_id[wrong]["state"] == "needs_attention"
        assert by_id[other]["returned"] is False
        words = "Returned: A call needs its tag: See the 14:00 call"
        assert words in contact755("list").out
        assert f"Needs attention: {wrong}: {words}" in contact755("status").out

        # Corrected: a new contact beside the original; the return is over on the device, and answered at the station.
        right = contact755("correct", wrong, "--tag", "123", "--json").json["id"]
        assert words not in contact755("status").out
        assert contact755("send").code == 0
        html = sergeant.get(sheet).text
        page = Page(html).text
        assert "Review Changed since the review" in page
        assert "answered: corrected" in page
        assert "Corrected: tag none → 123" in page
        assert f'href="#contact-{right}"' in html

        # Approved, and approved it stays however often somebody clicks.
        assert submit(sergeant, sheet, f"{sheet}/approve") == sheet
        assert "Review Approved" in Page(sergeant.get(sheet).text).text
        assert contact755("send").code == 0
        assert all(not item["returned"] for item in contact755("list", "--json", "--all").json)


def test_a_return_of_the_whole_worksheet_is_told_and_ends_with_the_approval(
    station755: Program, contact755: Program, database: Database
) -> None:
    with reviewed(station755, contact755, database) as sergeant:
        assert contact755("log", "coffee-shop", "--rd", "0454").code == 0
        assert contact755("send").code == 0
        sheet = sheet_of(sergeant, contact755)
        submit(sergeant, f"{sheet}/return", f"{sheet}/return", comment__all="Wrong watch?")
        assert contact755("send").code == 0
        assert "900011 was returned: Wrong watch?" in contact755("status").out
        submit(sergeant, sheet, f"{sheet}/approve")
        assert contact755("send").code == 0
        assert "returned" not in contact755("status").out
