"""Numbers that nobody may ring by accident: 120 and its kin, in every form in which a trunk would still reach them."""

from __future__ import annotations

import re
from typing import Final

_SHORT: Final = "(?:110|112|119|120|122|911|999)"
#: With country and area code (+86120, 0086120, 8610120, 010120), as some carriers take them.
_WITH_AREA: Final = rf"(?:(?:00)?86(?:0?[1-9][0-9]{{1,2}})?|0[0-9]{{2,3}})?{_SHORT}"
_OUTSIDE_LINE: Final = "[09]{0,2}"  # what a switchboard wants first
_NAME: Final = re.compile(_SHORT)
_NUMBER: Final = re.compile(rf"(?<![0-9]){_OUTSIDE_LINE}{_WITH_AREA}(?![0-9])")
_SEPARATORS: Final = re.compile(r"[-+.()\s]+")


def is_emergency_number(number: str) -> bool:
    """Whether a trunk that is given this number might ring an emergency service."""
    return _NUMBER.search(_SEPARATORS.sub("", number)) is not None


def dials_emergency_number(destination: str) -> bool:
    """Whether this dial string might ring an emergency service.

    In PJSIP/<number>@<trunk> every form of the number counts. PJSIP/<account> rings a telephone of ours: there only
    an account that is called 120 itself counts, so that a telephone 9120 can be rung.
    """
    return any(_dials(single) for single in destination.split("&"))


def _dials(destination: str) -> bool:
    first, *more = destination.partition("/")[2].split("/")
    number, at, _ = first.partition("@")
    first_dials = is_emergency_number(number) if at else _NAME.fullmatch(first) is not None
    return first_dials or any(is_emergency_number(part.partition("@")[0]) for part in more)
