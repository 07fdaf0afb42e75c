"""One call of a check-in: to her, or to one of her contacts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.check_ins import CheckInOutcome


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Its id is the Asterisk uniqueid of the leg, so that it is found again after a restart."""

    id: UUID
    check_in: UUID
    role: Role  #: ELDER or CONTACT
    target: str  #: the contact's id; "" for her
    destination: str  #: what is dialled
    node: str  #: whose Asterisk rings it
    started_at: datetime
    ended_at: datetime | None = None  #: until then it takes a channel
    outcome: CheckInOutcome | LegOutcome = LegOutcome.RINGING

    @property
    def told(self) -> bool:
        """Whether it is known what became of it; the good-bye may still be on the line."""
        return self.outcome is not LegOutcome.RINGING

    def noted(self, outcome: CheckInOutcome | LegOutcome) -> Attempt:
        return replace(self, outcome=outcome)

    def ended(self, outcome: CheckInOutcome | LegOutcome, now: datetime) -> Attempt:
        return replace(self, outcome=outcome, ended_at=now)

    def lost(self, now: datetime) -> Attempt:
        """Its leg is gone, and nobody told us when."""
        return self.ended(self.outcome if self.told else LegOutcome.LOST, now)
