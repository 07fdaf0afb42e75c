"""Who is rung, in which order, for how long: ladders, offers, call-backs, 120, the fallback."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from callcenter.config.values import Dial, HarmlessDial, Number, Seconds, Section, Word
from callcenter.domain.emergency_numbers import dials_emergency_number
from callcenter.domain.ladder import CHECK_IN_LADDER, Ladder, Rung, RungKind


class RungSection(Section):
    kind: RungKind
    wait_seconds: Seconds
    agents: Annotated[int, Field(ge=1, le=50)] = 1


class LadderSection(Section):
    name: Word
    rungs: tuple[RungSection, ...] = Field(min_length=1)

    def ladder(self) -> Ladder:
        return Ladder(
            name=self.name,
            rungs=tuple(Rung(kind=r.kind, wait_seconds=r.wait_seconds, agents=r.agents) for r in self.rungs),
        )


class StandbyPhone(Section):
    name: Word
    destination: HarmlessDial


class Offers(Section):
    agent_ring_seconds: Seconds = 45.0
    standby_ring_seconds: Seconds = 30.0
    contact_ring_seconds: Seconds = 30.0
    answer_question_seconds: Seconds = 6.0  #: after the question, for the key
    sound_within_seconds: Annotated[float, Field(gt=0, le=1)] = 0.4  #: a leg waits so long for a spoken name
    question_times: Annotated[int, Field(ge=1, le=5)] = 2
    review_seconds: Seconds = 30.0  #: how often somebody looks whether the responder is still there
    same_agent_again_seconds: Seconds = 10.0  #: before a phone that failed rings again for the same elder
    nobody_again_seconds: Seconds = 5.0  #: before the next round when the last found nobody, or ended in a failure
    failed_again_seconds: Seconds = 1.0  #: when every leg of a rung failed before its time was up
    wrap_up_seconds: Annotated[float, Field(ge=0, le=3600)] = 20.0
    silent_after_seconds: Seconds = 6.0  #: no sound from the elder for so long: the agent is told
    standby: tuple[StandbyPhone, ...] = ()
    contact_destination: str = Field(
        default="PJSIP/{number}@trunk", pattern=r"^PJSIP/[A-Za-z0-9_.@+-]*\{number\}[A-Za-z0-9_.@+-]*$"
    )


class CallBack(Section):
    ring_seconds: Seconds = 25.0
    busy_again_seconds: Seconds = 2.0
    unreachable_again_seconds: Seconds = 2.0
    no_answer_again_seconds: Seconds = 5.0
    tries: Annotated[int, Field(ge=1, le=1000)] = 60
    pager_destination: str = "PJSIP/{account}"
    line_destination: str = "PJSIP/{number}@trunk"


class DispatchRoute(Section):
    name: Word
    number: Number = "120"
    live: Dial  #: what rings with dispatch.live: true
    simulated: HarmlessDial  #: what rings instead otherwise


class Dispatch(Section):
    live: bool = False
    sheet_times: Annotated[int, Field(ge=1, le=5)] = 2
    ring_seconds: Seconds = 30.0
    routes: tuple[DispatchRoute, ...] = ()

    @model_validator(mode="after")
    def _simulated_is_not_live(self) -> Dispatch:
        for route in self.routes:
            if route.simulated == route.live:
                raise ValueError(f"route {route.name}: simulated must differ from live")
        return self

    def destination(self, route: DispatchRoute) -> str:
        """What rings: the real 120 only with `live: true` (design rule 7)."""
        return route.live if self.live else route.simulated

    def may_ring(self, destination: str) -> bool:
        """Whether this dial string may be rung at all: no emergency number but a route's own, and that only live."""
        if not dials_emergency_number(destination):
            return True
        return self.live and any(route.live == destination for route in self.routes)


class Fallback(Section):
    """Who is rung by the dialplan alone while the service is away."""

    agents: tuple[HarmlessDial, ...] = ()  #: own agents' phones; empty: every agent's
    round_seconds: Annotated[int, Field(ge=5, le=60)] = 8
    standby_from_round: Annotated[int, Field(ge=1, le=100)] = 2
    last_resort_from_round: Annotated[int, Field(ge=1, le=100)] = 5


def default_ladders() -> tuple[LadderSection, ...]:
    red = (
        RungSection(kind=RungKind.BEST_AGENTS, wait_seconds=15),
        RungSection(kind=RungKind.ALL_AGENTS, wait_seconds=15),
        RungSection(kind=RungKind.STANDBY, wait_seconds=30),
        RungSection(kind=RungKind.CONTACTS, wait_seconds=45),
        RungSection(kind=RungKind.DISPATCH, wait_seconds=60),
    )
    service = tuple(r for r in red if r.kind not in (RungKind.CONTACTS, RungKind.DISPATCH))
    return tuple(
        LadderSection(name=name, rungs=rungs)
        for name, rungs in (("default", red), ("service", service), (CHECK_IN_LADDER, red))
    )
