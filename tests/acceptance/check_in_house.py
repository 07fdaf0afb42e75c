"""A hotline whose check-ins are due when a test says so: minutes are seconds, and the day has no hours of rest."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callcenter.app.ask_service import ask_service
from callcenter.app.clock import SystemClock
from callcenter.asterisk.accounts import SipAccount, SipKind
from callcenter.domain.dial_hours import day_of, moment_of
from callcenter.domain.people import Contact, ContactRole, Elder, Household, Line, LineKind
from callcenter.errors import CheckInUnknown
from callcenter.ports.storage import UnitOfWork
from tests.acceptance.hotline import CONTACTS, QUICK, Hotline

#: An elder's telephone for each test: a day has one check-in of hers.
PHONES = tuple(f"1390000002{digit}" for digit in range(10))
#: Mobiles, whose mailboxes may answer; the others are landlines.
MOBILES = ("13900000030", "13900000031")
#: A number of the trunk, where nobody listens.
BEYOND = "13900000090"

_SETTINGS: dict[str, Any] = {
    "check_ins": {
        "enabled": True,
        "calls": {"begins": "00:00", "ends": "24:00"},
        "contacts": {"begins": "00:00", "ends": "24:00"},
        "quiet": [],
        "ring_seconds": 3,
        "gap_seconds": 1,
        "contact_ring_seconds": 6,
        "contacts_again_seconds": 1,
        "trunk_first_seconds": 1,
        "look_every_seconds": 0.2,
        "plan_every_seconds": 0.3,
        "line_destination": "PJSIP/{number}",
    },
    "dialogue": {"answer_seconds": 2.0},
    "speech": {"enabled": False},
}


def in_ten_minutes() -> int:
    """The minute of the day in China; its last ten if they have begun."""
    now = datetime.now(UTC)
    return min(int((now - moment_of(day_of(now), 0)).total_seconds()) // 60 + 10, 1430)


class CheckInHouse(Hotline):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _SETTINGS | {"offers": QUICK["offers"]})
        self.accounts += [SipAccount(kind=SipKind.LANDLINE, name=name) for name in (*PHONES, *MOBILES)]

    def _seed(self, work: UnitOfWork, clock: SystemClock) -> None:
        super()._seed(work, clock)
        for number in (*PHONES, *MOBILES, BEYOND):
            home = Household(id=clock.new_id(), district="东城区", street="和平街", estate="和平里")
            elder = Elder(id=clock.new_id(), household=home.id, name="王示例")
            self.elders[number] = elder
            work.people.add_household(home)
            work.people.add_elder(elder)
            kind = LineKind.MOBILE if number in MOBILES else LineKind.LANDLINE
            work.people.add_line(Line(id=clock.new_id(), household=home.id, number=f"+86{number}", kind=kind))
            work.people.add_contact(
                Contact(
                    id=clock.new_id(),
                    elder=elder.id,
                    name="家属",
                    role=ContactRole.FAMILY,
                    number=f"+86{CONTACTS[0]}",
                    ring_order=1,
                )
            )

    async def ask(self, verb: str, **words: Any) -> Any:
        return await ask_service(self.config, verb=verb, **words)

    async def plan(self, number: str, *offsets_seconds: int, begins: int = 0) -> None:
        """Her plan; today's row is there when this returns. It is due some time after `begins`, or at once if her
        minute has gone by today.
        """
        elder = str(self.elders[number].id)
        await self.ask("check_in_plan", elder=elder, begins=begins, ends=1440, offsets_seconds=[0, *offsets_seconds])
        await self.until(lambda: self.check_in(number), within=5, why="the day is planned")

    async def calls(self, number: str, *offsets_seconds: int) -> None:
        """She is rung now."""
        await self.plan(number, *offsets_seconds)
        with suppress(CheckInUnknown):  # her minute has gone by: she is being rung already
            await self.ask("check_in_call", elder=str(self.elders[number].id))

    def check_in(self, number: str) -> sqlite3.Row | None:
        rows = self.rows("select * from check_ins where elder = ? order by id desc", self.elders[number].id.hex)
        return rows[0] if rows else None

    def outcomes(self, number: str) -> list[str]:
        """Of all calls of which it is known, her contacts' too."""
        query = (
            "select a.outcome from check_in_attempts a join check_ins c on c.id = a.check_in"
            " where c.elder = ? and a.outcome <> 'ringing' order by a.started_at"
        )
        return [row["outcome"] for row in self.rows(query, self.elders[number].id.hex)]

    async def ends_as(self, number: str, state: str, outcome: str, *, within: float = 10) -> sqlite3.Row:
        def there() -> sqlite3.Row | None:
            row = self.check_in(number)
            return row if row is not None and (row["state"], row["outcome"]) == (state, outcome) else None

        found: sqlite3.Row = await self.until(there, within=within, why=f"{state} {outcome}")
        return found
