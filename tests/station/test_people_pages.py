"""What an administrator does about people at the console: add, change, release, give a password, forget a phone."""

from consoles import Browser, Page, Served
from staff import browser_of, make_account

from station.database import Database
from station.roles import StationRole

NUMBER = "900041"


def press(browser: Browser, path: str, **form: str) -> int:
    """Send a form of the person's page; the status."""
    fields = Page(browser.get("/people").text).fields
    return browser.post(path, {**fields, **form}).status_code


def words(browser: Browser, path: str) -> str:
    """A page's words."""
    return Page(browser.get(path).text).text


def test_a_person_is_added_changed_and_leaves(sergeant: Browser) -> None:
    assert press(sergeant, "/people", number=NUMBER, role="deputy") == 303
    assert f"{NUMBER} Deputy At the station No password yet" in words(sergeant, "/people")
    assert press(sergeant, "/people", number=NUMBER, role="sergeant") == 409
    assert press(sergeant, "/people", number="Smith", role="deputy") == 400
    assert press(sergeant, "/people", number="900042", role="boss") == 400
    assert press(sergeant, f"/people/{NUMBER}", role="sergeant", state="left") == 303
    assert f"{NUMBER} Sergeant Has left" in words(sergeant, "/people")
    assert press(sergeant, f"/people/{NUMBER}/password") == 409
    assert press(sergeant, f"/people/{NUMBER}", role="sergeant", state="active") == 303
    assert press(sergeant, f"/people/{NUMBER}/password") == 200
    assert f"{NUMBER} Sergeant At the station First sign-in to come" in words(sergeant, "/people")


def test_a_role_is_another_at_the_next_click(sergeant: Browser, database: Database, served: Served) -> None:
    other = browser_of(database, served, StationRole.SERGEANT)
    assert other.get("/quarantine").status_code == 200
    assert press(sergeant, "/people/900003", role="deputy", state="active") == 303
    assert other.get("/quarantine").status_code == 403
    assert press(sergeant, "/people/900003", role="deputy", state="left") == 303
    assert not other.is_signed_in()


def test_a_locked_number_is_named_first_and_released(sergeant: Browser, database: Database, served: Served) -> None:
    make_account(database, served, StationRole.DEPUTY)
    stranger = Browser(served.address)
    stranger.http.trust_env = False
    for name in ("900002", "900099"):  # the second is nobody's
        assert [stranger.sign_in("wrong", name).status_code for _ in range(6)] == [403] * 5 + [429]
    assert "Locked after wrong tries: 900002" in words(sergeant, "/people")
    assert "900002 Sun 22 Nov 2026, 14:32 Release" in words(sergeant, "/people/locked")
    assert "900099" not in words(sergeant, "/people/locked")
    assert press(sergeant, "/people/900002/release") == 303
    assert "No number is locked." in words(sergeant, "/people/locked")
    assert stranger.sign_in("wrong", "900002").status_code == 403
    assert stranger.sign_in("wrong", "900099").status_code == 429


def test_a_lost_phone_is_forgotten_and_whoever_had_it_signed_out(
    sergeant: Browser, database: Database, served: Served
) -> None:
    other = browser_of(database, served, StationRole.CAPTAIN)
    assert press(sergeant, "/people/900004/authenticator") == 303
    assert not other.is_signed_in()
    assert "900004 Captain At the station Authenticator to be set up" in words(sergeant, "/people")


def test_an_account_that_was_closed_is_opened_again(sergeant: Browser, database: Database, served: Served) -> None:
    make_account(database, served, StationRole.DEPUTY)
    served.clock.passes(90 * 24 * 3600)
    sergeant.http.cookies.clear()
    administrator = browser_of(database, served, StationRole.ADMINISTRATOR)
    assert "Closed: not used for 90 days" in words(administrator, "/people/900002")
    assert press(administrator, "/people/900002/open") == 303
    assert "Closed" not in words(administrator, "/people/900002")
    assert press(administrator, "/people/admin/open") == 303  # the station's own account, too
    assert "Closed" not in words(administrator, "/people/admin")


def test_people_are_found_by_how_their_number_begins_and_a_page_has_an_end(
    sergeant: Browser, database: Database, served: Served
) -> None:
    for number in range(101):
        make_account(database, served, StationRole.VOLUNTEER, f"9100{number:02}" if number < 100 else "910100")
    page = sergeant.get("/people").text
    assert "910099" in page
    assert "910100" not in page
    assert "910100" in words(sergeant, "/people?beginning=&after=910099")
    assert "910001" not in words(sergeant, "/people?beginning=9101")
    assert "Nobody is known" in words(sergeant, "/people?beginning=8")
    for bad in ("x", "%25", "1" * 21, "-1", "1%00"):
        assert sergeant.get(f"/people?beginning={bad}").status_code == 400


def test_nobody_and_the_stations_own_account_have_no_such_forms(sergeant: Browser) -> None:
    assert sergeant.get("/people/900041").status_code == 404
    assert sergeant.get("/people/smith").status_code == 404
    assert press(sergeant, "/people/900041/release") == 404
    assert sergeant.get("/people/admin").status_code == 200
    assert press(sergeant, "/people/admin", role="deputy", state="left") == 404
    assert press(sergeant, "/people/admin/password") == 404
