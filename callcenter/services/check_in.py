"""平安问候: does what is due: rings her, asks her contacts, has somebody knock on her door."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from callcenter.domain.calls import Role
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInPlan, CheckInState, after_call
from callcenter.domain.dial_hours import ALL_DAY
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import LegRequest
from callcenter.services.after_last_attempt import ask_contacts, open_visit, raise_for
from callcenter.services.check_in_legs import attempt_at, leg_of, places_of
from callcenter.services.desk import Desk
from callcenter.services.note_check_in import leg_failed
from callcenter.services.speak_check_in import prepare_greeting
from callcenter.services.stop_check_ins import NOT_CALLED

log = structlog.get_logger()

_DIALS = (CheckInState.DUE, CheckInState.CONTACTS)
_DIALS_NOT = (CheckInState.DIALLING, CheckInState.VISIT)
_LEASE_SECONDS = 30.0  #: for what is decided in the transaction that claims it


@dataclass(frozen=True, kw_only=True)
class _ToDo:
    """What follows after the commit."""

    legs: list[tuple[LegRequest, UUID]] = field(default_factory=list)  #: and whose check-in it is
    names: list[str] = field(default_factory=list)  #: of those who are rung: their greetings are made meanwhile
    raises: list[CheckIn] = field(default_factory=list)


async def check_in(desk: Desk) -> None:
    """Takes on what is due now, as far as there are channels; never waits for a call.

    Raises `StorageAway` and `NotWhileStorageAway`: nothing is dialled that cannot be written down.
    """
    to_do = await desk.storage.transact("check-ins due", lambda work: _take_on(desk, work), urgent=False)
    for leg, elder in to_do.legs:
        desk.background.start("check-in", _ring(desk, leg, elder))
    for name in to_do.names:
        desk.background.start("say", prepare_greeting(desk, name))
    for without_answer in to_do.raises:
        await raise_for(desk, without_answer)


def _take_on(desk: Desk, work: UnitOfWork) -> _ToDo:
    to_do, now = _ToDo(), desk.clock.now()
    at_most, until = desk.config.check_ins.dial_at_once, now + timedelta(seconds=_LEASE_SECONDS)
    for late in work.check_ins.claim_due(now, until, at_most, _DIALS_NOT):
        _look_after(desk, work, late, now)
    free = min(at_most, free_channels(desk, work))
    for due in work.check_ins.claim_due(now, until, free, _DIALS) if free > 0 else ():
        if work.people.not_to_be_called([due.elder]):
            work.check_ins.save(due.settled(None, by=NOT_CALLED, now=now))
        elif due.state is CheckInState.CONTACTS:
            asked = ask_contacts(desk, work, due)
            to_do.legs.extend((leg, due.elder) for leg in asked.legs)
            to_do.raises.extend(asked.raises)
        else:
            _ring_her(desk, work, due, now, to_do)
    return to_do


def free_channels(desk: Desk, work: UnitOfWork) -> int:
    """How many calls may begin now. What emergencies use besides their reserve comes off the check-ins' channels: their
    elders' calls, taken to be by the trunk like those of landlines, and everybody rung outside."""
    settings = desk.config.check_ins
    trunk = settings.trunk_channels - settings.channels_free_for_emergencies
    responders = sum(offer.role is not Role.AGENT for offer in work.offers.all_open())
    emergencies = responders + work.calls.how_many_open()
    return min(settings.channels, trunk - emergencies) - work.check_ins.calls_now(desk.config.node.name)


def _look_after(desk: Desk, work: UnitOfWork, check_in: CheckIn, now: datetime) -> None:
    if check_in.state is CheckInState.VISIT:
        overdue_again = now + timedelta(seconds=desk.config.check_ins.visit_within_seconds)
        open_visit(desk, work, check_in)
        work.check_ins.save(replace(check_in, due_at=overdue_again))
        return
    emergency = None
    for attempt in work.check_ins.attempts_of(check_in.id):
        if attempt.ended_at is None:  # a call whose end nobody told
            work.check_ins.save_attempt(attempt.lost(now))
        alarm = work.calls.alarm_of_entry(str(attempt.id))
        emergency = alarm.emergency if alarm else emergency
    if emergency is None:
        work.check_ins.save(check_in.again_at(now))
    else:
        outcome = CheckInOutcome.ASKED_FOR_HELP
        work.check_ins.save(check_in.settled(outcome, by="emergency", now=now, emergency=emergency))


def _ring_her(desk: Desk, work: UnitOfWork, check_in: CheckIn, now: datetime, to_do: _ToDo) -> None:
    settings = desk.config.check_ins
    plan = work.check_ins.plan(check_in.plan)
    if plan is None or not plan.calls_on(check_in.day):
        work.check_ins.save(check_in.settled(None, by="plan_ended", now=now))
        return
    if work.holds.covering(check_in.elder, check_in.day) is not None:
        work.check_ins.save(check_in.settled(None, by="hold", now=now))
        return
    if (emergency := work.emergencies.open_of_elder(check_in.elder)) is not None:
        outcome = CheckInOutcome.ASKED_FOR_HELP
        work.check_ins.save(check_in.settled(outcome, by="emergency", now=now, emergency=emergency.id))
        return
    window = ALL_DAY if check_in.asked_by else plan.window
    moment = settings.hours().next_moment(window, check_in.day, now)
    if moment is None:
        work.check_ins.save(_missed(check_in, now))
        return
    if moment > now:
        work.check_ins.save(check_in.again_at(moment))
        return
    _dial(desk, work, check_in, plan, now, to_do)


def _missed(check_in: CheckIn, now: datetime) -> CheckIn:
    """Her window went by without a call of ours: our failure, and a human hears of it."""
    outcome = check_in.outcome or CheckInOutcome.TRUNK_FAILURE
    return replace(check_in, state=CheckInState.CONTACTS, outcome=outcome, due_at=now)


def _dial(desk: Desk, work: UnitOfWork, check_in: CheckIn, plan: CheckInPlan, now: datetime, to_do: _ToDo) -> None:
    settings = desk.config.check_ins
    places = places_of(desk, work, check_in.elder)
    if not places:
        work.check_ins.save(after_call(check_in, plan, CheckInOutcome.UNREACHABLE, settings.rules(), now))
        return
    attempt = attempt_at(
        desk, work, check_in, role=Role.ELDER, target="", destination=places[check_in.tries % len(places)]
    )
    look_again_at = now + timedelta(seconds=settings.ring_seconds + settings.talk_at_most_seconds)
    work.check_ins.save(check_in.dialled(now, look_again_at))
    profile = work.people.profile(check_in.elder)
    if profile is not None:
        to_do.names.append(profile.elder.name)
    to_do.legs.append((leg_of(desk, attempt, settings.ring_seconds), check_in.elder))


async def _ring(desk: Desk, leg: LegRequest, elder: UUID) -> None:
    """A call that cannot even be started is our own failure."""
    desk.check_in_legs[str(leg.id)] = elder
    try:
        await desk.telephony.ring(leg)
    except (AsteriskAway, ActionRefused) as error:
        log.warning("check_in_failed", attempt=str(leg.id), error=str(error))
        desk.check_in_legs.pop(str(leg.id), None)
        await leg_failed(desk, leg.id)
