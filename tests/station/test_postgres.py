"""The database at an address: what its commits wait for, several writers at once, and a server that is not there."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from doubles import FixedClock
from handset import Handset, a_code, enrolled_handset, row_counts
from postgres import TEMPLATE
from programs import Program
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.cluster import Cluster
from station.accounts import No, first_administrator, new_admin_password, sign_in
from station.database import Database, open_database
from station.desk import Desk
from station.devices import revoke
from station.kind import DatabaseTrouble
from station.people import ADMIN
from station.postgres import BadAddress, server_at
from station.refusal import Refused
from sync.commandline import Exit
from sync.limits import ENROL_TRIES_MAX
from sync.problem import Trouble

AT_ONCE = 8
NOWHERE = "postgresql://station:quiet-word@127.0.0.1:1/station"


@pytest.fixture
def place(postgres: Cluster) -> Iterator[str]:
    """PostgreSQL alone."""
    with postgres.database(TEMPLATE) as address:
        yield address


def settings_of(session: Session) -> dict[str, str]:
    """What a transaction runs under."""
    names = ("synchronous_commit", "transaction_isolation", "transaction_read_only", "lock_timeout")
    return {name: str(session.execute(text(f"SHOW {name}")).scalar_one()) for name in names}


def test_every_connection_commits_durably_and_waits_no_longer_than_on_sqlite(database: Database) -> None:
    both = {"synchronous_commit": "on", "lock_timeout": "10s"}
    for _ in range(2):
        with database.writing() as first, database.reading() as second:
            assert settings_of(first) == both | {
                "transaction_isolation": "read committed",
                "transaction_read_only": "off",
            }
            assert settings_of(second) == both | {
                "transaction_isolation": "repeatable read",
                "transaction_read_only": "on",
            }
        database.close()


@pytest.mark.parametrize(
    ("said", "idle", "given_up"), [("", "15", "30000"), ("&keepalives_idle=60&tcp_user_timeout=90000", "60", "90000")]
)
def test_a_server_that_goes_dark_is_given_up_within_half_a_minute_unless_the_address_says_otherwise(
    said: str, idle: str, given_up: str, place: str
) -> None:
    """Else all who hand in would wait for it for two hours, which is the system's own limit."""
    database = open_database(place + said)
    with database.reading() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        used = driver.info.get_parameters()
    database.close()
    assert (used["keepalives_idle"], used["tcp_user_timeout"]) == (idle, given_up)
    assert (used["keepalives_interval"], used["keepalives_count"]) == ("5", "3")


