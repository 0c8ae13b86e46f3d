"""The command lines as people and scripts use them."""

import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from programs import Program, address_of, serving

from sync.commandline import EXIT_WORDS, Exit


def counts(contact755: Program) -> tuple[int, int, int]:
    """Contacts ready to send, sent, and in need of attention."""
    found = contact755("status", "--json").json
    return found["ready_to_send"], found["sent"], found["needs_attention"]


@pytest.mark.timeout(300)  # some thirty programs, one after the other; on a busy machine each takes seconds to start
def test_the_journey_by_command(deputy: Program, station755: Program) -> None:
    """Three taps in a dead zone, a killed station, a send, a worksheet, and a send that adds nothing."""
    with serving(station755) as address:
        code = station755("enrol-code", "car 42").out.strip()
        assert deputy("enrol", address, code).out == "Enrolled at Norwalk Station as car 42.\n"
    for setting in ("coffee-shop", "resident-outside", "block-watch"):
        assert deputy("log", setting, "--rd", "0454").out.startswith("Logged ")
    offline = deputy("send")
    assert offline.code == Exit.NOT_REACHABLE
    assert "3 contacts are safe on this device." in offline.err
    assert counts(deputy) == (3, 0, 0)
    with serving(station755, "--host", "127.0.0.1") as address:
        assert (
            deputy("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
        )  # the port has changed
        sent = deputy("send")
        assert sent.code == 0
        assert sent.out == "3 of 3 contacts received. Receipt 1.\n"
        assert deputy("send").out == "Nothing to send.\n"
    assert counts(deputy) == (0, 3, 0)
    (receipt,) = deputy("receipts", "--json").json
    assert (receipt["receipt"], receipt["records"]) == (1, 3)
    assert deputy("receipts").out.startswith("Receipt 1 · ")
    status = deputy("status", "--json").json
    assert status["last_receipt"] == receipt
    assert (status["audit"], status["notices"]) == ({"said": 3, "held": 3, "missing": []}, [])
    idle = deputy("send")  # the station is down: there is nothing to send, and no news
    assert (idle.code, idle.out) == (0, "Nothing to send.\n")
    assert idle.err.startswith("No news: ")
    assert deputy("status", "--json").json["oldest_ready_seconds"] is None
    on = datetime.now(ZoneInfo("America/Los_Angeles"))
    sheets = [
        station755("worksheets", "--on", str(day), "--watch", "day", "--csv").out.splitlines()[1:]
        for day in (
            on.date() + timedelta(days=off) for off in (-1, 0, 1)
        )  # the nearest shift, before midnight tomorrow's
    ]
    lines = [line for sheet in sheets for line in sheet]
    assert len(lines) == 3
    assert all(line.endswith(",755") and ",0454," in line for line in lines)


def test_what_is_logged_is_listed_with_all_its_details(deputy: Program) -> None:
    typed = ["--rd", "0460", "--source", "call", "--tag", "123", "--people", "4", "--cards", "0", "--minutes", "15"]
    assert deputy("log", "business-owner", *typed, "--note", "Señal, ☕", "--json").code == 0
    (found,) = deputy("list", "--json").json
    kept = {name: found[name] for name in ("setting", "rd", "source", "tag", "people", "cards", "minutes", "note")}
    assert kept == {
        "setting": "business-owner",
        "rd": "0460",
        "source": "call",
        "tag": "123",
        "people": 4,
        "cards": 0,
        "minutes": 15,
        "note": "Señal, ☕",
    }
    assert (found["person"], found["unit"], found["watch"], found["role"]) == ("900001", "42A", "day", "deputy")
    assert (found["state"], found["missing"]) == ("ready_to_send", [])


def test_undo_correct_and_withdraw(deputy: Program) -> None:
    first, second = (deputy("log", name, "--json").json["id"] for name in ("coffee-shop", "other"))
    assert deputy("undo").out.startswith("Undone ")
    corrected = deputy("correct", first[-6:], "--people", "9", "--rd", "0451", "--json").json
    assert (corrected["corrects"], corrected["people"], corrected["rd"]) == (first, 9, "0451")
    assert [item["id"] for item in deputy("list", "--json").json] == [corrected["id"]]
    assert {item["id"] for item in deputy("list", "--all", "--json").json} == {first, second, corrected["id"]}
    stopped = deputy("withdraw", corrected["id"], "--reason", "stop")
    assert "840" in stopped.out
    assert "SACR" in stopped.out
    assert deputy("list", "--json").json == []
    assert deputy("undo").code == Exit.NOT_FOUND
    assert counts(deputy) == (0, 0, 0)
    assert deputy("status", "--json").json["records_ready"] == 6


def test_a_call_without_a_tag_and_a_contact_without_an_rd_are_logged_and_flagged(deputy: Program) -> None:
    said = deputy("log", "resident-outside", "--source", "call")
    assert said.code == 0
    assert "no RD yet" in said.out
    assert "no tag yet" in said.out
    assert deputy("list", "--json").json[0]["missing"] == ["tag", "rd"]


def test_a_counter_report_is_always_counter_and_the_desk_has_no_unit(contact755: Program) -> None:
    assert contact755("sign-on", "900002", "--watch", "pm", "--role", "desk", "--unit", "42A").code == Exit.BAD_INPUT
    assert contact755("sign-on", "900002", "--watch", "pm", "--role", "desk").code == 0
    assert contact755("log", "counter-report", "--json").json["source"] == "counter"
    assert contact755("log", "counter-report", "--source", "obs").code == Exit.BAD_INPUT


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["log", "barbecue"], "is not a setting"),
        (["log", "other", "--rd", "9999"], "is not an RD"),
        (["log", "other", "--people", "0"], "whole number from 1 to 9999"),
        (["log", "other", "--people", "10000"], "whole number from 1 to 9999"),
        (["log", "other", "--people", "many"], "is not a whole number"),
        (["log", "other", "--people", "1_0"], "is not a whole number"),
        (["log", "other", "--note", "a\u2028b"], "one line"),
        (["log", "other", "--data", ""], "not empty"),
        (["log", "other", "--note", "\udcff"], "not text in UTF-8"),
        (["log", "other", "--cards", "-1"], "whole number from 0 to 9999"),
        (["log", "other", "--note", "x" * 501], "1 to 500 characters"),
        (["log", "other", "--note", "a\nb"], "one line"),
        (["log", "other", "--at", "2099-01-01T00:00"], "has not come yet"),
        (["log", "other", "--at", "noon"], "is not a time"),
        (["log", "other", "--tag", "x"], "is not a tag"),
        (["log"], "required: SETTING"),
        (["sign-on", "smith", "--watch", "day"], "six digits"),
        (["sign-on", "900001"], "--watch"),
        (["enrol", "http://station.example", "K7QM-4T2X"], "Plain http"),
        (["enrol", "http://127.0.0.1:1", "K7QM"], "eight letters and digits"),
        (["barbecue"], "invalid choice"),
        ([], "COMMAND"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_changes_nothing(deputy: Program, typed: list[str], words: str) -> None:
    said = deputy(*typed)
    assert said.code == Exit.BAD_INPUT
    assert words in said.err
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert deputy("list", "--json").json == []


def test_a_refusal_is_json_for_a_program(contact755: Program) -> None:
    said = contact755("log", "other", "--json")
    assert said.code == Exit.NOT_READY
    assert said.json["exit_code"] == Exit.NOT_READY
    assert said.json["error"] in said.err


def test_a_send_that_fails_says_why_to_a_program_too(deputy: Program, station755: Program) -> None:
    with serving(station755) as address:
        deputy("enrol", address, station755("enrol-code", "car 42").out.strip())
    deputy("log", "other")
    said = deputy("send", "--json")
    assert said.code == said.json["exit_code"] == Exit.NOT_REACHABLE
    assert said.json["outcome"] == "not-reachable"
    assert said.json["error"] == said.err.splitlines()[-1]


@pytest.mark.parametrize("stdout", ["/dev/full", "&-"])
def test_a_contact_that_was_logged_is_logged_though_nobody_hears_of_it(deputy: Program, stdout: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" log other >{stdout}', deputy.folder / deputy.name],
        env=deputy.environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(deputy("list", "--json").json) == 1


def test_the_reader_of_the_output_may_go_away(deputy: Program) -> None:
    for typed in ("--help", "list --json", "log nonsense --json"):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"$0" {typed} | true', deputy.folder / deputy.name],
            env=deputy.environment({}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Exception" not in done.stderr


def test_nothing_works_before_sign_on_but_looking(contact755: Program) -> None:
    for typed in (["log", "other"], ["undo"], ["sign-off"], ["withdraw", "123456", "--reason", "x"]):
        assert contact755(*typed).code == Exit.NOT_READY
    assert contact755("send").code == Exit.NOT_READY
    assert contact755("list", "--json").json == []
    assert counts(contact755) == (0, 0, 0)


def test_signing_off_keeps_what_is_not_sent(deputy: Program) -> None:
    deputy("log", "other")
    said = deputy("sign-off")
    assert "1 contact is not sent yet and safe on this device" in said.out
    assert counts(deputy) == (1, 0, 0)


def test_only_the_person_who_logged_a_contact_can_change_it(deputy: Program) -> None:
    contact = deputy("log", "other", "--json").json["id"]
    deputy("sign-on", "900002", "--watch", "pm")
    for typed in (["withdraw", contact, "--reason", "x"], ["correct", contact, "--people", "2"]):
        said = deputy(*typed)
        assert said.code == Exit.NOT_FOUND
        assert "someone else" in said.err
    assert deputy("undo").code == Exit.NOT_FOUND


def test_a_wrong_used_or_foreign_code_and_a_revoked_device_are_told_apart(
    deputy: Program, station755: Program, tmp_path: Path
) -> None:
    other = Program("contact755", tmp_path / "other car")
    with serving(station755) as address:
        assert deputy("enrol", address, "0000-0000").code == Exit.REFUSED
        code = station755("enrol-code", "car 42").out.strip()
        assert deputy("enrol", address, code.lower().replace("-", "")).code == 0
        assert deputy("enrol", address, code).code == 0  # the first answer may have been lost
        used = other("enrol", address, code)
        assert used.code == Exit.REFUSED
        assert "Another device has used this code" in used.err
        deputy("log", "other")
        assert station755("revoke", "car 42").code == 0
        assert station755("revoke", "car 43").code == Exit.NOT_FOUND
        refused = deputy("send")
        assert refused.code == Exit.REFUSED
        assert "revoked this device" in refused.err
        assert counts(deputy) == (1, 0, 0)
        assert deputy("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
        assert deputy("send").code == 0


def test_a_port_that_is_taken_and_an_address_of_another_machine_are_refused(station755: Program) -> None:
    with serving(station755) as address:
        taken = station755("serve", "--port", address.rpartition(":")[2])
    assert taken.code == Exit.CANNOT_SERVE
    assert "--port" in taken.err
    elsewhere = station755("serve", "--host", "192.0.2.99", "--port", "0")
    assert elsewhere.code == Exit.CANNOT_SERVE
    assert "--host" in elsewhere.err
    unspeakable = station755("serve", "--name", "two words", "--port", "0")
    assert unspeakable.code == Exit.BAD_INPUT


def test_a_data_folder_that_is_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for name, typed in (("contact755", ["sign-on", "900001", "--watch", "day"]), ("station755", ["devices"])):
        said = Program(name, tmp_path / "file")(*typed)
        assert said.code == Exit.STORE_TROUBLE, said
        assert len(said.err.splitlines()) == 1


def test_a_person_is_added_once(station755: Program) -> None:
    assert station755("add-person", "900001").out == "Added: 900001, deputy.\n"
    assert station755("add-person", "900001").out == "900001 is known already.\n"
    assert station755("add-person", "Smith").code == Exit.BAD_INPUT


@pytest.mark.parametrize("name", ["contact755", "station755"])
def test_help_shows_every_exit_code(name: str, tmp_path: Path) -> None:
    said = Program(name, tmp_path)("--help")
    assert said.code == 0
    assert all(words in said.out for words in EXIT_WORDS.values())


def test_ctrl_c_ends_the_station_in_order(station755: Program) -> None:
    process = station755.start("serve", "--port", "0", "--json")
    address_of(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, (out, err)
    assert err.startswith("A new station's data folder is made")
    assert len(err.splitlines()) == 1


def test_a_tap_at_a_terminal_waits_for_nothing_that_only_sending_or_the_app_needs() -> None:
    loaded = "import sys, field_app.commands.main; print({'requests', 'asyncio', 'flet'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
