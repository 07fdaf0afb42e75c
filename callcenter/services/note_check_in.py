"""What became of a call of a check-in: from its outcome to what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInState, Notice, after_call, outcome_of_leg
from callcenter.domain.people import LineKind, Profile
from callcenter.ports.asterisk_events import LegEnded
from callcenter.ports.storage import UnitOfWork
from callcenter.services.after_last_attempt import open_visit
from callcenter.services.check_in_legs import place_of
from callcenter.services.desk import Desk

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class OnTheLine:
    """Who is on a leg of ours."""

    check_in: CheckIn
    profile: Profile | None
    words_confirm: bool
    last: bool  #: no further attempt follows today
    notices: tuple[Notice, ...]
    mobile: bool  #: a mailbox may answer


async def who_is_on(desk: Desk, uniqueid: str) -> OnTheLine | None:
    """None for a leg of nobody's check-in. Raises `StorageAway`, `NotWhileStorageAway`."""

    def work(unit: UnitOfWork) -> OnTheLine | None:
        attempt = _attempt(unit, uniqueid)
        check_in = unit.check_ins.get(attempt.check_in) if attempt else None
        if check_in is None:
            return None
        plan, profile = unit.check_ins.plan(check_in.plan), unit.people.profile(check_in.elder)
        return OnTheLine(
            check_in=check_in,
            profile=profile,
            words_confirm=plan is None or plan.confirmation == "either",
            last=plan is None or check_in.tries + 1 >= len(plan.offsets_seconds),
            notices=plan.notices if plan else (),
            mobile=profile is not None and attempt is not None and attempt.destination in _mobiles(desk, profile),
        )

    return await desk.storage.transact("who is on", work, urgent=False)


def _mobiles(desk: Desk, profile: Profile) -> list[str]:
    return [place_of(desk, line.number) for line in profile.lines if line.kind is LineKind.MOBILE]


async def note_check_in(desk: Desk, uniqueid: str, outcome: CheckInOutcome, *, by: str) -> None:
    """Her call has this outcome; the first one counts, unless a later one confirms or brings a person to her."""

    def work(unit: UnitOfWork) -> None:
        if (attempt := _attempt(unit, uniqueid)) is not None:
            kept = attempt.told and outcome is not CheckInOutcome.CONFIRMED
            _note(desk, unit, attempt if kept else attempt.noted(outcome), outcome, by=by)

    await desk.storage.transact("note check-in", work, urgent=False)


async def note_emergency(desk: Desk, uniqueid: str, outcome: CheckInOutcome) -> None:
    """Her call led to a person. Nothing, if no emergency was committed: then it is not settled by one."""

    def work(unit: UnitOfWork) -> None:
        attempt, alarm = _attempt(unit, uniqueid), unit.calls.alarm_of_entry(uniqueid)
        if attempt is not None and alarm is not None:  # from here on its channel is the emergency's
            ended = attempt.ended(outcome, desk.clock.now())
            _note(desk, unit, ended, outcome, by="emergency", emergency=alarm.emergency)

    await desk.storage.transact("note check-in", work, urgent=False)


async def opted_out(desk: Desk, uniqueid: str) -> None:
    """She wants no more calls. A human talks with her and ends the plan; until then she is called."""

    def work(unit: UnitOfWork) -> None:
        attempt = _attempt(unit, uniqueid)
        check_in = unit.check_ins.get(attempt.check_in) if attempt else None
        plan = unit.check_ins.plan(check_in.plan) if check_in else None
        if attempt is None or plan is None:
            return
        unit.check_ins.save_plan(replace(plan, opted_out_at=desk.clock.now()))
        _note(desk, unit, attempt.noted(CheckInOutcome.CONFIRMED), CheckInOutcome.CONFIRMED, by="opt_out")

    await desk.storage.transact("opted out", work, urgent=False)


