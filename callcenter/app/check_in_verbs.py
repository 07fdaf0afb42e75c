"""What may be changed about check-ins, by name: the running service does it, or the command line while none runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from callcenter.config import Config
from callcenter.domain.check_in_rounds import Round
from callcenter.domain.check_ins import EVERY_DAY, AfterLast, CheckInPlan, Confirmation, Frequency, Hold, Notice, Risk
from callcenter.domain.dial_hours import DialHours, Span, day_of
from callcenter.domain.visits import Found
from callcenter.errors import CheckInPlanFaulty, HoldFaulty, NotWhileStorageAway, StorageAway
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services import check_in_changes as changes
from callcenter.services.extra_round import begin_round

Words = Mapping[str, Any]


def check_in_verbs(storage: Storage, clock: Clock, config: Config) -> dict[str, Callable[[Words], Awaitable[Words]]]:
    """They raise `HotlineError`, and `KeyError`, `ValueError` or `TypeError` for words that do not fit."""

    async def do(verb: Callable[[UnitOfWork, Clock, Words], Words], words: Words) -> Words:
        try:
            return await storage.transact("change check-ins", lambda work: verb(work, clock, words), urgent=False)
        except StorageAway as away:
            raise NotWhileStorageAway("check-ins") from away

    planning = {"check_in_plan": partial(_plan, config.check_ins.hours())}
    return {name: partial(do, verb) for name, verb in (planning | _VERBS).items()}


async def begin_round_of(storage: Storage, clock: Clock, config: Config, words: Words) -> Words:
    """关怀外呼, today. Raises `CheckInPlanFaulty` and `StorageAway`."""
    wanted = Round(
        notice=Notice(words["notice"]),
        day=day_of(clock.now()),
        window=Span(begins=int(words["begins"]), ends=int(words["ends"])),
        district=str(words.get("district", "")),
        group=str(words.get("group", "")),
    )
    return {"elders": await begin_round(storage, clock, config, wanted, by=str(words["by"]))}


def _plan(hours: DialHours, work: UnitOfWork, clock: Clock, words: Words) -> Words:
    now = clock.now()
    try:
        plan = _plan_of(work.new_id(), words, day_of(now))
    except ValueError as error:
        raise CheckInPlanFaulty(str(error)) from error
    if not hours.within(plan.window):
        raise CheckInPlanFaulty("the window lies in the hours of rest (check_ins.calls, check_ins.quiet)")
    return {"plan": str(changes.set_plan(work, plan, now, hours=hours).id)}


def _plan_of(id_: UUID, words: Words, today: date) -> CheckInPlan:
    return CheckInPlan(
        id=id_,
        elder=UUID(words["elder"]),
        group=str(words.get("group", "")),
        risk=Risk(words.get("risk", Risk.GENERAL)),
        every=Frequency(words.get("every", Frequency.WEEK)),
        days=frozenset(int(day) for day in words.get("days") or EVERY_DAY),
        window=Span(begins=int(words["begins"]), ends=int(words["ends"])),
        offsets_seconds=tuple(int(seconds) for seconds in words["offsets_seconds"]),
        confirmation=Confirmation(words.get("confirmation", Confirmation.EITHER)),
        after_last=AfterLast(words.get("after_last", AfterLast.CONTACTS_THEN_VISIT)),
        starts_on=today,
    )


def _end(work: UnitOfWork, clock: Clock, words: Words) -> Words:
    return {"ended": changes.end_plans(work, UUID(words["elder"]), clock.now())}


def _hold(work: UnitOfWork, clock: Clock, words: Words) -> Words:
    now = clock.now()
    returns = words.get("returns")
    absence = Hold(
        id=work.new_id(),
        elder=UUID(words["elder"]),
        begins=date.fromisoformat(words["begins"]) if words.get("begins") else day_of(now),
        returns=date.fromisoformat(returns) if returns else None,
        reason=str(words["reason"]),
        set_by=str(words["by"]),
        set_at=now,
    )
    try:
        return {"hold": str(changes.hold(work, absence, now).id)}
    except ValueError as error:
        raise HoldFaulty(str(error)) from error


def _resume(work: UnitOfWork, clock: Clock, words: Words) -> Words:
    return {"ended": changes.resume(work, UUID(words["elder"]), by=str(words["by"]), now=clock.now())}


def _call(work: UnitOfWork, clock: Clock, words: Words) -> Words:
    return {"due": changes.call_now(work, UUID(words["elder"]), clock.now())}


def _visit(work: UnitOfWork, clock: Clock, words: Words) -> Words:
    visit, by, now = UUID(words["visit"]), str(words["by"]), clock.now()
    match words["step"]:
        case "accept":
            changes.accept_visit(work, visit, by=by, now=now)
        case "arrived":
            changes.arrived_at_visit(work, visit, now)
        case "found":
            found, note = Found(words["found"]), str(words.get("note", ""))
            changes.close_visit(work, visit, found, by=by, note=note, now=now)
        case step:
            raise ValueError(f"no such step: {step}")
    return {"visit": str(visit), "step": words["step"]}


_VERBS: dict[str, Callable[[UnitOfWork, Clock, Words], Words]] = {
    "check_in_end": _end,
    "check_in_hold": _hold,
    "check_in_resume": _resume,
    "check_in_call": _call,
    "check_in_visit": _visit,
}
