"""The legs of check-ins: where she is rung, the row of each call, and what it carries."""

from __future__ import annotations

from uuid import UUID

from callcenter.domain.calls import Role
from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_ins import CheckIn
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import LegRequest
from callcenter.services.desk import Desk
from callcenter.services.dialling import dialable
from dialplans import variables


def places_of(desk: Desk, work: UnitOfWork, elder: UUID) -> list[str]:
    """Where she can be rung, as dial strings: her numbers, one after the other with each attempt, else her pager."""
    accounts, numbers = work.people.call_back_numbers(elder, desk.clock.now())
    lines = [place_of(desk, number) for number in numbers]
    pagers = [desk.config.call_back.pager_destination.format(account=account) for account in accounts]
    return list(dict.fromkeys(lines or pagers))


def place_of(desk: Desk, number: str) -> str:
    """The dial string of a line."""
    dialled = dialable(number, country=desk.config.hotline.country)
    return desk.config.check_ins.line_destination.format(number=dialled)


def attempt_at(
    desk: Desk, work: UnitOfWork, check_in: CheckIn, *, role: Role, target: str, destination: str
) -> Attempt:
    """Adds the row of a call that rings after the commit."""
    attempt = Attempt(
        id=work.new_id(),
        check_in=check_in.id,
        role=role,
        target=target,
        destination=destination,
        node=desk.config.node.name,
        started_at=desk.clock.now(),
    )
    work.check_ins.add_attempt(attempt)
    return attempt


def leg_of(desk: Desk, attempt: Attempt, ring_seconds: float) -> LegRequest:
    """She sees the hotline's name and number, and so do her contacts."""
    hers = attempt.role is Role.ELDER
    return LegRequest(
        id=attempt.id,
        destination=attempt.destination,
        context=variables.CONTEXT_CHECK_IN if hers else variables.CONTEXT_CHECK_IN_CONTACT,
        ring_seconds=ring_seconds,
        caller_name=desk.config.hotline.name,
        caller_number=desk.config.hotline.caller_number,
        variables={variables.ROLE: str(attempt.role), variables.TARGET: str(attempt.check_in)},
    )
