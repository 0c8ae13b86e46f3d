"""The database of each kind: its tables, its versions, and several processes that make it at once."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from handset import Handset, row_counts
from sqlalchemy import Engine, event, select, text

from station.accounts import No, sign_in
from station.database import Database, kind_of, open_database, open_for_reading
from station.devices import the_station
from station.kind import DatabaseTrouble
from station.passwords import hash_password
from station.people import ADMIN, everyone
from station.revisions import _alembic, known_revisions, migrate, newest_revision
from station.roles import StationRole
from station.sessions import SignedIn, Step, find
from station.table_base import Base
from station.tables import ContactRow, StationRow
from sync.sealing import recovery_public_key

PROCESSES = 4
# Opens each database that it is told of, and says which station it found there.
OPENER = """
import sys
from pathlib import Path
from station.database import open_database
from station.devices import the_station
print("ready", flush=True)
for line in sys.stdin:
    at = line.rstrip("\\n")
    database = open_database(at if "://" in at else Path(at))
    with database.reading() as session:
        print(the_station(session).epoch, flush=True)
    database.close()
"""


def epoch_of(database: Database) -> str:
    """The station's epoch, which is made once."""
    with database.reading() as session:
        return the_station(session).epoch


@pytest.fixture(params=["sqlite", "postgresql"])
def unmade(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Path | str]]:
    """Places where no station has been yet."""
    if request.param == "sqlite":
        yield [tmp_path / str(number) for number in range(40)]
    else:
        postgres = request.getfixturevalue("postgres")
        with ExitStack() as stack:
            yield [stack.enter_context(postgres.database()) for _ in range(8)]


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(database: Database) -> None:
    with database._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_opening_again_finds_the_same_station(database: Database, place: Path | str) -> None:
    with database.reading() as session:
        secret = the_station(session).secret
    again = open_database(place)
    with again.reading() as session:
        assert the_station(session).secret == secret
    again.close()
    assert row_counts(database)["station"] == 1


def test_the_files_of_the_revisions_say_what_alembic_says() -> None:
    scripts = ScriptDirectory.from_config(_alembic())
    assert known_revisions() == {script.revision for script in scripts.walk_revisions()}
    assert newest_revision() == scripts.get_current_head()


def test_a_station_of_an_older_version_gets_its_recovery_key_when_it_is_opened_again(unmade: list[Path | str]) -> None:
    kind = kind_of(unmade[0])
    kind.make_room()
    engine = kind.writing_engine()
    with engine.begin() as connection:
        migrate(connection, "0002")
        connection.execute(text("INSERT INTO station (id, epoch, secret) VALUES (1, 'an epoch', :s)"), {"s": b"\0"})
    engine.dispose()
    keys = []
    for _ in range(2):
        database = open_database(unmade[0])
        with database.reading() as session:
            keys.append(the_station(session).recovery_key)
        assert epoch_of(database) == "an epoch"
        database.close()
    assert keys[0] == keys[1]
    assert len(recovery_public_key(keys[0])) == 64


def test_contacts_of_an_older_version_are_compared_by_what_their_records_say(
    database: Database, handset: Handset
) -> None:
    contacts = [handset.contact(tag=str(number), unit=None) for number in range(501)]  # more than one round
    handset.send(handset.batch(*contacts))

    def compared() -> list[tuple[object, ...]]:
        with database.reading() as session:
            rows = session.scalars(select(ContactRow).order_by(ContactRow.id)).all()
            return [(row.setting, row.unit, row.rd, row.tag) for row in rows]

    before = compared()
    assert before[7] == ("coffee-shop", None, "0454", "7")
    with database._engine.begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
        command.upgrade(config, "head")
    assert compared() == before


def test_several_processes_can_open_a_fresh_database_at_once(unmade: list[Path | str]) -> None:
    """`station755 serve` and `station755 enrol-code`, or two workers, started together on the first day."""
    openers = [
        subprocess.Popen([sys.executable, "-c", OPENER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    try:
        assert [_line(opener) for opener in openers] == ["ready"] * PROCESSES
        for at in unmade:
            for opener in openers:
                assert opener.stdin is not None
                opener.stdin.write(f"{at}\n")
                opener.stdin.flush()
            epochs = {_line(opener) for opener in openers}
            assert len(epochs) == 1
            assert epochs != {""}
    finally:
        for opener in openers:
            opener.communicate(timeout=30)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_half_way(database)
    assert row_counts(database)["station"] == 1


def _fail_half_way(database: Database) -> None:
    with database.writing() as session:
        session.add(StationRow(id=2, epoch="e", secret=b"s", recovery_key="k"))
        session.flush()
        raise ZeroDivisionError


def test_a_database_of_a_newer_version_is_refused_in_a_sentence(database: Database, place: Path | str) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    for opening in (open_database, open_for_reading):
        with pytest.raises(DatabaseTrouble, match="of a newer version"):
            opening(place)
    assert epoch_of(database)


def test_reading_commands_make_and_migrate_nothing(unmade: list[Path | str]) -> None:
    statements: list[str] = []

    def note(*found: object) -> None:
        statements.append(str(found[2]).split()[0])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with pytest.raises(DatabaseTrouble, match="There is no station's data in"):
            open_for_reading(unmade[0])
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert set(statements) <= {"SELECT", "BEGIN", "PRAGMA"}
    assert kind_of(unmade[0]).is_made() is isinstance(unmade[0], str)


def test_people_and_accounts_of_an_older_version_are_kept_and_can_go_back(unmade: list[Path | str]) -> None:
    kind = kind_of(unmade[0])
    kind.make_room()
    engine = kind.writing_engine()
    with engine.begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        values = {"name": ADMIN, "hash": hash_password("odd socks"), "at": "2020-01-01 00:00:00.000000"}
        connection.execute(text("INSERT INTO accounts VALUES (:name, :hash, 'administrator', :at)"), values)
        connection.execute(text("INSERT INTO people VALUES ('900060', 'desk', :at), ('900001', 'deputy', :at)"), values)
        connection.execute(text("INSERT INTO sessions VALUES ('a hash', :name, :at, :at)"), values)
    engine.dispose()
    database = open_database(unmade[0])
    secret = sign_in(database, ADMIN, "odd socks", datetime.now(UTC))  # not closed, however long ago it was used
    assert not isinstance(secret, No)
    assert find(database, secret, datetime.now(UTC)) == SignedIn(ADMIN, StationRole.ADMINISTRATOR, Step.AUTHENTICATOR)
    with database.reading() as session:
        assert [(each.number, each.role.value) for each in everyone(session)] == [
            ("900001", "deputy"),
            ("900060", "deputy"),
        ]
    with database._engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
        assert connection.execute(text("SELECT name, role FROM accounts")).all() == [(ADMIN, "administrator")]
        command.upgrade(config, "head")
    database.close()
