"""Whether a part of the house is well. Standard library only."""

from __future__ import annotations

from enum import StrEnum


class Health(StrEnum):
    WELL = "well"
    UNWELL = "unwell"
    NO_DATA = "no_data"  #: nobody knows, which is not the same as well


class HealthPart(StrEnum):
    """What the wallboard names."""

    TELEPHONY = "telephony"  #: Asterisk
    TRUNK = "trunk"
    SPEECH = "speech"
    DATABASE = "database"
