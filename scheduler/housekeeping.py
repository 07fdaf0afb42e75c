"""What is done every few seconds: leftovers of the entry log, ends of wrap-ups, a look for who waits."""

from __future__ import annotations

from functools import partial

from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.services.adopt import commit_leftover_entries
from callcenter.services.agent_presence import end_wrap_ups
from callcenter.services.delete_recordings import delete_recordings
from callcenter.services.desk import Desk
from callcenter.services.end_lost_legs import end_lost_legs
from callcenter.services.ladders import learn_ladders
from callcenter.services.offer_waiting import offer_waiting
from callcenter.services.watch_roster import RosterWatch
from scheduler.clock import TickingClock
from scheduler.due_check_ins import DueCheckIns
from scheduler.due_rungs import DueRungs

RUNGS_EVERY_SECONDS = 0.25
WRAP_UPS_EVERY_SECONDS = 1.0
ROSTER_EVERY_SECONDS = 5.0
LOST_LEGS_EVERY_SECONDS = 10.0
LADDERS_EVERY_SECONDS = 10.0  #: changed on another node
ENTRIES_EVERY_SECONDS = 10.0  #: design rule 2


def schedule(clock: TickingClock, desk: Desk) -> None:
    """The written list of everything that ticks."""
    due = DueRungs(desk)
    roster = RosterWatch(desk)

    async def wrap_ups() -> None:
        await end_wrap_ups(desk)
        await offer_waiting(desk)

    async def lost_legs() -> None:
        try:
            await end_lost_legs(desk)
        except (AsteriskAway, ActionRefused):
            return  # what is alive is adopted when the link is up again

    async def entries() -> None:
        try:
            await commit_leftover_entries(desk)
        except (AsteriskAway, ActionRefused):
            return  # done when the link is up again

    async def recordings() -> None:
        await delete_recordings(desk)

    clock.every(RUNGS_EVERY_SECONDS, "due rungs", due.tick)
    clock.every(WRAP_UPS_EVERY_SECONDS, "wrap-ups", wrap_ups)
    clock.every(ROSTER_EVERY_SECONDS, "roster", roster.look)
    clock.every(LOST_LEGS_EVERY_SECONDS, "lost legs", lost_legs)
    clock.every(LADDERS_EVERY_SECONDS, "ladders", partial(learn_ladders, desk))
    clock.every(ENTRIES_EVERY_SECONDS, "entry log", entries)
    clock.every(desk.config.records.delete_every_seconds, "recordings", recordings)
    if desk.config.check_ins.enabled:
        check_ins = DueCheckIns(desk)
        clock.every(desk.config.check_ins.look_every_seconds, "check-ins", check_ins.tick)
        clock.every(desk.config.check_ins.plan_every_seconds, "day's check-ins", check_ins.plan)