async def contact_takes_it(desk: Desk, uniqueid: str) -> bool:
    """The contact on this leg goes to see her: a visit of theirs. False if somebody has it already."""

    def work(unit: UnitOfWork) -> bool:
        attempt = _attempt(unit, uniqueid)
        check_in = unit.check_ins.get(attempt.check_in) if attempt else None
        if attempt is None or check_in is None or check_in.state is not CheckInState.CONTACTS:
            return False
        unit.check_ins.save_attempt(attempt.noted(LegOutcome.CLAIMED))
        open_visit(desk, unit, check_in, accepted_by=f"contact:{attempt.target}")
        return True

    return await desk.storage.transact("contact takes it", work, urgent=False)


async def check_in_leg_ended(desk: Desk, ended: LegEnded) -> bool | None:
    """A leg is gone: whether its end says everything there is to say. None if it was no check-in's.

    False if she answered and her story had not noted an outcome yet: it may be raising an emergency at this moment.
    """
    outcome = LegOutcome.ANSWERED if ended.answered else ended.outcome
    return await _ended(desk, ended.uniqueid, outcome)


async def leg_failed(desk: Desk, attempt: UUID) -> None:
    """It could not even be started."""
    await _ended(desk, str(attempt), LegOutcome.TRUNK_FAILURE)


async def _ended(desk: Desk, uniqueid: str, outcome: LegOutcome) -> bool | None:
    if _leg(uniqueid) is None:
        return None

    def work(unit: UnitOfWork) -> bool | None:
        attempt = _attempt(unit, uniqueid)
        if attempt is None:
            return None
        if attempt.told:
            if attempt.ended_at is None:
                unit.check_ins.save_attempt(attempt.ended(attempt.outcome, desk.clock.now()))
            return True
        if attempt.role is Role.ELDER:
            said = outcome_of_leg(outcome)
            _note(desk, unit, attempt.ended(said, desk.clock.now()), said, by="leg")
            return outcome is not LegOutcome.ANSWERED
        _contact_did_not(desk, unit, attempt, outcome)
        return True

    return await desk.storage.transact("check-in leg ended", work)


def _contact_did_not(desk: Desk, work: UnitOfWork, attempt: Attempt, outcome: LegOutcome) -> None:
    """Answered without a 1 is a no. The next one is asked at once."""
    now = desk.clock.now()
    work.check_ins.save_attempt(attempt.ended(LegOutcome.REFUSED if outcome is LegOutcome.ANSWERED else outcome, now))
    check_in = work.check_ins.get(attempt.check_in)
    if check_in is not None and check_in.state is CheckInState.CONTACTS:
        work.check_ins.save(replace(check_in, due_at=now))


def _note(
    desk: Desk, work: UnitOfWork, attempt: Attempt, outcome: CheckInOutcome, *, by: str, emergency: UUID | None = None
) -> None:
    """`attempt` as it is from now on."""
    now = desk.clock.now()
    work.check_ins.save_attempt(attempt)
    check_in = work.check_ins.get(attempt.check_in)
    if check_in is None or not check_in.open:
        return
    if outcome is CheckInOutcome.CONFIRMED or emergency is not None:
        work.check_ins.save(check_in.settled(outcome, by=by, now=now, emergency=emergency))
    elif check_in.state is CheckInState.DIALLING and (plan := work.check_ins.plan(check_in.plan)) is not None:
        rules = desk.config.check_ins.rules()
        work.check_ins.save(after_call(check_in, plan, outcome, rules, now))
    log.info("check_in_noted", check_in=str(check_in.id), outcome=outcome)


def _attempt(work: UnitOfWork, uniqueid: str) -> Attempt | None:
    leg = _leg(uniqueid)
    if leg is None or work.journalled:
        return None
    return work.check_ins.attempt(leg)


def _leg(uniqueid: str) -> UUID | None:
    """Legs of ours bear our ids."""
    try:
        return UUID(uniqueid)
    except ValueError:
        return None
