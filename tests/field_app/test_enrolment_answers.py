"""What a person is told of an enrolment that the station did not take."""

from dataclasses import dataclass

import pytest
from handset import as_body

from field_app.enrolling import EnrolmentRefused, enrol
from field_app.hand import Hand
from sync.enrolment import Enrolment
from sync.exchange import NotReachable
from sync.outcome import Answer
from sync.problem import Problem, Trouble, problem_to_json

FULL = "The station cannot store anything right now."


@dataclass(frozen=True)
class Troubled:
    """A station's desk that is there, and answers every enrolment with the same trouble."""

    trouble: Trouble

    def enrol(self, _: Enrolment) -> Answer:
        """Refuse it."""
        return Answer(503, {}, as_body(problem_to_json(Problem(self.trouble, 503, FULL))))


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (Trouble.CANNOT_STORE, NotReachable),
        (Trouble.FAULT, NotReachable),
        (Trouble.CODE_REFUSED, EnrolmentRefused),
        (Trouble.DEVICE_REVOKED, EnrolmentRefused),
    ],
)
def test_a_station_that_answered_is_told_in_its_own_words_and_as_worth_another_try_if_waiting_helps(
    hand: Hand, trouble: Trouble, told: type[Exception]
) -> None:
    with pytest.raises(told) as caught:
        enrol(hand.device, "https://station.example", "ABCD-EFGH", None, lambda *_: Troubled(trouble))
    assert str(caught.value) == FULL
    assert hand.device.station() is None
