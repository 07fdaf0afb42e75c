"""Telephone numbers as E.164, in this one place, and how they may stand in a log."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import phonenumbers
from phonenumbers import ValidationResult

from callcenter.domain.emergency_numbers import is_emergency_number
from callcenter.errors import EmergencyNumber, NumberUnusable

_LONGEST: Final = 60  #: characters; nobody writes a number longer than that
_LOCAL_DIGITS: Final = 8  #: a number within its area has so many at most
_SEPARATORS: Final = re.compile(r"[\s().·/_‐-―-]+")
_EXTENSION: Final = re.compile(r"(转|轉|分机|分機|ext|x|[;,#*p]).*", re.IGNORECASE | re.DOTALL)
_SCHEME: Final = re.compile(r"^(tel|sip|电话|手机)\s*:\s*", re.IGNORECASE)


def e164(raw: str, *, country: str, area_code: str) -> str:
    """The number as +8613900001111, whatever dashes, full-width digits or extension it was written with.

    `country` is of two letters and holds for numbers without one; `area_code` (with its 0) for local numbers. Raises
    `NumberUnusable` for what cannot be rung back: withheld, service and short numbers, local ones without an area
    code, words; its kind `EmergencyNumber` for 120 and its kin, whatever stands before them.
    """
    digits = _digits(raw)
    if is_emergency_number(digits):
        raise EmergencyNumber(mask(raw))
    if not digits.startswith("+"):
        digits = f"+{digits[2:]}" if digits.startswith("00") else _with_area(digits, area_code)
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException as error:
        raise NumberUnusable(mask(raw)) from error
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    # A new mobile range may be missing from the library's list; a short number that is not on it lacks its area.
    whole = len(str(number.national_number)) > _LOCAL_DIGITS or phonenumbers.is_valid_number(number)
    if not (possible and whole):
        raise NumberUnusable(mask(raw))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask(number: str) -> str:
    """For logs and messages: the last two digits at most, and how many there were."""
    digits = [character for character in number if character.isdigit()]
    if len(digits) < 7:
        return f"({len(number)} characters)"
    return f"…{''.join(digits[-2:])} ({len(digits)} digits)"


def _digits(raw: str) -> str:
    """An optional plus sign and ASCII digits, without separators and extension."""
    if len(raw) > _LONGEST:
        raise NumberUnusable(mask(raw))
    text = _SCHEME.sub("", unicodedata.normalize("NFKC", raw).strip())
    text = _EXTENSION.sub("", text, count=1)
    text = _SEPARATORS.sub("", text)
    if not re.fullmatch(r"\+?[0-9]{3,20}", text):
        raise NumberUnusable(mask(raw))
    return text


def _with_area(digits: str, area_code: str) -> str:
    local = 7 <= len(digits) <= _LOCAL_DIGITS and not digits.startswith("0")
    return area_code + digits if local else digits
