"""Who may enter the console: sessions, passwords, and how often somebody may try. And how fast the desk's link is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from callcenter.config.values import Seconds, Section


class Access(Section):
    """Of the console's pages."""

    session_seconds: Seconds = 43200.0  #: a shift of twelve hours; then the password is asked again
    session_looked_up_every_seconds: Annotated[float, Field(ge=1, le=300)] = 15.0  #: a disabled user is out after this
    password_characters: Annotated[int, Field(ge=8, le=64)] = 10  #: at least
    tries: Annotated[int, Field(ge=3, le=100)] = 5  #: wrong passwords for one name within the time below
    tries_of_address: Annotated[int, Field(ge=3, le=1000)] = 30  #: from one address, whatever the names
    tries_forgotten_after_seconds: Annotated[float, Field(ge=10, le=86400)] = 300.0
    hashing_threads: Annotated[int, Field(ge=1, le=16)] = 1  #: passwords looked at at once; each takes 64 MiB
    sign_in_within_seconds: Seconds = 5.0
    read_within_seconds: Seconds = 2.0  #: what a page shows; later it says that the database is away
    body_kib: Annotated[int, Field(ge=4, le=1024)] = 96  #: the largest form
    upload_within_seconds: Seconds = 120.0  #: a file that has not come by then is refused
    rows_at_most: Annotated[int, Field(ge=10, le=1000)] = 200  #: of a list on a page
    search_rows: Annotated[int, Field(ge=5, le=100)] = 25  #: elders on one page of what a search found
    search_candidates: Annotated[int, Field(ge=200, le=20_000)] = 3000  #: looked at for several words together


class DeskSection(Section):
    """坐席台: the link between the service and an agent's page."""

    beat_seconds: Annotated[float, Field(ge=0.2, le=10)] = 2.0  #: both ways; a link without a beat is dead
    silent_after_seconds: Annotated[float, Field(ge=1, le=60)] = 8.0  #: of a page: its socket is closed
    refresh_seconds: Annotated[float, Field(ge=0.1, le=10)] = 1.0  #: the queue is read again without any news, too
    coalesce_seconds: Annotated[float, Field(ge=0, le=1)] = 0.05  #: changes within this time are one message
    send_within_seconds: Seconds = 5.0  #: a page that takes no more is dropped, and connects again
    unread_sentences: Annotated[int, Field(ge=8, le=1000)] = 64  #: of transcripts, for one page; then the oldest go
    message_kib: Annotated[int, Field(ge=1, le=64)] = 8  #: from a page
    commands_a_second: Annotated[int, Field(ge=1, le=100)] = 20  #: of one page
    command_within_seconds: Seconds = 5.0
    pages_at_most: Annotated[int, Field(ge=1, le=5000)] = 1000
    page_gone_seconds: Annotated[float, Field(ge=2, le=600)] = 30.0  #: then who cannot be rung anywhere is off duty
    common_cause_emergencies: Annotated[int, Field(ge=2, le=100)] = 3  #: so many of one estate are one card
    common_cause_seconds: Annotated[float, Field(ge=5, le=3600)] = 60.0  #: that began within this time
    hold_seconds: Annotated[float, Field(ge=5, le=600)] = 60.0  #: of an elder; then her owner's page sounds
    transfer_seconds: Annotated[float, Field(ge=5, le=60)] = 20.0  #: a colleague's phone rings so long
    hold_over_seconds: Annotated[float, Field(ge=5, le=600)] = 20.0  #: after that; then she is offered to others
