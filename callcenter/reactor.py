"""The only bridge between Twisted and asyncio. Everything of ours runs in asyncio Tasks; Twisted stands at the edge."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop
from twisted.internet.defer import Deferred

T = TypeVar("T")


def install() -> asyncio.AbstractEventLoop:
    """Puts Twisted on a loop of uvloop (docs/decisions/0019).

    Must run before anything imports `twisted.internet.reactor`.
    """
    if "twisted.internet.reactor" in sys.modules:
        from twisted.internet import asyncioreactor, reactor

        if not isinstance(reactor, asyncioreactor.AsyncioSelectorReactor):
            raise RuntimeError("another Twisted reactor is installed already")
        running: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        return running
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    from twisted.internet import asyncioreactor

    asyncioreactor.install(loop)  # type: ignore[no-untyped-call]
    return loop


def as_deferred(work: Coroutine[Any, Any, T]) -> Deferred[T]:
    """For the few Twisted hooks that want a Deferred."""
    return Deferred.fromFuture(asyncio.ensure_future(work))


def as_future(deferred: Deferred[T]) -> asyncio.Future[T]:
    """So that a Task can await what Twisted promises."""
    return deferred.asFuture(asyncio.get_running_loop())
