"""Faults put into the protocol on purpose, by name: the simulated schedules must notice each, or they prove nothing."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pytest
from exchange_station import Row, SimStation, same_but_verdicts

from field_app.store import records, settling
from sync import outcome
from sync.canonical import JsonObject
from sync.exchange import Known
from sync.outcome import Answer, Ending, Outcome
from sync.verdicts import MEANINGS, Verdict
from sync.wire import Batch, Judged, Receipt, receipt_from_json, receipt_to_json

Mutate = Callable[[pytest.MonkeyPatch], None]


def no_dedupe(patch: pytest.MonkeyPatch) -> None:
    def store(station: SimStation, row: Row) -> Judged:
        station.db.records[f"{row.id}/{len(station.db.records)}"] = row
        return Judged(row.id, Verdict.ACCEPTED)

    patch.setattr(SimStation, "store", store)


def key_forgotten_after_a_day(patch: pytest.MonkeyPatch) -> None:
    sound = SimStation.store

    def store(station: SimStation, row: Row) -> Judged:
        held = station.db.records.get(row.id or "")
        if held is not None and station.hour - held.hour > 24:
            station.db.records[f"{row.id}/{station.hour}"] = held
            del station.db.records[row.id or ""]
        return sound(station, row)

    patch.setattr(SimStation, "store", store)


def answer_before_commit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimStation, "after_crash", lambda _, receipt: receipt_to_json(receipt))


def trust_any_200(patch: pytest.MonkeyPatch) -> None:
    def receipt(found: object, answer: Answer, batch: Batch) -> Ending:
        try:
            read = receipt_from_json(found, batch)
        except ValueError:
            verdicts = tuple(Judged(None, Verdict.ACCEPTED) for _ in batch.records)
            read = Receipt(1, batch.batch, batch.epoch or "any", batch.sent_at, "any", verdicts)
        return Ending(Outcome.RECEIVED, f"HTTP {answer.status}", receipt=read, challenge=read.challenge)

    patch.setattr(outcome, "_receipt", receipt)


def all_or_nothing(patch: pytest.MonkeyPatch) -> None:
    sound = SimStation.take_in

    def take_in(station: SimStation, batch: Batch) -> Receipt:
        before = station.db.copy()
        receipt = sound(station, batch)
        if all(judged.verdict in (Verdict.ACCEPTED, Verdict.ALREADY_HERE) for judged in receipt.verdicts):
            return receipt
        station.db = before
        put_off = same_but_verdicts(receipt, Verdict.TRY_LATER)
        return replace(put_off, audit=sound(station, replace(batch, records=())).audit)

    patch.setattr(SimStation, "take_in", take_in)


def high_water_mark(patch: pytest.MonkeyPatch) -> None:
    """The device forgets all up to the last record that the receipt settles."""
    sound = records.RecordStore.settle

    def settle(store: records.RecordStore, receipt: Receipt, asked: Known | None = None) -> None:
        settled = {judged.id: judged for judged in receipt.verdicts if MEANINGS[judged.verdict].is_settled}
        ready = store.ready_ids()
        last = max((place for place, key in enumerate(ready) if key in settled), default=-1)
        below = tuple(Judged(key, Verdict.ACCEPTED) for key in ready[: last + 1] if key not in settled)
        sound(store, replace(receipt, verdicts=below + tuple(settled.values())), asked)

    patch.setattr(records.RecordStore, "settle", settle)


def acknowledge_by_id_only(patch: pytest.MonkeyPatch) -> None:
    sound = SimStation.store

    def store(station: SimStation, row: Row) -> Judged:
        return Judged(row.id, Verdict.ALREADY_HERE) if row.id in station.db.records else sound(station, row)

    patch.setattr(SimStation, "store", store)


def last_writer_wins(patch: pytest.MonkeyPatch) -> None:
    def store(station: SimStation, row: Row) -> Judged:
        station.db.records[row.id or ""] = row
        return Judged(row.id, Verdict.ACCEPTED)

    patch.setattr(SimStation, "store", store)


def no_epoch(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimStation, "new_epoch", lambda _: None)


def every_verdict_settles(patch: pytest.MonkeyPatch) -> None:
    """Every verdict settles, also one that asks to try later."""
    sound = settling.verdicts_in

    def verdicts_in(receipt: Receipt, ready: Collection[str]) -> dict[str, JsonObject]:
        return sound(same_but_verdicts(receipt, Verdict.ACCEPTED), ready)

    patch.setattr(records, "verdicts_in", verdicts_in)


MUTANTS: Mapping[str, Mutate] = {
    "no dedupe": no_dedupe,
    "key forgotten after a day": key_forgotten_after_a_day,
    "answer before commit": answer_before_commit,
    "trust any 200": trust_any_200,
    "all or nothing": all_or_nothing,
    "high-water mark": high_water_mark,
    "acknowledge by id only": acknowledge_by_id_only,
    "last writer wins": last_writer_wins,
    "no epoch": no_epoch,
    "every verdict settles": every_verdict_settles,
}
