"""How a stored number is dialled out of a trunk."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

_REMEMBERED = 4096  #: a number is asked for again and again while its emergency is open


@lru_cache(_REMEMBERED)
def dialable(number: str, *, country: str) -> str:
    """Digits for a trunk of `country`: national form for its own numbers (0 and area code included), 00… for others.

    What is not E.164 (a short internal number, say) is dialled as it is, digits only.
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return _digits(number)
    if parsed.country_code == phonenumbers.country_code_for_region(country):
        return _digits(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
    return "00" + _digits(number)


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")
