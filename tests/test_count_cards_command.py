"""`contact755 count-cards`, and the count at the station."""

import json

from programs import Program

from sync.commandline import Exit


def test_a_count_is_kept_and_a_wrong_one_is_refused_in_a_sentence(deputy: Program) -> None:
    said = deputy("count-cards", "38")
    assert said.code == 0
    assert said.out.startswith("Counted ")
    assert said.out.rstrip().endswith(" · 42A · 38 cards")
    found = deputy("count-cards", "1", "--json").json
    assert (found["unit"], found["cards"], found["person"]) == ("42A", 1, "900001")
    assert "card counts" in deputy("status").out
    for typed, words in (
        ("-1", "whole number"),
        ("many", "whole number"),
        ("10000", "0 to 9999"),
        ("", "whole number"),
    ):
        said = deputy("count-cards", typed)
        assert said.code == Exit.BAD_INPUT
        assert words in said.err
    assert deputy("status", "--json").json["records_ready"] == 2


def test_the_desk_is_told_that_it_has_no_car(contact755: Program) -> None:
    assert contact755("count-cards", "3").code == Exit.NOT_READY
    assert contact755("sign-on", "900002", "--watch", "pm", "--role", "desk").code == 0
    said = contact755("count-cards", "3", "--json")
    assert said.code == Exit.BAD_INPUT
    assert "Sign on with a unit first" in json.loads(said.out or said.err)["error"]
