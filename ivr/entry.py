"""What the dialplan says about a call, read with distrust: names and numbers are whatever the caller's side sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from callcenter.config.stories import Hotline
from callcenter.domain.calls import Entry, Key
from callcenter.errors import NumberUnusable
from callcenter.services.numbers import e164

_ID = re.compile(r"[A-Za-z0-9_.-]{1,150}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_.+-]{1,40}")
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")
#: What Asterisk and carriers send instead of a number that is withheld.
_WITHHELD = frozenset({"", "unknown", "anonymous", "restricted", "unavailable", "private", "asterisk"})


def entry_of(environment: Mapping[str, str], *, hotline: Hotline, at: datetime) -> Entry:
    """The call at our door. Never raises: what cannot be used is left out; a key nobody knows is taken for the red one.

    `agi_arg_2` is the key, `agi_arg_3` the SIP account, `agi_arg_4` the entry mark's id (the channel's own if absent).
    """
    line_raw = _NOT_PRINTED.sub("", environment.get("agi_callerid", ""))[:40]
    if line_raw.lower() in _WITHHELD:
        line_raw = ""
    own_id = environment["agi_uniqueid"]
    return Entry(
        uniqueid=_matching(_ID, environment.get("agi_arg_4", "")) or own_id,
        channel=environment["agi_channel"],
        key=_key(environment.get("agi_arg_2", "")),
        account=_matching(_ACCOUNT, environment.get("agi_arg_3", "")),
        line=_number(line_raw, hotline),
        line_raw=line_raw,
        at=at,
    )


def _key(word: str) -> Key:
    try:
        return Key(word)
    except ValueError:
        return Key.RED


def _number(raw: str, hotline: Hotline) -> str:
    if not raw:
        return ""
    try:
        return e164(raw, country=hotline.country, area_code=hotline.area_code)
    except NumberUnusable:
        return ""


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""
