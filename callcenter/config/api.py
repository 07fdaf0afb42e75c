"""接口: what programs of others may ask for, and how fast."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from callcenter.config.values import Seconds, Section


class Api(Section):
    """Of `/api/v1`."""

    token_days: Annotated[int, Field(ge=1, le=3650)] = 365  #: a client's token is good for so long
    requests_a_second: Annotated[float, Field(gt=0, le=1000)] = 10.0  #: of one client, on average
    requests_at_once: Annotated[int, Field(ge=1, le=1000)] = 20  #: and so many in one go
    wrong_tokens_a_minute: Annotated[int, Field(ge=1, le=10_000)] = 30  #: from one address
    rows_at_most: Annotated[int, Field(ge=1, le=1000)] = 200  #: of one answer
    streams_at_most: Annotated[int, Field(ge=1, le=1000)] = 20  #: of events, of all clients
    stream_seconds: Seconds = 3600.0  #: then a stream ends, and the client asks again
    beat_seconds: Annotated[float, Field(ge=0.1, le=10)] = 5.0  #: of a stream without events
    send_within_seconds: Seconds = 5.0  #: a client that takes no more is dropped
