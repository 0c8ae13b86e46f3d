"""What a running station tells of itself: numbers for Prometheus and lines for a log, and nobody's data in either."""

import json
import re
from pathlib import Path

import pytest
import requests
from consoles import serving_app
from doubles import FixedClock
from handset import as_body, enrolled_handset
from places import ON_SQLITE_ALONE
from programs import START_SECONDS_MAX, Program, said_at_start
from told_numbers import asked, value_of

from station.app import create_app
from station.database import Database
from station.desk import Desk
from station.logs import fault_place
from station.metrics import serving_metrics
from sync.commandline import Stop
from sync.reference import Reference
from sync.signing import BATCH_HEADER, CHALLENGE_HEADER, DEVICE_HEADER, SIGNATURE_HEADER
from sync.wire import EXCHANGE_PATH, batch_to_json

PERSON = "900001"


def tells_of(text: str, number: str) -> bool:
    """Whether a text names a number by itself; the digits of 0.02590000113 seconds name nobody."""
    return number in re.split(r"[^\w.]+", text)


def test_answers_verdicts_and_what_waits_are_counted(
    database: Database, desk: Desk, reference: Reference, clock: FixedClock
) -> None:
    handset = enrolled_handset(database, desk, clock)
    with serving_metrics(database, 0) as (metrics, address):
        assert address is not None
        app = create_app(database, reference, clock.now, metrics=metrics)
        with serving_app(app) as station:
            batch = handset.batch(handset.contact(), {"kind": "contact"})
            sent = handset.signed(as_body(batch_to_json(batch)), batch.batch)
            headers = {
                DEVICE_HEADER: sent.device,
                BATCH_HEADER: sent.batch,
                CHALLENGE_HEADER: sent.challenge,
                SIGNATURE_HEADER: sent.signature,
                "Content-Type": "application/json",
            }
            with requests.Session() as session:
                session.trust_env = False
                assert session.post(station + EXCHANGE_PATH, data=sent.body, headers=headers).status_code == 200
                assert session.get(station + "/sign-in").status_code == 200
        text = asked(address)
    assert value_of(text, 'contact755_records_total{verdict="accepted"}') == 1
    assert value_of(text, 'contact755_records_total{verdict="quarantined"}') == 1
    assert value_of(text, 'contact755_answers_total{door="devices",status="200"}') == 1
    assert value_of(text, 'contact755_answers_total{door="console",status="200"}') == 1
    assert value_of(text, 'contact755_answer_seconds_count{door="devices"}') == 1
    assert value_of(text, "contact755_quarantine_waiting") == 1
    assert value_of(text, "contact755_devices") == 1
    assert value_of(text, "contact755_database_up") == 1
    assert not tells_of(text, PERSON)


@ON_SQLITE_ALONE
def test_without_its_database_the_numbers_say_so(database: Database, place: Path) -> None:
    with serving_metrics(database, 0) as (_, address):
        (place / "station.sqlite3").rename(place / "elsewhere")
        text = asked(str(address))
    assert value_of(text, "contact755_database_up") == 0
    assert "contact755_devices" not in text


@pytest.mark.parametrize("text", ['person="900001"} 1.0', "/day/900001?x", "'900001'"])
def test_a_number_that_is_told_is_seen(text: str) -> None:
    assert tells_of(text, PERSON)
    assert not tells_of("answer_seconds_sum 0.025900001", PERSON)


def test_a_port_that_is_taken_is_named(database: Database) -> None:
    with serving_metrics(database, 0) as (_, address):
        port = int(str(address).split(":")[2].split("/")[0])
        with pytest.raises(Stop, match="Name another"), serving_metrics(database, port):
            pass


def test_a_fault_is_told_by_its_place_alone() -> None:
    try:
        int(PERSON + "x")
    except ValueError as problem:
        told = fault_place(problem)
    assert told.startswith("ValueError at ")
    assert PERSON not in told


def test_the_program_serves_numbers_and_logs_lines_without_anybodys_number(station755: Program) -> None:
    process = station755.start("serve", "--port", "0", "--json", "--metrics-port", "0", "--log-json")
    try:
        said = said_at_start(process)
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{said['address']}/worksheets/2026-11-22/day/{PERSON}?person={PERSON}", allow_redirects=False)
            session.get(said["address"] + "/healthz")
        assert "contact755_answers_total" in asked(said["metrics"])
    finally:
        process.terminate()
        _, log = process.communicate(timeout=START_SECONDS_MAX)
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    answers = [(line["route"], line["status"]) for line in lines if line["message"] == "answered"]
    assert answers == [("/worksheets/{on}/{watch}/{person}", 303), ("/healthz", 200)]
    assert {"at", "level", "message"} <= set(lines[0])
    assert "station-started" in {line["message"] for line in lines}
    assert not tells_of(log, PERSON)
