"""Two weeks of plausible contacts, the same for the same day, made and sent as devices do it. Nobody is behind them.

RDs are Norwalk's own; 0454, 0451 and 0453 come up most, as in the station's public incidents (DOMAIN.md §2). How many
contacts a shift has is made up: no figure is published.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from demo.briefing import read_briefings
from field_app.card_counts import count_cards
from field_app.enrolling import enrol
from field_app.hand import Hand, open_hand
from field_app.logbook import Details
from field_app.sending import Sending
from sync.records import Role, Source
from sync.reference import Reference
from sync.times import whole_milliseconds

DAYS = 14
# Shares of made-up contacts: on calls, calls that have their tag, contacts whose RD was forgotten.
CALLS, TAGGED, WITHOUT_RD = 0.2, 0.9, 0.05
# Every so many days the cards in a car are counted, and there are so many: made up too.
COUNTED_DAYS, CARDS_IN_CAR = 3, (15, 90)
BUSY_RDS = ("0454", "0451", "0453")
NOTES = (None, None, None, "Demo: asked about porch lights", "Demo: vacation check explained", "Demo: parked trailer")


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works on which watch, in which car."""

    car: str
    person: str
    role: Role
    watch: str
    unit: str | None


CREWS = (
    Crew("demo car 41", "900041", Role.DEPUTY, "day", "41A"),
    Crew("demo car 42", "900042", Role.DEPUTY, "pm", "42A"),
    Crew("demo car 43", "900043", Role.DEPUTY, "em", "43A"),
    Crew("demo volunteers", "900055", Role.VOLUNTEER, "day", "47V"),
    Crew("demo desk", "900060", Role.DESK, "day", None),
)
# Who has read the briefing by now.
READERS = ("900042", "900055")


class DemoClock:
    """A device's clock that is set by the story; each day counts as a boot of its own."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a story, not a secret
        self.at: datetime | None = None

    def now(self) -> datetime:
        """The story's time, or the real one."""
        return whole_milliseconds(self.at or datetime.now(UTC))

    def monotonic_ms(self) -> int:
        """Milliseconds since the story's midnight."""
        now = self.now()
        return ((now.hour * 60 + now.minute) * 60 + now.second) * 1000

    def boot(self) -> str:
        """The story's day."""
        return f"demo-{self.at.date() if self.at else 'now'}"

    def new_id(self) -> str:
        """A UUIDv7 of the story's time, the same in each run."""
        stamp = int(self.now().timestamp() * 1000)
        return str(
            UUID(
                int=(stamp << 80)
                | (7 << 76)
                | (self._random.getrandbits(12) << 64)
                | (2 << 62)
                | self._random.getrandbits(62)
            )
        )


def fill(folder: Path, address: str, code_for: Callable[[str], str], reference: Reference, today: date) -> int:
    """Live through the two weeks before today with every crew; how many contacts the station took in."""
    received = 0
    for seed, crew in enumerate(CREWS):
        clock = DemoClock(seed)
        with open_hand(folder / crew.car, clock, reference) as hand:
            station = enrol(hand.device, address, code_for(crew.car), None, hand.client)
            for back in range(DAYS, 0, -1):
                _work(hand, clock, crew, today - timedelta(days=back), reference)
            clock.at = None
            client = hand.client(station)
            sending = Sending(hand.store, hand.logbook, clock, client)
            received += len(sending.send().received)
            if crew.person in READERS:
                read_briefings(hand, crew.person, crew.role, crew.watch, crew.unit)
                sending.send()
            client.close()
    return received


def _work(hand: Hand, clock: DemoClock, crew: Crew, day: date, reference: Reference) -> None:
    """One shift."""
    chance = random.Random(f"{day} {crew.person}")  # noqa: S311 - a story, not a secret
    watch = reference.watches[crew.watch]
    begins = datetime.combine(day, watch.starts, tzinfo=reference.zone)
    clock.at = begins
    hand.logbook.sign_on(crew.person, crew.role, crew.watch, crew.unit)
    if crew.unit is not None and day.toordinal() % COUNTED_DAYS == 0:
        count_cards(hand, chance.randint(*CARDS_IN_CAR))
    for minute in sorted(chance.sample(range(20, watch.minutes - 20), chance.randint(2, 9))):
        clock.at = begins + timedelta(minutes=minute)
        hand.logbook.log(details_of(chance, crew, reference))
    hand.logbook.sign_off()


def details_of(chance: random.Random, crew: Crew, reference: Reference) -> Details:
    """One contact of a crew, as chance has it."""
    rds = [rd for rds in list(reference.areas.values())[:3] for rd in rds]
    is_call = crew.role is Role.DEPUTY and chance.random() < CALLS
    setting = "counter-report" if crew.role is Role.DESK else chance.choice([*reference.settings][:6])
    people = chance.randint(8, 40) if setting in {"community-group", "station-event"} else chance.randint(1, 4)
    return Details(
        setting=setting,
        source=Source.CALL if is_call else None,
        rd=None if chance.random() < WITHOUT_RD else chance.choice([*BUSY_RDS * 4, *rds]),
        tag=str(chance.randint(1, 400)) if is_call and chance.random() < TAGGED else None,
        people=people,
        cards=min(people, chance.randint(0, 12)),
        minutes=chance.choice([None, 5, 10, 15]),
        note=chance.choice(NOTES),
    )
