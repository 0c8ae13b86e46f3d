"""A car with its device, as the tests drive it."""

import json
from dataclasses import dataclass

from doubles import FixedClock, Line

from field_app.device import Device, EnrolledAt
from field_app.logbook import Details, Logbook
from field_app.sending import Sending, Sent
from field_app.store.records import RecordStore
from station.database import Database
from station.desk import Desk
from station.devices import make_code
from sync.enrolment import Enrolment, enrolment_to_json
from sync.signing import enrolment_message, public_key_of, sign


@dataclass
class Car:
    """A device and whoever is signed on at it."""

    store: RecordStore
    logbook: Logbook
    device: Device
    clock: FixedClock
    line: Line

    def log(self, *settings: str, **details: object) -> list[str]:
        """Log a contact for each setting; their ids."""
        return [self.logbook.log(Details(setting=name, **details)).contact.id for name in settings]  # type: ignore[arg-type]  # a test's shorthand

    def send(self) -> Sent:
        """Send everything that is ready."""
        return Sending(self.store, self.logbook, self.clock, self.line).send()


def enrol_at(desk: Desk, database: Database, device: Device, name: str, clock: FixedClock) -> None:
    """Enrol a device as its person would, without HTTP."""
    identity = device.identity()
    with database.writing() as session:
        code = make_code(session, name, clock.now())
    private_key = device.private_key()
    public_key = public_key_of(private_key)
    message = enrolment_message(device=identity.device, code=code, public_key=public_key)
    asked = Enrolment(code, identity.device, public_key, sign(private_key, message))
    answer = desk.enrol(json.dumps(enrolment_to_json(asked)).encode())
    device.enrol_at(
        EnrolledAt("http://localhost", answer.station, answer.name, None, answer.recovery_key), answer.challenge
    )
