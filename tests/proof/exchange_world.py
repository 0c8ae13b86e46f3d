"""One schedule of the simulated exchange: devices, a bad line, a station that crashes and is restored; then the oracle.

Everything is drawn from one seed. In the end the line is good, every device asks and sends until nothing is ready, and
each promise is looked at.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

from exchange_device import SimDevice
from exchange_station import SimStation, Stumbled

from sync.canonical import JsonObject, canonical_bytes, read_json
from sync.exchange import NotReachable
from sync.outcome import Answer
from sync.packing import Packing
from sync.problem import Problem, Trouble, problem_to_json
from sync.records import unhashed
from sync.wire import Batch, batch_to_json

_CONTENTS = ("plain",) * 10 + ("bad", "bad", "bad", "newer", "poison", "cursed")
# How an exchange goes while the line is bad; the first is as it should be.
_FATES = ("good",) * 8 + (
    "lost", "late", "answer lost", "twice", "copied", "other answer", "portal", "cut", "crash", "crash", "busy",
)  # fmt: skip
_NO_RECEIPT = Answer(200, {}, b'{"wire":1,"verdicts":""}')
_ROUNDS_MAX = 30
Sent = tuple[str, str, bytes]


class World:
    """Devices, a line and a station, from one seed."""

    def __init__(self, seed: int, make_station: Callable[[Random, int], SimStation] = SimStation) -> None:
        self.lot = lot = Random(seed)
        self.station = make_station(lot, lot.choice((1, 2, 3, 1000)))
        self.devices = [SimDevice(number) for number in range(lot.choice((1, 1, 2, 2, 3)))]
        self.is_good = self.is_restored = self.is_restored_untold = False
        # Columns are dear to make, and have tests of their own: in the other worlds records travel as a plain list.
        self.has_columns = seed % 8 == 0
        self._late: list[Sent] = []
        self._answers: list[Answer] = []
        self._ids = 0
        self._audits = 0

    def run(self) -> None:
        """Everything that happens, and then the oracle."""
        actions: tuple[Callable[[], None], ...] = (
            self._log,
            self._log,
            self._send,
            self._send,
            self._send,
            self._arrives_late,
        )
        actions += (self._happens,) * self.lot.choice((1, 6))
        for _ in range(self.lot.randint(4, 12)):
            self.lot.choice(actions)()
        self._settle_down()
        self._judge()

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:  # noqa: ARG002 - a line's protocol
        """Carry a batch there and its answer back, as well as the line does."""
        sent = batch.device, batch.batch, self._body(batch)
        fate = "good" if self.is_good else self.lot.choice(_FATES)
        if fate == "portal":
            return Answer(200, {}, b"<html>Sign in</html>")
        if fate == "busy":
            return _problem(Trouble.CANNOT_STORE, 503)
        if fate in ("late", "copied", "other answer"):
            self._late.append(sent)
        if fate in ("lost", "late"):
            raise NotReachable("No connection.")
        if fate == "other answer":
            return self.lot.choice(self._answers) if self._answers else _NO_RECEIPT
        return self._spoiled(fate, self._arrives(sent, crashes=fate == "crash"), sent)

    def _spoiled(self, fate: str, answer: Answer, sent: Sent) -> Answer:
        """What the way back makes of an answer."""
        if fate == "answer lost":
            raise NotReachable("No answer.")
        if fate == "cut":
            return Answer(answer.status, {}, answer.body[: self.lot.randrange(len(answer.body))])
        return self._arrives(sent) if fate == "twice" else answer

    def _body(self, batch: Batch) -> bytes:
        if self.has_columns:
            return json.dumps(batch_to_json(batch)).encode()
        return json.dumps({**batch_to_json(replace(batch, records=())), "plain": batch.records}).encode()

    def _arrives(self, sent: Sent, *, crashes: bool = False) -> Answer:
        try:
            receipt = self.station.receive(*sent, crashes=crashes)
        except Stumbled:
            return _problem(Trouble.FAULT, 500)
        if receipt is None:
            raise NotReachable("The connection broke.")
        if not crashes:
            self._audit(sent[0], receipt["audit"])
        answer = Answer(200, {}, json.dumps(receipt).encode())
        self._answers.append(answer)
        return answer

    def _log(self) -> None:
        device = self.lot.choice(self.devices)
        for _ in range(self.lot.randint(1, 4)):
            self._ids += 1
            key = f"00000001-0000-7000-8000-{self._ids:012d}"
            if self._ids > 1 and self.lot.random() < 0.08:
                key = f"00000001-0000-7000-8000-{self.lot.randrange(1, self._ids):012d}"  # an id that is in use
                if key in device.logged:
                    continue
            content: JsonObject = {"content": self.lot.choice(_CONTENTS)}
            if device.logged and self.lot.random() < 0.2:
                content[self.lot.choice(("corrects", "withdraws"))] = self.lot.choice(list(device.logged))
            device.log(key, content)

    def _send(self) -> None:
        kill_in = self.lot.choice((None, None, None, 0, 0.5, 1, 1.5))
        self.lot.choice(self.devices).send(self, self.lot.choice((1, 2, 4, 200)), kill_in)
        if not self.is_restored:  # until then a verdict is true at once, not only when all is quiet
            self._judge_kept()

    def _arrives_late(self) -> None:
        if self._late:
            sent = self._late.pop(self.lot.randrange(len(self._late)))
            try:
                self._arrives(sent)
            except NotReachable:
                self._late.append(sent)

    def _happens(self) -> None:
        match self.lot.choice(("hours", "days", "backup", "restore", "restore, untold", "decision", "decision", "ask")):
            case "hours":
                self.station.hour += 8
            case "days":
                self.station.hour += 48
            case "backup":
                self.station.back_up()
            case "restore" | "restore, untold" as how:
                self._restore(is_told=how == "restore")
            case "decision":
                self.station.decide()
            case "ask":
                self.lot.choice(self.devices).ask(self)

    def _bad_night(self) -> None:
        """The backup is put back after a device was told of what came since; then something else is decided."""
        self.station.back_up()
        self.station.decide()
        for device in self.devices:
            device.send(self, 200)
            device.ask(self)
        self._restore(is_told=self.lot.random() < 0.5)
        self.station.decide()

    def _restore(self, *, is_told: bool) -> None:
        self.station.restore(is_told=is_told)
        self.is_restored = True
        self.is_restored_untold |= not is_told

    def _settle_down(self) -> None:
        """The line becomes good: all that is under way arrives, and each device asks and sends until all is quiet."""
        self.is_good = self.station.is_well = True
        while self._late:
            self._arrives_late()
        if self.lot.random() < 0.2:
            self._bad_night()
        quiet_rounds = 0
        for _ in range(_ROUNDS_MAX):
            before = self._state()
            for device in self.devices:
                if all(device.logged[key]["content"] == "cursed" for key in device.ready()):
                    device.ask(self)
                device.send(self, 200)
            quiet_rounds = quiet_rounds + 1 if self._state() == before else 0
            # While records are left, a send may have given up before it came to all of them.
            if quiet_rounds == (5 if any(device.ready() for device in self.devices) else 1):
                return
        raise AssertionError("blocked: no quiet")

    def _state(self) -> object:
        db = self.station.db
        return (
            db.epoch,
            len(db.records),
            len(db.quarantine),
            [(each.ready(), each.store.standing()) for each in self.devices],
        )

    def _audit(self, device: str, audit: JsonObject) -> None:
        """The audit names exactly what is not here."""
        missing = {number for first, last in audit["missing"] for number in range(first, last + 1)}
        expected = set(range(1, audit["said"] + 1)) - self.station.held(device)
        assert missing == expected, f"audit: {sorted(missing)} for {sorted(expected)}"
        assert audit["held"] == audit["said"] - len(missing), "audit: a wrong count"

    def _judge(self) -> None:
        db = self.station.db
        logged = {each.canonical(key) for each in self.devices for key in each.logged}
        twice = [key for key, count in Counter(row.id for row in db.records.values()).items() if count > 1]
        assert not twice, f"twice: {twice}"
        assert {row.raw for row in db.records.values()} <= logged, "phantom: a record"
        assert {_content_of(row.raw) for row in db.quarantine.values()} <= logged, "phantom: in quarantine"
        self._judge_kept()
        for device in self.devices:
            for key in device.ready():
                assert device.logged[key]["content"] == "cursed", f"blocked: {key} of {device.number}"
        self._judge_news()

    def _judge_kept(self) -> None:
        """What is not ready to send any more is at the station, as a record or put aside."""
        kept = {row.raw for row in self.station.db.records.values()}
        aside = {(row.device, _content_of(row.raw)) for row in self.station.db.quarantine.values()}
        for device in self.devices:
            for key in device.logged.keys() - set(device.ready()):
                canonical = device.canonical(key)
                is_here = canonical in kept or (device.id, canonical) in aside
                assert is_here, f"lost: {key} of {device.number}, {device.logged[key]['content']}"

    def _judge_news(self) -> None:
        """Each last decision of a sergeant is known on its device.

        After a restore without a word its number may be one that the device has had: only records are refilled then.
        """
        if self.is_restored_untold:
            return
        last = {(device, body["id"]): body for device, body in self.station.db.news}
        for device in self.devices:
            for key, record in device.logged.items():
                body = last.get((device.id, key))
                if body is not None and body["hash"] == record["hash"]:
                    assert device.reason(key) == body["reason"], f"news: {key} of {device.number}, {body['reason']}"


def _content_of(raw: bytes) -> bytes:
    """What was put aside, in the one spelling of its content."""
    return canonical_bytes(unhashed(read_json(raw)))


def _problem(trouble: Trouble, status: int) -> Answer:
    return Answer(status, {}, json.dumps(problem_to_json(Problem(trouble, status, "A sentence."))).encode())
