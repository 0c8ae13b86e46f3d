"""The audit in the database: no change without its entry, no entry without its change, one chain however many write."""

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from backups import opened
from consoles import Browser, Page, Served
from doubles import FixedClock
from handset import Handset
from programs import Program
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from staff import browser_of, make_account

from station.accounts import first_administrator, release, sign_in
from station.backing_up import back_up
from station.chain import Broken, Entry, Head, verify
from station.chronicle import Wanted, all_entries, head_in, newest
from station.console.audit_words import WORDS
from station.database import Database, open_database
from station.happenings import Happening, note
from station.people import ADMIN, add_person
from station.restoring import restore
from station.roles import StationRole
from station.sparing import STRANGERS_NOTED_MAX, Sparing
from sync.commandline import Exit

WRITERS, EACH = 4, 15


def entries_of(database: Database) -> list[Entry]:
    """The whole audit."""
    with database.reading() as session:
        return list(all_entries(session))


def kinds_of(database: Database) -> list[tuple[str, str, str, str]]:
    """Kind, who, whom and outcome of each entry."""
    return [(entry.kind, entry.who, entry.whom, entry.outcome) for entry in entries_of(database)]


def add_entries(database: Database, count: int) -> None:
    for number in range(count):
        with database.writing() as session:
            note(session, Happening.RELEASED, "900001", str(number))


def test_a_change_and_its_entry_come_together_or_not_at_all(database: Database, clock: FixedClock) -> None:
    with database.writing() as session:
        add_person(session, "900001", StationRole.DEPUTY, clock.now(), "admin")

    def fail_half_way() -> None:
        with database.writing() as session:
            add_person(session, "900002", StationRole.DEPUTY, clock.now(), "admin")
            session.execute(text("SELECT nothing"))

    with pytest.raises(DBAPIError):
        fail_half_way()
    assert kinds_of(database) == [("person-added", "admin", "900001", "done")]


def test_what_a_savepoint_undoes_is_not_told(database: Database) -> None:
    with database.writing() as session:
        note(session, Happening.RELEASED, "1")
        outer = session.begin_nested()
        note(session, Happening.RELEASED, "2")
        inner = session.begin_nested()
        note(session, Happening.RELEASED, "3")
        inner.rollback()
        note(session, Happening.RELEASED, "4")
        outer.commit()
        undone = session.begin_nested()
        kept = session.begin_nested()
        note(session, Happening.RELEASED, "5")
        kept.commit()
        undone.rollback()
        note(session, Happening.RELEASED, "6")
    assert [entry.who for entry in entries_of(database)] == ["1", "2", "4", "6"]


