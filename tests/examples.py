"""The same example of each thing, for golden files and for tests that need one."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from doubles import START, uuids

from sync.audit import Audit
from sync.briefings import Audience, BriefingNews, BriefingWithdrawn
from sync.bundle import Bundle, SealedFrame
from sync.enrolment import Enrolled, Enrolment
from sync.gathering import Raw
from sync.news import News, NewsItem
from sync.problem import Problem, Trouble
from sync.receipt_file import Answered, ReceiptFile, Taken, reply_key
from sync.records import (
    BriefingAcknowledgement,
    CardCount,
    Contact,
    Role,
    Source,
    Withdrawal,
    Worksheet,
    hashed,
    record_to_json,
)
from sync.rotation import Rotated, Rotation
from sync.sealing import recovery_public_key
from sync.verdicts import Verdict
from sync.wire import Batch, Judged, Receipt, digest_of

_IDS = uuids()
DEVICE, CONTACT_ID, OTHER_ID, BATCH_ID = (next(_IDS) for _ in range(4))

CONTACT = Contact(
    id=CONTACT_ID,
    device=DEVICE,
    sequence=1,
    person="900001",
    entered_at=START,
    monotonic_ms=1_000_000,
    boot="boot-1",
    claimed_at=START - timedelta(minutes=5),
    setting="coffee-shop",
    source=Source.CALL,
    role=Role.DEPUTY,
    watch="day",
    unit="42A",
    rd="0454",
    tag="123",
    people=3,
    cards=2,
    minutes=10,
    note="Asked about porch lights; señal, 안녕하세요, ☕.",
)
WITHDRAWAL = Withdrawal(
    id=OTHER_ID,
    device=DEVICE,
    sequence=2,
    person="900001",
    entered_at=START + timedelta(seconds=9),
    monotonic_ms=1_009_000,
    boot="boot-1",
    withdraws=CONTACT_ID,
    reason="undo",
)
# Signed with the key of 32 bytes 0x11.
WORKSHEET = Worksheet(
    id="01920000-0000-7000-8000-0000000000f0",
    device=DEVICE,
    sequence=3,
    person="900001",
    entered_at=START + timedelta(hours=3, minutes=26),
    monotonic_ms=13_360_000,
    boot="boot-1",
    watch="day",
    shift_on=date(2026, 11, 22),
    unit="42A",
    contacts=(CONTACT_ID, OTHER_ID),
    key="d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737",
    signature="1f7e4dd1230c0a98f03184dd5b7d5fcd75f0e83bb88d3c41b6cbd688a1a31b19659b381f724f38c10b0ebc71f8938d16f1037209341b2efe74af0b1d8b1e7906",
)
CARD_COUNT = CardCount(
    id="01920000-0000-7000-8000-0000000000f1",
    device=DEVICE,
    sequence=4,
    person="900001",
    entered_at=START + timedelta(hours=3, minutes=30),
    monotonic_ms=13_600_000,
    boot="boot-1",
    unit="42A",
    cards=38,
)
BRIEFING = BriefingNews(
    briefing="b1f00000-0000-4000-8000-000000000001",
    edition=2,
    at=START - timedelta(days=1),
    by="900003",
    title="Community Partnership Program",
    text='Hand out the "755" card.\n\n- Porch lights, señal, 안녕하세요\n- **755**',
    audience=Audience(("day", "pm"), ("La Mirada",), ("deputy",)),
    due=(date(2026, 11, 25), date(2026, 12, 25)),
)
BRIEFING_WITHDRAWN = BriefingWithdrawn(BRIEFING.briefing, START, "900003")
ACKNOWLEDGEMENT = BriefingAcknowledgement(
    id="01920000-0000-7000-8000-0000000000f2",
    device=DEVICE,
    sequence=5,
    person="900001",
    entered_at=START + timedelta(hours=4),
    monotonic_ms=15_400_000,
    boot="boot-1",
    briefing=BRIEFING.briefing,
    edition=2,
    text_hash=BRIEFING.text_hash,
    due_on=date(2026, 11, 25),
    watch="day",
)
BATCH = Batch(
    batch=BATCH_ID,
    device=DEVICE,
    app="0.1.0",
    sent_at=START + timedelta(hours=2),
    monotonic_ms=8_200_000,
    boot="boot-1",
    sequence_last=2,
    records=(hashed(record_to_json(CONTACT)), hashed(record_to_json(WITHDRAWAL))),
    ready=2,
    epoch="6d6c4b54-0000-4000-8000-000000000001",
    receipt_last=46,
    news=11,
    damage=("journal-00000001.log: bytes 24 to 600 are damaged",),
)
RECEIPT = Receipt(
    receipt=47,
    batch=BATCH_ID,
    epoch="6d6c4b54-0000-4000-8000-000000000001",
    received_at=START + timedelta(hours=2, seconds=1),
    challenge="1795384326.00",
    verdicts=(Judged(CONTACT_ID, Verdict.ACCEPTED), Judged(OTHER_ID, Verdict.QUARANTINED, "A reason.")),
    digest=digest_of(BATCH.records),
    audit=Audit(said=4711, held=4709, missing=((4512, 4513),)),
    news=News(
        (NewsItem(12, "verdict", {"id": CONTACT_ID, "hash": "ab" * 16, "verdict": "accepted", "reason": "Released."}),),
        is_more=True,
    ),
)
RECEIPT_WITH_PINS = replace(RECEIPT, pins=("A" * 43, "_-09z" + "B" * 38))
PROBLEM = Problem(Trouble.CHALLENGE_STALE, 401, "The challenge is too old; sign this fresh one.", "1795384326.00")
ENROLMENT = Enrolment("K7QM-4T2X", DEVICE, "00" * 32, "ff" * 64)
ROTATION = Rotation(DEVICE, "11" * 32, "ee" * 64)
ROTATED = Rotated(DEVICE, "11" * 32, RECEIPT.challenge)
ENROLLED = Enrolled(DEVICE, "car 42", "Norwalk Station", RECEIPT.epoch, RECEIPT.challenge, "a5" * 32)

BUNDLE = Bundle(
    device=DEVICE,
    app="0.1.0",
    made_at=START + timedelta(days=1),
    sequence_last=2,
    damage=("journal-00000001.log: bytes 24 to 600 are damaged; the good frames behind them were read",),
    records=(hashed(record_to_json(CONTACT)), hashed(record_to_json(WITHDRAWAL))),
    verdicts={CONTACT_ID: {"verdict": "accepted", "reason": None, "receipt": 47, "epoch": RECEIPT.epoch}},
    raw=(Raw("Bytes of the store that are no frame any more.", bytes(range(256))),),
    keys=(b'{"version":1}',),
    frames=(SealedFrame(b"\xf5JS1" + bytes(16), b"sealed"),),
)

# A device's and a station's private key: golden files can be opened with them, and nothing else is.
DEVICE_KEY, STATION_KEY = "0d" * 32, "07" * 32
EXPORT = Bundle(
    device=DEVICE,
    app="0.1.0",
    made_at=START + timedelta(days=1),
    sequence_last=2,
    records=BUNDLE.records,
    verdicts={},
    bundle=BATCH_ID,
    reply=reply_key(DEVICE_KEY, BATCH_ID, recovery_public_key(STATION_KEY)),
)
RECEIPT_FILE = ReceiptFile(
    DEVICE,
    BATCH_ID,
    "Norwalk Station",
    RECEIPT.epoch,
    (
        Taken(
            47,
            RECEIPT.received_at,
            (
                Answered(CONTACT_ID, BUNDLE.records[0]["hash"], Verdict.ACCEPTED),
                Answered(OTHER_ID, BUNDLE.records[1]["hash"], Verdict.QUARANTINED, "A reason."),
            ),
        ),
    ),
)


def contact_json(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any value may be tried
    """The example contact's JSON with some values changed, under a hash that fits; None takes a value away."""
    found = record_to_json(CONTACT) | changes
    return hashed({name: value for name, value in found.items() if value is not None})


def contact(**changes: Any) -> Contact:  # noqa: ANN401 - any value may be tried
    """The example contact with some values changed."""
    return replace(CONTACT, **changes)
