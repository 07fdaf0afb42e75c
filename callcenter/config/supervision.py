"""班长和管理: what may be done about others' talks, the roster, prompts; and for how long."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from callcenter.config.values import Seconds, Section


class SupervisionSection(Section):
    """Of the supervisors' and administrators' pages."""

    ring_seconds: Annotated[float, Field(ge=5, le=60)] = 20.0  #: her own phone
    listen_at_most_seconds: Seconds = 3600.0  #: 监听, 耳语; then her leg ends
    roster_ahead_seconds: Annotated[float, Field(ge=60, le=86400)] = 1800.0  #: a time without anybody is told so early
    shift_hours_at_most: Annotated[int, Field(ge=1, le=48)] = 24
    roster_days_at_most: Annotated[int, Field(ge=1, le=1000)] = 370  #: ahead, and in one go
    audits_per_month: Annotated[int, Field(ge=0, le=100)] = 2  #: 质检, of each agent
    recording_kib: Annotated[int, Field(ge=64, le=16384)] = 4096  #: of an uploaded prompt
    recording_within_seconds: Seconds = 14.0  #: it is looked at and converted; below `console.answer_within_seconds`
    refresh_seconds: Annotated[float, Field(ge=1, le=30)] = 2.0  #: of her page
