"""The marks that the dialplan leaves at our door, read back as entries. Never trusted: a caller chose some of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from callcenter.config.stories import Hotline
from callcenter.domain.calls import Entry, Key
from callcenter.errors import NumberUnusable
from callcenter.services.numbers import e164

LINE_AT_MOST: Final = 40  #: characters kept of the number that was sent
_EPOCH_DIGITS: Final = 10  #: enough until the year 2286


def entry_of(uniqueid: str, mark: str, hotline: Hotline, *, now: datetime) -> Entry:
    """The entry behind a mark `key|account|line|epoch|channel`.

    A mark that is broken is still somebody at the door: what cannot be read is empty, the key counts as red, the time
    as now. Only the line may hold `|`.
    """
    head = mark.split("|", 2)
    tail = head[2].rsplit("|", 2) if len(head) == 3 else []
    raw, epoch, channel = tail if len(tail) == 3 else ("", "", "")
    raw = raw[:LINE_AT_MOST]
    return Entry(
        uniqueid=uniqueid,
        channel=channel,
        key=Key(head[0]) if head[0] in set(Key) else Key.RED,
        account=head[1] if len(head) > 1 else "",
        line=line_of(raw, hotline),
        line_raw=raw,
        at=_moment(epoch) or now,
    )


def line_of(raw: str, hotline: Hotline) -> str:
    """The number in E.164, or "" when it was withheld or cannot be rung."""
    try:
        return e164(raw[:LINE_AT_MOST], country=hotline.country, area_code=hotline.area_code)
    except NumberUnusable:
        return ""


def _moment(epoch: str) -> datetime | None:
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) <= _EPOCH_DIGITS):
        return None
    return datetime.fromtimestamp(int(epoch), UTC)
