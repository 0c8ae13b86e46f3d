"""Devices and bundles as the pages show them. Pure."""

from dataclasses import dataclass
from datetime import datetime

from station.audits import ranges_in
from station.bundles import Kept, Outcome
from station.console.device_texts import DEVICE_STATE_WORDS, SIGN_WORDS, TEXTS
from station.console.people_words import moment_words
from station.device_states import DeviceFacts, Exchanged, Sign, signs
from sync.audit import count_of
from sync.reference import Reference


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """A device as shown; `signs` are what somebody should look at, in words, `is_revoked` what its forms hang on."""

    id: str
    name: str
    unit: str
    state: str
    is_revoked: bool
    since: str
    enrolled: str
    heard: str
    app: str
    ready: int
    sequence_last: int
    missing_count: int
    missing: str
    is_missing_cut: bool
    damage: list[str]
    waiting: int
    signs: list[str]


@dataclass(frozen=True, slots=True)
class ExchangedWords:
    """An exchange as shown."""

    receipt: int
    at: str
    records: int


@dataclass(frozen=True, slots=True)
class BundleWords:
    """A bundle that was taken in, as shown."""

    number: int
    device: str
    device_id: str
    at: str
    who: str
    is_rescue: bool
    outcome: str
    damage: list[str]
    has_receipt: bool


def device_words(device: DeviceFacts, now: datetime, reference: Reference) -> DeviceWords:
    """A device in words."""
    return DeviceWords(
        id=str(device.id),
        name=device.name,
        unit=device.unit or "",
        state=DEVICE_STATE_WORDS[device.state],
        is_revoked=device.revoked_at is not None,
        since="" if device.revoked_at is None else moment_words(device.revoked_at, reference),
        enrolled=moment_words(device.enrolled_at, reference),
        heard=TEXTS["never"] if device.heard_at is None else moment_words(device.heard_at, reference),
        app=device.app or "",
        ready=device.ready,
        sequence_last=device.sequence_last,
        missing_count=device.missing_count,
        missing=device.missing,
        is_missing_cut=count_of(ranges_in(device.missing)) < device.missing_count,
        damage=(device.damage or "").splitlines(),
        waiting=device.waiting,
        signs=[_sign_words(sign, device) for sign in signs(device, now)],
    )


def exchanged_words(exchanged: Exchanged, reference: Reference) -> ExchangedWords:
    """An exchange in words."""
    return ExchangedWords(exchanged.receipt, moment_words(exchanged.at, reference), exchanged.records)


def bundle_words(kept: Kept, reference: Reference) -> BundleWords:
    """A bundle in words."""
    return BundleWords(
        number=kept.number,
        device=kept.device,
        device_id=str(kept.device_id),
        at=moment_words(kept.at, reference),
        who=kept.who,
        is_rescue=kept.is_rescue,
        outcome=outcome_words(kept.outcome),
        damage=kept.damage.splitlines(),
        has_receipt=kept.has_receipt,
    )


def outcome_words(outcome: Outcome) -> str:
    """What came of a bundle, in words."""
    aside = f"{outcome.aside} {TEXTS['aside']}"
    parts = [
        f"{outcome.accepted} {TEXTS['accepted']}",
        f"{outcome.already_here} {TEXTS['already_here']}",
        aside + (f" ({outcome.newly} {TEXTS['aside_new']})" if outcome.aside else ""),
        *([f"{outcome.later} {TEXTS['later']}"] if outcome.later else []),
    ]
    return ", ".join(parts)


def _sign_words(sign: Sign, device: DeviceFacts) -> str:
    count = {Sign.LACKING: device.missing_count, Sign.WAITING: device.waiting}.get(sign)
    return SIGN_WORDS[sign] if count is None else f"{count} {SIGN_WORDS[sign]}"