@pytest.mark.parametrize(("chosen", "used"), [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")])
def test_a_servers_own_choice_is_never_weaker_than_on(chosen: str, used: str, postgres: Cluster, place: str) -> None:
    name = place.rpartition("/")[2].partition("?")[0]
    postgres.run(f"ALTER DATABASE {{}} SET synchronous_commit = {chosen}", name)
    database = open_database(place)
    with database.reading() as session:
        assert settings_of(session)["synchronous_commit"] == used
    database.close()


def test_a_server_that_does_not_sync_is_not_used(postgres: Cluster, place: str) -> None:
    with setting(postgres, "fsync", "off"), pytest.raises(DatabaseTrouble, match="that server has fsync off"):
        open_database(place)
    open_database(place).close()


@contextmanager
def setting(postgres: Cluster, name: str, value: str) -> Iterator[None]:
    """A setting of the whole server, for a while."""
    postgres.run(f"ALTER SYSTEM SET {name} = {value}")
    postgres.run("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        postgres.run(f"ALTER SYSTEM RESET {name}")
        postgres.run("SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    "typed", ["", "station", "mysql://x/y", "postgresql://", "postgresql://host:no/x", "postgres:"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress, match="write it like postgresql://"):
        server_at(typed)


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://db.example/x", "verify-full"),
        ("postgres://db.example:5432/x?sslmode=require", "require"),
        ("postgresql://localhost/x", None),
        ("postgresql://[::1]/x", None),
        ("postgresql:///x?host=/run/postgresql", None),
        ("postgresql:///x?host=127.0.0.1&host=db.example", "verify-full"),
    ],
)
def test_beyond_this_machine_a_server_has_to_prove_who_it_is(address: str, mode: str | None) -> None:
    assert server_at(address).url.query.get("sslmode") == mode


def all_at_once(work: Callable[[int], object]) -> list[object]:
    """The same work on several threads, started at one moment; what came of each."""
    start = threading.Barrier(AT_ONCE)

    def one(number: int) -> object:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def test_workers_that_start_together_make_one_administrator(database: Database, clock: FixedClock) -> None:
    def first(_: int) -> str | None:
        with database.writing() as session:
            return first_administrator(session, clock.now())

    assert sum(password is not None for password in all_at_once(first)) == 1
    assert row_counts(database)["accounts"] == 1


def test_tries_at_the_same_moment_are_all_counted(database: Database, clock: FixedClock) -> None:
    with database.writing() as session:
        new_admin_password(session, clock.now())
    found = all_at_once(lambda _: sign_in(database, ADMIN, "a guess", clock.now()))
    assert sum(each is No.LOCKED for each in found) == AT_ONCE - 5
    assert row_counts(database)["sign_in_tries"] == 5


def test_tries_of_a_code_at_the_same_moment_are_all_counted(database: Database, desk: Desk, clock: FixedClock) -> None:
    code = a_code(database, clock)
    wrong = code[:5] + "".join("X" if letter != "X" else "Y" for letter in code[5:])

    def guess(number: int) -> Trouble:
        with pytest.raises(Refused) as caught:
            Handset(desk, clock, f"01920000-0000-7000-8000-0000000000{number:02}").enrol(wrong)
        return caught.value.problem.trouble

    assert set(all_at_once(guess)) == {Trouble.CODE_REFUSED}
    with database.reading() as session:
        assert session.execute(text("SELECT tries FROM enrol_codes")).scalar_one() == ENROL_TRIES_MAX


def test_a_code_enrols_one_device_however_many_come_at_once(database: Database, desk: Desk, clock: FixedClock) -> None:
    code = a_code(database, clock)

    def enrol(number: int) -> bool:
        try:
            Handset(desk, clock, f"01920000-0000-7000-8000-0000000000{number:02}").enrol(code)
        except Refused:
            return False
        return True

    assert sum(map(bool, all_at_once(enrol))) == 1
    assert row_counts(database)["devices"] == 1


def test_one_device_that_enrols_several_times_at_once_is_one_device(
    database: Database, desk: Desk, clock: FixedClock
) -> None:
    handset = Handset(desk, clock)
    codes = [a_code(database, clock) for _ in range(AT_ONCE)]
    assert len(all_at_once(lambda number: handset.enrol(codes[number]).device)) == AT_ONCE
    assert row_counts(database)["devices"] == 1


def refused(handset: Handset) -> None:
    """Hand something in that is refused."""
    with pytest.raises(Refused):
        handset.verdicts(handset.contact())


def test_a_revoked_device_gets_nothing_in_after_the_revocation(
    database: Database, desk: Desk, clock: FixedClock
) -> None:
    handset = enrolled_handset(database, desk, clock)
    handset.verdicts(handset.contact())
    late = threading.Thread(target=refused, args=[handset])
    with database.writing() as session:
        revoke(session, "car 42", clock.now())
        late.start()
        late.join(0.2)
        assert late.is_alive()
    late.join()
    assert row_counts(database)["records"] == 1


def test_a_server_that_was_started_again_is_found_again(
    database: Database, desk: Desk, clock: FixedClock, postgres: Cluster
) -> None:
    handset = enrolled_handset(database, desk, clock)
    for _ in range(3):
        handset.verdicts(handset.contact())
        postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'station755'")
    assert row_counts(database)["contacts"] == 3


@pytest.mark.parametrize("typed", [["devices"], ["add-person", "900001"], ["serve", "--port", "0"]])
def test_a_server_that_is_down_is_told_in_a_sentence_without_the_password(
    typed: list[str], station755: Program
) -> None:
    said = station755(*typed, "--json", STATION755_DATABASE=NOWHERE)
    assert said.code == Exit.STORE_TROUBLE
    assert said.json["exit_code"] == Exit.STORE_TROUBLE
    assert "postgresql://station:***@127.0.0.1:1/station cannot be used: " in said.err
    assert "Check the address, and that the PostgreSQL server runs" in said.err
    assert "quiet-word" not in said.err + said.out


def test_an_address_that_is_none_is_told_in_a_sentence(station755: Program) -> None:
    for said in (
        station755("devices", "--database", "mysql://station:quiet-word@x/y"),
        station755("devices", STATION755_DATABASE="mysql://station:quiet-word@x/y"),
    ):
        assert said.code == Exit.BAD_INPUT
        assert "write it like postgresql://" in said.err
        assert "quiet-word" not in said.err


def test_the_commands_work_at_an_address_as_they_do_in_a_folder(station755: Program, place: str) -> None:
    assert station755("add-person", "900001", "--database", place).out == "Added: 900001, deputy.\n"
    assert station755("add-person", "900001", STATION755_DATABASE=place).out == "900001 is known already.\n"
    assert station755("worksheets", "--on", "2026-11-22", "--database", place).code == 0
    assert not station755.data.exists()
