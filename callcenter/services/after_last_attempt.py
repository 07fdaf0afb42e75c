"""She did not answer: her contacts in order, then somebody who knocks, or an emergency where her plan says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from callcenter.domain.calls import Entry, Key, Role
from callcenter.domain.check_ins import AfterLast, CheckIn, CheckInState
from callcenter.domain.visits import VisitTask
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import LegRequest
from callcenter.services.check_in_legs import attempt_at, leg_of
from callcenter.services.desk import Desk
from callcenter.services.dialling import dialable
from callcenter.services.raise_emergency import raise_emergency


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be done after the commit."""

    legs: tuple[LegRequest, ...] = ()
    raises: tuple[CheckIn, ...] = ()


def ask_contacts(desk: Desk, work: UnitOfWork, check_in: CheckIn) -> Asked:
    """Rings the next contact inside the running transaction; after the last one follows what her plan says.

    Nobody is rung at night because of a day that went wrong: that waits for `check_ins.contacts`.
    """
    settings, now = desk.config.check_ins, desk.clock.now()
    if (opens_at := settings.contact_hours().next_open(now)) > now:
        work.check_ins.save(replace(check_in, due_at=opens_at))
        return Asked()
    profile, plan = work.people.profile(check_in.elder), work.check_ins.plan(check_in.plan)
    contacts = profile.contacts if profile else ()
    if check_in.contact < len(contacts):
        contact = contacts[check_in.contact]
        number = dialable(contact.number, country=desk.config.hotline.country)
        destination = desk.config.offers.contact_destination.format(number=number)
        attempt = attempt_at(desk, work, check_in, role=Role.CONTACT, target=str(contact.id), destination=destination)
        wait = settings.contact_ring_seconds + settings.contacts_again_seconds
        again = now + timedelta(seconds=wait)
        work.check_ins.save(replace(check_in, contact=check_in.contact + 1, due_at=again))
        return Asked(legs=(leg_of(desk, attempt, settings.contact_ring_seconds),))
    if plan is not None and plan.after_last is AfterLast.CONTACTS_THEN_EMERGENCY:
        alarm = work.calls.alarm_of_entry(str(check_in.id))
        if alarm is None:
            return Asked(raises=(check_in,))  # its lease brings it back here, if the emergency cannot be raised
        work.check_ins.save(check_in.settled(None, by="emergency", now=now, emergency=alarm.emergency))
        return Asked()
    open_visit(desk, work, check_in)
    return Asked()


def open_visit(desk: Desk, work: UnitOfWork, check_in: CheckIn, accepted_by: str = "") -> None:
    """A door to knock on, once for each check-in. It stays open until somebody says what was found."""
    now = desk.clock.now()
    overdue_at = now + timedelta(seconds=desk.config.check_ins.visit_within_seconds)
    visit = work.visits.of_check_in(check_in.id)
    if visit is None:
        visit = VisitTask(
            id=work.new_id(), check_in=check_in.id, elder=check_in.elder, opened_at=now, overdue_at=overdue_at
        )
        work.visits.add(visit.accepted(accepted_by, now) if accepted_by else visit)
    elif accepted_by and not visit.accepted_by and visit.closed_at is None:
        work.visits.save(visit.accepted(accepted_by, now))
    work.check_ins.save(replace(check_in, state=CheckInState.VISIT, due_at=overdue_at))


async def raise_for(desk: Desk, check_in: CheckIn) -> None:
    """An emergency for an elder whom nobody reached; she is rung back, too. Once for each check-in."""
    entry = Entry(
        uniqueid=str(check_in.id), channel="", key=Key.LANDLINE, account="", line="", line_raw="", at=desk.clock.now()
    )
    raised = await raise_emergency(desk, entry, alive=False)
    await settle_with(desk, check_in.id, raised.emergency.id)


async def settle_with(desk: Desk, check_in: UUID, emergency: UUID) -> None:
    """From here on she is the emergency's."""

    def work(unit: UnitOfWork) -> None:
        current = unit.check_ins.get(check_in)
        if current is not None and current.open:
            now = desk.clock.now()
            unit.check_ins.save(current.settled(None, by="emergency", now=now, emergency=emergency))

    await desk.storage.transact("check-in has its emergency", work, urgent=False)