def test_many_who_write_at_once_make_one_chain_without_a_gap(place: Path | str) -> None:
    """Each has a connection of its own, as each worker has; half of what they begin fails."""
    open_database(place).close()

    def write(who: int) -> None:
        with opened(place) as database:
            for number in range(EACH):
                with suppress(DBAPIError), database.writing() as session:
                    note(session, Happening.RELEASED, str(who), str(number))
                    if number % 2:
                        session.execute(text("SELECT nothing"))

    threads = [threading.Thread(target=write, args=(who,)) for who in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with opened(place) as database:
        entries = entries_of(database)
    assert not isinstance(verify(entries), Broken)
    assert len(entries) == WRITERS * (EACH // 2 + 1)
    for who in range(WRITERS):
        assert [entry.whom for entry in entries if entry.who == str(who)] == [str(n) for n in range(0, EACH, 2)]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE chronicle SET who = '900002'",
        "DELETE FROM chronicle WHERE number = 2",
        "DELETE FROM chronicle",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(database: Database, harm: str) -> None:
    add_entries(database, 3)
    before = entries_of(database)
    with pytest.raises(DBAPIError, match="only ever added to"), database.writing() as session:
        session.execute(text(harm))
    assert entries_of(database) == before


@pytest.mark.parametrize("column", ["at", "who", "kind", "whom", "origin", "outcome", "details", "before", "hash"])
def test_what_is_changed_past_the_triggers_is_found(database: Database, column: str) -> None:
    add_entries(database, 3)
    with database.writing() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ALTER TABLE chronicle DISABLE TRIGGER ALL"))
        else:
            session.execute(text("DROP TRIGGER chronicle_no_update"))
        session.execute(text(f"UPDATE chronicle SET {column} = 'x' WHERE number = 2"))  # noqa: S608 - our own columns
    found = verify(entries_of(database))
    assert isinstance(found, Broken)
    assert found.number == 2


def test_a_restore_takes_nothing_away_and_is_an_entry(
    database: Database, place: Path | str, data: Path, backup: Path, handset: Handset, clock: FixedClock
) -> None:
    add_entries(database, 3)
    before = entries_of(database)
    done = restore(place, data, backup, clock.now(), "os:root", may_replace=True)
    after = entries_of(database)
    assert after[: len(before)] == before
    assert [(entry.kind, entry.who) for entry in after[len(before) :]] == [("restored", "os:root")]
    assert done.kept is not None
    restore(place, data, done.kept, clock.now() + timedelta(minutes=1), may_replace=True)
    found = entries_of(database)
    assert found[: len(after)] == after
    assert verify(found) == Head(len(after) + 1, found[-1].hash)


def test_a_backup_brings_the_chain_along_and_another_chain_is_named(
    database: Database, data: Path, backup: Path, tmp_path: Path, empty: Path | str, clock: FixedClock
) -> None:
    add_entries(database, 3)
    back_up(database, data, tmp_path / "c", clock.now())
    restore(empty, tmp_path / "another", tmp_path / "c", clock.now())
    with opened(empty) as restored:
        assert entries_of(restored)[:-1] == entries_of(database)
        assert not isinstance(verify(entries_of(restored)), Broken)
    # The first one goes on meanwhile, and so there are two chains: neither is lost.
    add_entries(database, 2)
    back_up(database, data, tmp_path / "d", clock.now())
    with database.reading() as session:
        head = head_in(session)
    restore(empty, tmp_path / "another", tmp_path / "d", clock.now(), may_replace=True)
    with opened(empty) as restored:
        last = entries_of(restored)[-1]
        assert str(head) in last.details
        assert not isinstance(verify(entries_of(restored)), Broken)


def test_signing_in_and_being_refused_are_told_and_no_typed_password_is(database: Database, clock: FixedClock) -> None:
    with database.writing() as session:
        password = first_administrator(session, clock.now())
    assert password is not None
    for _ in range(6):
        sign_in(database, ADMIN, "wrong", clock.now())
    sign_in(database, "my secret password", "x", clock.now())
    with database.writing() as session:
        release(session, ADMIN, "os:root")
    refused = ("sign-in-refused", ADMIN, "", "refused")
    assert kinds_of(database) == [
        ("password-given", "station", ADMIN, "done"),
        *[refused] * 5,
        ("locked", ADMIN, ADMIN, "done"),
        refused,
        ("sign-in-refused", "", "", "refused"),
        ("released", "os:root", ADMIN, "done"),
    ]
    assert "secret" not in repr(entries_of(database))


def test_tries_to_reach_the_audit_are_noted_whoever_they_are_by(
    database: Database, browser: Browser, served: Served
) -> None:
    browser.get("/audit")
    browser_of(database, served, StationRole.SERGEANT).get("/audit.csv")
    page = browser_of(database, served, StationRole.ADMINISTRATOR).get("/audit?kind=access-refused")
    assert page.status_code == 200
    assert "Page refused" in Page(page.text).text
    told = [(entry.kind, entry.who, entry.details, entry.origin, entry.outcome) for entry in entries_of(database)]
    assert [each for each in told if each[0] in {"access-refused", "audit-read"}] == [
        ("access-refused", "", "GET /audit", "127.0.0.1", "refused"),
        ("access-refused", "900003", "GET /audit.csv", "127.0.0.1", "refused"),
        ("audit-read", "900005", "kind=access-refused", "127.0.0.1", "done"),
    ]


def test_reading_others_worksheets_is_noted_and_ones_own_is_not(database: Database, served: Served) -> None:
    make_account(database, served, StationRole.DEPUTY, "900001")
    sergeant = browser_of(database, served, StationRole.SERGEANT)
    deputy = browser_of(database, served, StationRole.DEPUTY, "900001")
    before = len(entries_of(database))
    assert deputy.get("/worksheets/2026-11-22/day/900001").status_code == 200
    assert len(entries_of(database)) == before
    assert sergeant.get("/worksheets/2026-11-22/day/900001").status_code == 200
    assert deputy.get("/worksheets/2026-11-22/day/900077").status_code == 403
    assert deputy.get("/worksheets.csv?on=2026-11-22").status_code == 200
    assert kinds_of(database)[before:] == [
        ("worksheets-read", "900003", "900001", "done"),
        ("access-refused", "900001", "900077", "refused"),
        ("worksheets-exported", "900001", "900001", "done"),
    ]


def test_reading_others_records_in_quarantine_is_noted_and_ones_own_is_not(
    database: Database, served: Served, handset: Handset
) -> None:
    handset.verdicts(handset.contact(person="900001", people=0), {"raw": "AP8="})
    own, other = (browser_of(database, served, StationRole.SERGEANT, number) for number in ("900001", "900003"))
    before = len(entries_of(database))
    for sergeant in (own, other):
        for number in (1, 2):
            assert sergeant.get(f"/quarantine/{number}").status_code == 200
    assert [(each.kind, each.who, each.whom, each.details) for each in entries_of(database)[before:]] == [
        ("quarantine-read", "900001", "", "quarantine 2"),
        ("quarantine-read", "900003", "900001", "quarantine 1"),
        ("quarantine-read", "900003", "", "quarantine 2"),
    ]


def test_the_page_filters_by_date_person_and_kind_and_the_csv_says_the_same(database: Database, served: Served) -> None:
    visitor = browser_of(database, served, StationRole.ADMINISTRATOR)
    add_entries(database, 150)
    whole = visitor.get("/audit")
    assert "Older" in Page(whole.text).text
    one = visitor.get("/audit?person=149&kind=released")
    assert Page(one.text).tags.count(("th", {"role": "rowheader", "scope": "row"})) == 1
    assert "Nothing was noted that fits" in Page(visitor.get("/audit?to=2020-01-01").text).text
    lines = visitor.get("/audit.csv?kind=released&from=2020-01-01").text.splitlines()
    assert len(lines) == 151
    assert lines[0].startswith("number,at,who,kind,whom,origin,outcome,details,before,hash")
    for path in ("/audit?kind=nothing", "/audit?from=yesterday", "/audit?before=x", f"/audit?person={'9' * 81}"):
        assert visitor.get(path).status_code == 400, path
    with database.reading() as session:
        assert len(newest(session, Wanted(person="900001"), count=1_000)) == 150


def test_every_kind_has_its_words() -> None:
    assert set(WORDS) == set(Happening)


def test_strangers_are_noted_a_number_of_times_in_a_minute(clock: FixedClock) -> None:
    sparing = Sparing(clock.now)
    assert [sparing.may() for _ in range(STRANGERS_NOTED_MAX + 1)] == [True] * STRANGERS_NOTED_MAX + [False]
    clock.at += timedelta(minutes=1)
    assert sparing.may()


def test_by_command_the_audit_is_proved_taken_away_and_its_head_kept(
    station755: Program, place: Path | str, tmp_path: Path
) -> None:
    assert station755("add-person", "900001").code == 0
    head = station755("audit", "head").out.strip()
    assert head.startswith("1:")
    file = tmp_path / "audit.jsonl"
    assert station755("audit", "export", str(file)).code == 0
    assert station755("audit", "export", str(file)).code == Exit.BAD_INPUT
    assert station755("audit", "verify", "--head", head).code == 0
    assert station755("audit", "verify", "--head", "1").code == Exit.BAD_INPUT
    proved = station755("audit", "verify", "--file", str(file), "--head", head)
    assert (proved.code, "2 entries" in proved.out) == (0, True)
    elsewhere = replace(station755, data=tmp_path / "nothing here")
    assert (elsewhere("audit", "verify", "--file", str(file)).code, elsewhere.data.exists()) == (0, False)
    file.write_text(file.read_text().replace("900001", "900002"))
    broken = station755("audit", "verify", "--file", str(file))
    assert (broken.code, "broken at entry 1" in broken.err) == (Exit.STORE_TROUBLE, True)
    file.write_text("nothing\n")
    assert station755("audit", "verify", "--file", str(file)).code == Exit.BAD_INPUT
    gone = station755("audit", "verify", "--head", f"9:{'0' * 64}")
    assert (gone.code, "broken at entry 3" in gone.err) == (Exit.STORE_TROUBLE, True)
    with opened(place) as database:
        entries = entries_of(database)
    assert [entry.kind for entry in entries] == ["person-added", "audit-exported"]
    assert all(entry.who.startswith("os:") and entry.origin.startswith("command line") for entry in entries)
