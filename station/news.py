"""What a device is told with its next receipt."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from station.database import one_at_a_time
from station.table_base import table_of
from station.tables import NewsRow
from sync.canonical import JsonObject
from sync.limits import NEWS_ITEM_BYTES_MAX, NEWS_ITEMS_MAX
from sync.news import News, NewsItem

_NEWS = table_of(NewsRow).c
_NEWS_AFTER = (
    select(_NEWS.id, _NEWS.kind, _NEWS.body)
    .where(or_(_NEWS.device_id == bindparam("device"), _NEWS.device_id.is_(None)), _NEWS.id > bindparam("number"))
    .where(_NEWS.body != "")  # deleted with the records that it was about
    .order_by(_NEWS.id)
    .limit(NEWS_ITEMS_MAX + 1)
)


def tell(session: Session, device: UUID | None, kind: str, body: JsonObject, now: datetime) -> None:
    """Tell a device something, or every device (None). Raises ValueError for more than an item may hold.

    A device asks for what comes after the last number that it has, so no lower one may be committed after it: whoever
    tells something draws numbers alone until the transaction ends. After that it waits for nobody who could tell something.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > NEWS_ITEM_BYTES_MAX:
        raise ValueError(f"A news item has {NEWS_ITEM_BYTES_MAX} bytes at most.")
    one_at_a_time(session, "news")
    session.add(NewsRow(device_id=device, kind=kind, body=text, made_at=now))


def news_after(session: Session, device: UUID, number: int) -> News:
    """What a device has not been told yet, the oldest first."""
    rows = session.connection().execute(_NEWS_AFTER, {"device": device, "number": number}).all()
    items = tuple(NewsItem(row.id, row.kind, json.loads(row.body)) for row in rows[:NEWS_ITEMS_MAX])
    return News(items, is_more=len(rows) > NEWS_ITEMS_MAX)
