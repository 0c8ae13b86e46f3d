"""Briefings in a device's news, as if a station had told it, for tests without one."""

from dataclasses import replace
from datetime import date, timedelta

from doubles import START
from examples import BATCH, BRIEFING, RECEIPT

from field_app.hand import Hand
from sync.briefings import Audience, BriefingNews, BriefingWithdrawn, briefing_to_json, withdrawn_to_json
from sync.canonical import JsonObject
from sync.news import News, NewsItem
from sync.verdicts import Verdict
from sync.wire import Judged

TODAY = date(2026, 11, 22)
EVERYBODY = replace(BRIEFING, edition=1, audience=Audience(), due=(TODAY + timedelta(days=7),))


def item(news: BriefingNews | BriefingWithdrawn) -> JsonObject:
    """News as the device keeps them."""
    if isinstance(news, BriefingWithdrawn):
        return {"kind": "briefing-withdrawn", "body": withdrawn_to_json(news)}
    return {"kind": "briefing", "body": briefing_to_json(news)}


def tell(hand: Hand, *told: BriefingNews | BriefingWithdrawn, days: int = 0, settled: tuple[str, ...] = ()) -> None:
    """A receipt of so many days later that brings these news, and settles these records."""
    before = hand.store.standing()
    items = [
        NewsItem(before.news + place, item(news)["kind"], item(news)["body"]) for place, news in enumerate(told, 1)
    ]
    receipt = replace(
        RECEIPT,
        receipt=before.receipt + 1,
        batch=BATCH.batch,
        received_at=START + timedelta(days=days),
        verdicts=tuple(Judged(each, Verdict.ACCEPTED) for each in settled),
        audit=replace(RECEIPT.audit, missing=()),
        news=News(tuple(items)),
    )
    hand.store.settle(receipt)
