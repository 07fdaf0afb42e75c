"""How the command line asks the running service for a change: over its control socket, one JSON line each way.

Apart from the service's end (`control`), so that who asks need not load all that the service does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty, HotlineError, ServiceAway

ANSWER_AT_MOST: Final = 16 << 20  #: bytes; an import names every bad row
ANSWER_WITHIN_SECONDS: Final = 30.0


async def ask_service(config: Config, within_seconds: float = ANSWER_WITHIN_SECONDS, **words: Any) -> dict[str, Any]:
    """Asks the running service. Raises `ServiceAway` if none runs, and what the service raised if it refuses."""
    path = config.path(config.control.socket)
    try:
        async with asyncio.timeout(within_seconds):
            reader, writer = await asyncio.open_unix_connection(path, limit=ANSWER_AT_MOST)
            try:
                writer.write(json.dumps(words).encode() + b"\n")
                answer = json.loads(await reader.readline())
            finally:
                writer.close()
    except (OSError, ValueError, TimeoutError) as error:
        raise ServiceAway(str(path.name)) from error
    if "error" in answer:
        raise _raised_there(answer)
    return dict(answer)


def _raised_there(answer: Mapping[str, Any]) -> HotlineError:
    kinds = {kind.__name__: kind for kind in HotlineError.__subclasses__() if kind is not ConfigurationFaulty}
    kind = kinds.get(str(answer.get("kind")))
    return kind(answer.get("detail")) if kind is not None else HotlineError(str(answer["error"]))
